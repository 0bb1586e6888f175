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
  private static final List<Command> COMMANDS =
      List.of(
          new Command(
              ConfigurePortal.NAME, ConfigurePortal.class, ConfigurePortal.OPTIONS, List.of()),
          new Command(
              ReconcileAccounts.NAME,
              ReconcileAccounts.class,
              ReconcileAccounts.OPTIONS,
              ReconcileAccounts.SETTINGS));

  /** What runs in place of the portal, with one of its options or none. */
  private record Command(
      String name, Class<?> application, List<String> options, List<String> settings) {}

  public static void main(String[] args) {
    if (args.length == 0 || args[0].matches("(--.*)?")) {
      SpringApplication.run(BillingPortalApplication.class, args);
    } else {
      System.exit(runCommand(args));
    }
  }

  /**
   * Runs the command that the arguments begin with, and returns its exit code: 2 where there is no
   * such command or option.
   */
  static int runCommand(String... args) {
    List<Command> named =
        COMMANDS.stream().filter(command -> command.name().equals(args[0])).toList();
    if (named.isEmpty()
        || args.length > 2
        || args.length == 2 && !named.get(0).options().contains(args[1])) {
      for (Command command : named.isEmpty() ? COMMANDS : named) {
        System.out.println(
            "Usage: " + command.name() + " [" + String.join(" | ", command.options()) + "]");
      }
      return 2;
    }
    SpringApplication application = new SpringApplication(named.get(0).application());
    application.setLogStartupInfo(false);
    // An interruption ends it at once: what it has stored is stored.
    application.setRegisterShutdownHook(false);
    return SpringApplication.exit(
        application.run(
            Stream.of(List.of(args), named.get(0).settings(), CommandConfiguration.TIMEOUTS)
                .flatMap(List::stream)
                .toArray(String[]::new)));
  }
}
