package com.llmgenerator.billing.stripe.reconcile;

import com.llmgenerator.billing.Settings;
import com.llmgenerator.billing.config.JsonConfiguration;
import com.llmgenerator.billing.problem.ProblemException;
import com.llmgenerator.billing.stripe.CommandMetrics;
import com.llmgenerator.billing.stripe.StripeAccountClient;
import com.llmgenerator.billing.stripe.StripeBackoff;
import com.llmgenerator.billing.stripe.StripeClient;
import com.llmgenerator.billing.stripe.StripeGuard;
import com.llmgenerator.billing.stripe.reconcile.ReconciliationStore.Progress;
import java.io.PrintStream;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.flyway.autoconfigure.FlywayAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Import;
import org.springframework.dao.DataAccessException;

/**
 * The command {@code reconcile-accounts}: stores what Stripe knows and no event told. It claims
 * customers that nobody has, ends those that were deleted and keeps how subscriptions stand; it
 * moves no customer to another user. It needs the portal's settings, and starts nothing of it.
 */
@Import({
  CommandMetrics.class,
  JsonConfiguration.class,
  StripeClient.class,
  StripeGuard.class,
  StripeAccountClient.class,
  StripeBackoff.class
})
@ImportAutoConfiguration({DataSourceAutoConfiguration.class, FlywayAutoConfiguration.class})
public class ReconcileAccounts {
  /** What the command line begins with. */
  public static final String NAME = "reconcile-accounts";

  private static final String ANEW = "--anew";
  private static final List<String> SETTINGS =
      List.of(
          "--spring.datasource.hikari.maximum-pool-size=1",
          // Seconds: no caller waits, and some queries go through all accounts.
          "--spring.datasource.hikari.data-source-properties.socketTimeout=300",
          "--logging.level.org.flywaydb=warn",
          "--logging.level.com.zaxxer.hikari=warn");

  private static final String USAGE = "Usage: " + NAME + " [" + ANEW + "]";

  /**
   * Runs the command.
   *
   * @param options {@code --anew} begins anew where another run was interrupted
   * @return its exit code
   */
  public static int run(List<String> options, PrintStream out) {
    if (!List.of(List.of(), List.of(ANEW)).contains(options)) {
      out.println(USAGE);
      return 2;
    }
    // Without the hook an interruption ends it at once: what it has stored is stored.
    try (ConfigurableApplicationContext context =
            new SpringApplicationBuilder(ReconcileAccounts.class)
                .web(WebApplicationType.NONE)
                .logStartupInfo(false)
                .registerShutdownHook(false)
                .run(
                    Stream.of(SETTINGS, StripeAccountClient.COMMAND_TIMEOUTS)
                        .flatMap(List::stream)
                        .toArray(String[]::new));
        Connection connection = context.getBean(DataSource.class).getConnection()) {
      Settings.Stripe stripe = context.getBean(Settings.class).stripe();
      out.println("Stripe is " + stripe);
      ReconciliationStore store = new ReconciliationStore(connection, stripe.livemode());
      Optional<Progress> begin = store.startRun(options.contains(ANEW));
      if (begin.isEmpty()) {
        out.println("Another run is under way");
        return 1;
      }
      if (!begin.get().lastId().isEmpty() || !begin.get().list().equals("customers")) {
        out.println("Going on with " + begin.get().list() + ", after an interruption");
      }
      new Reconciliation(context.getBean(StripeBackoff.class), store, stripe.livemode(), out)
          .run(begin.get());
      out.println("Done");
      return 0;
    } catch (ProblemException e) {
      out.println(e.getMessage() + ". The next run goes on from here");
      return 1;
    } catch (DataAccessException | SQLException e) {
      out.println("The database failed. The next run goes on from here: " + e.getMessage());
      return 1;
    }
  }
}
