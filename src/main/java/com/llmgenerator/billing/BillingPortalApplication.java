package com.llmgenerator.billing;

import com.llmgenerator.billing.stripe.configuration.ConfigurePortal;
import com.llmgenerator.billing.stripe.reconcile.ReconcileAccounts;
import java.util.List;
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
    List<String> words = List.of(args);
    if (words.indexOf(ConfigurePortal.NAME) == 0) {
      System.exit(ConfigurePortal.run(words.subList(1, words.size()), System.out));
    }
    if (words.indexOf(ReconcileAccounts.NAME) == 0) {
      System.exit(ReconcileAccounts.run(words.subList(1, words.size()), System.out));
    }
    SpringApplication.run(BillingPortalApplication.class, args);
  }
}
