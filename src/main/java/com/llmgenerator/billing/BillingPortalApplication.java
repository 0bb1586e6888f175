package com.llmgenerator.billing;

import com.llmgenerator.billing.stripe.CommandConfiguration;
import com.llmgenerator.billing.stripe.configuration.ConfigurePortal;
import com.llmgenerator.billing.stripe.reconcile.ReconcileAccounts;
import java.util.List;
import java.util.stream.Stream;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.micrometer.metrics.autoconfigure.logging.logback.LogbackMetricsAutoConfiguration;

/**
 * Runs the routes of the billing portal. Log events are not counted: Micrometer's way is a filter,
 * which hundreds pass for each request that are not written.
 */
@SpringBootApplication(exclude = LogbackMetricsAutoConfiguration.class)
public class BillingPortalApplication {

  public static void main(String[] args) {
    switch (args.length == 0 ? "" : args[0]) {
      case ConfigurePortal.NAME ->
          System.exit(runCommand(ConfigurePortal.class, ConfigurePortal.OPTIONS, List.of(), args));
      case ReconcileAccounts.NAME ->
          System.exit(
              runCommand(
                  ReconcileAccounts.class,
                  ReconcileAccounts.OPTIONS,
                  ReconcileAccounts.SETTINGS,
                  args));
      default -> SpringApplication.run(BillingPortalApplication.class, args);
    }
  }

  private static int runCommand(
      Class<?> command, List<String> options, List<String> settings, String... args) {
    if (args.length > 2 || args.length == 2 && !options.contains(args[1])) {
      System.out.println("Usage: " + args[0] + " [" + String.join(" | ", options) + "]");
      return 2;
    }
    SpringApplication application = new SpringApplication(command);
    application.setLogStartupInfo(false);
    // An interruption ends it at once: what it has stored is stored.
    application.setRegisterShutdownHook(false);
    return SpringApplication.exit(
        application.run(
            Stream.of(List.of(args), settings, CommandConfiguration.TIMEOUTS)
                .flatMap(List::stream)
                .toArray(String[]::new)));
  }
}
