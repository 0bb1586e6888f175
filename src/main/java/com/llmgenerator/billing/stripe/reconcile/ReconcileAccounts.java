package com.llmgenerator.billing.stripe.reconcile;

import com.llmgenerator.billing.config.StripeProperties;
import com.llmgenerator.billing.problem.ProblemException;
import com.llmgenerator.billing.stripe.CommandConfiguration;
import com.llmgenerator.billing.stripe.StripeAccountClient;
import com.llmgenerator.billing.stripe.reconcile.ReconciliationStore.Progress;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;
import org.springframework.boot.ApplicationArguments;
import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.ExitCodeGenerator;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.flyway.autoconfigure.FlywayAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.context.annotation.Import;
import org.springframework.dao.DataAccessException;

/**
 * The command {@code reconcile-accounts}: stores what Stripe knows and no event told. It claims
 * customers that nobody has, ends those that were deleted and keeps how subscriptions stand; it
 * moves no customer to another user. It needs the portal's settings, and starts nothing of it.
 */
@Import(CommandConfiguration.class)
@ImportAutoConfiguration({DataSourceAutoConfiguration.class, FlywayAutoConfiguration.class})
public class ReconcileAccounts implements ApplicationRunner, ExitCodeGenerator {
  /** What the command line begins with. */
  public static final String NAME = "reconcile-accounts";

  public static final List<String> OPTIONS = List.of("--anew");

  public static final List<String> SETTINGS =
      List.of(
          "--spring.datasource.hikari.maximum-pool-size=1",
          // Seconds: no caller waits, and some queries go through all accounts.
          "--spring.datasource.hikari.data-source-properties.socketTimeout=300",
          "--logging.level.org.flywaydb=warn",
          "--logging.level.com.zaxxer.hikari=warn");

  private final StripeProperties settings;
  private final StripeAccountClient stripe;
  private final DataSource database;
  private int exitCode = 1;

  ReconcileAccounts(StripeProperties settings, StripeAccountClient stripe, DataSource database) {
    this.settings = settings;
    this.stripe = stripe;
    this.database = database;
  }

  @Override
  public void run(ApplicationArguments arguments) {
    System.out.println("Stripe is " + settings);
    try (Connection connection = database.getConnection()) {
      ReconciliationStore store = new ReconciliationStore(connection, settings.livemode());
      Optional<Progress> start = store.startRun(arguments.containsOption("anew"));
      if (start.isEmpty()) {
        System.out.println("Another run is under way");
        return;
      }
      if (!start.get().lastId().isEmpty() || !start.get().list().equals("customers")) {
        System.out.println("Going on with " + start.get().list() + ", after an interruption");
      }
      new Reconciliation(stripe, store, settings.livemode()).run(start.get());
      System.out.println("Done");
      exitCode = 0;
    } catch (ProblemException e) {
      System.out.println(e.getMessage() + ". The next run goes on from here");
    } catch (DataAccessException | SQLException e) {
      System.out.println("The database failed. The next run goes on from here: " + e.getMessage());
    }
  }

  @Override
  public int getExitCode() {
    return exitCode;
  }
}
