package com.llmgenerator.billing;

import com.llmgenerator.billing.stripe.CommandConfiguration;
import com.llmgenerator.billing.stripe.configuration.ConfigurePortal;
import com.llmgenerator.billing.stripe.reconcile.ReconcileAccounts;
import java.util.List;
import java.util.stream.Stream;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.logging.logback.LogbackMetricsAutoConfiguration;
import org.springframework.boot.persistence.autoconfigure.PersistenceExceptionTranslationAutoConfiguration;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;

/**
 * Runs the routes of the billing portal. No bean of it is wrapped in a transaction or in advice,
 * and Spring does not look at each for what would: that takes a twelfth of the start. Camel's
 * {@code transacted} does without. Events of the log are not counted: Micrometer's way is a filter,
 * which hundreds pass for each request that are not written.
 */
@SpringBootApplication(
    exclude = {
      AopAutoConfiguration.class,
      LogbackMetricsAutoConfiguration.class,
      PersistenceExceptionTranslationAutoConfiguration.class,
      TransactionAutoConfiguration.class
    })
public class BillingPortalApplication {

  public static void main(String[] args) {
    switch (args.length == 0 ? "" : args[0]) {
      case ConfigurePortal.NAME -> System.exit(runCommand(ConfigurePortal.class, List.of(), args));
      case ReconcileAccounts.NAME ->
          System.exit(runCommand(ReconcileAccounts.class, ReconcileAccounts.SETTINGS, args));
      default -> SpringApplication.run(BillingPortalApplication.class, args);
    }
  }

  private static int runCommand(Class<?> command, List<String> settings, String... args) {
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
