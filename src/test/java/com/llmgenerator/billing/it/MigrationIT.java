package com.llmgenerator.billing.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.llmgenerator.billing.dev.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.namedparam.NamedParameterJdbcTemplate;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;

/**
 * A new version migrates the database while pods of the version before serve, with their own
 * queries: those of the folder {@code queries-before-V7}.
 */
@Execution(ExecutionMode.CONCURRENT)
class MigrationIT {
  private static final int USERS = 50_000;
  private static final int RETURNING = 2_000;
  private static final int PODS = 4;
  private static final int ROUNDS = 50;
  private static final List<String> SERVING =
      List.of(
          "find-billing-account",
          "find-availability",
          "find-subscription",
          "store-customer-event",
          "store-subscription-event",
          "forget-stripe-events",
          "reconcile-customer",
          "reconcile-subscription",
          "reconcile-note-progress");

  private static EmbeddedPostgres postgres;
  private static DriverManagerDataSource server;
  private static JdbcTemplate database;

  private final Queue<String> failures = new ConcurrentLinkedQueue<>();
  private final AtomicInteger served = new AtomicInteger();
  private final AtomicInteger events = new AtomicInteger();

  @BeforeAll
  static void fillTheDatabaseOfTheVersionBefore() {
    postgres = EmbeddedPostgres.start(0);
    server = new DriverManagerDataSource(postgres.url(), postgres.username(), postgres.password());
    database = new JdbcTemplate(server);
    Flyway.configure().dataSource(server).target("6").load().migrate();
    // Everybody has a customer who pays. Those who returned have a second one who does, and the
    // first one does no more; some of them have the first one by hand alone.
    for (String fill :
        List.of(
            "insert into stripe_customer (id, livemode, user_id, claimed_at)"
                + " select 'cus_' || i, false, 'user' || i, to_timestamp(i)"
                + " from generate_series(1, %1$d) i where i > %2$d or i %% 10 > 0",
            "insert into stripe_customer (id, livemode, user_id, claimed_at)"
                + " select 'cus_again' || i, false, 'user' || i, now()"
                + " from generate_series(1, %2$d) i",
            "insert into billing_account (user_id, livemode, stripe_customer_id)"
                + " select 'user' || i, false, 'cus_' || i from generate_series(1, %1$d) i",
            "insert into subscription (id, livemode, stripe_customer_id, status, created_at)"
                + " select 'sub_' || i, false, 'cus_' || i,"
                + " case when i > %2$d then 'active' else 'canceled' end, now()"
                + " from generate_series(1, %1$d) i",
            "insert into subscription (id, livemode, stripe_customer_id, status, created_at)"
                + " select 'sub_again' || i, false, 'cus_again' || i, 'active', now()"
                + " from generate_series(1, %2$d) i",
            "insert into stripe_event (id, type, created_at)"
                + " select 'evt_' || i, 'customer.created', now() from generate_series(1, %1$d) i",
            "insert into reconciliation (livemode, begun_at, list, last_id)"
                + " values (false, now(), 'customers', '')")) {
      database.update(fill.formatted(USERS, RETURNING));
    }
  }

  @AfterAll
  static void stopServer() {
    postgres.close();
  }

  @Test
  void servesOnMeanwhileAndOpensThePortalOfThePayingCustomerAfterwards() throws Exception {
    assertThat(account("user1")).isEqualTo("cus_1");
    AtomicBoolean ended = new AtomicBoolean();
    ExecutorService pods = Executors.newFixedThreadPool(PODS);
    for (int pod = 0; pod < PODS; pod++) {
      pods.submit(() -> serve(ended));
    }
    await(ROUNDS);
    Map<String, String> environment = Servers.environment();
    environment.put("SPRING_DATASOURCE_URL", postgres.url());
    environment.put("SPRING_DATASOURCE_USERNAME", postgres.username());
    environment.put("SPRING_DATASOURCE_PASSWORD", postgres.password());
    try (PackagedPortal portal = PackagedPortal.start(environment)) {
      assertThat(portal.isAlive()).isTrue();
      await(served.get() + ROUNDS);
    }
    ended.set(true);
    pods.shutdown();
    assertThat(pods.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    assertThat(failures).isEmpty();

    for (int user = 1; user <= RETURNING; user += 7) {
      assertThat(account("user" + user)).isEqualTo("cus_again" + user);
    }
    assertThat(
            database.queryForObject(
                "select count(*) from billing_account where stripe_customer_id = 'cus_' || substr("
                    + "user_id, 5)",
                Integer.class))
        .isEqualTo(USERS - RETURNING);
    try (Pod pod = new Pod()) {
      assertThat(pod.ask("reconcile-begin", 1)).hasSize(1);
      assertThat(pod.ask("reconcile-unseen-customers", 1)).isNotEmpty();
      assertThat(pod.ask("find-billing-account", 1).get(0))
          .containsEntry("stripe_customer_id", "cus_again1");
    }
  }

  private void serve(AtomicBoolean ended) {
    try (Pod pod = new Pod()) {
      while (!ended.get()) {
        int user = 1 + ThreadLocalRandom.current().nextInt(USERS);
        for (String query : SERVING) {
          try {
            pod.ask(query, user);
          } catch (DataAccessException e) {
            failures.add(query + ": " + e.getMessage());
          }
        }
        served.incrementAndGet();
      }
    } catch (IOException | RuntimeException e) {
      failures.add(e.toString());
    }
  }

  private void await(int rounds) throws InterruptedException {
    for (int waited = 0; served.get() < rounds && waited < 600; waited++) {
      TimeUnit.MILLISECONDS.sleep(50);
    }
    assertThat(served).hasValueGreaterThanOrEqualTo(rounds);
  }

  private static String account(String user) {
    return database.queryForObject(
        "select stripe_customer_id from billing_account where user_id = ?", String.class, user);
  }

  /** A session of the version before. */
  private final class Pod implements AutoCloseable {
    private final SingleConnectionDataSource session =
        new SingleConnectionDataSource(
            postgres.url(), postgres.username(), postgres.password(), true);
    private final NamedParameterJdbcTemplate jdbc = new NamedParameterJdbcTemplate(session);

    /** Returns the rows of a query, or none where it is none. */
    List<Map<String, Object>> ask(String query, int user) throws IOException {
      String sql =
          Files.readString(Path.of("src/test/resources/queries-before-V7", query + ".sql"))
              .replaceAll(":#\\$\\{[^}]*\\.(\\w+)}", ":$1")
              .replaceAll("(?m)^--.*", "");
      Map<String, Object> values =
          Map.ofEntries(
              Map.entry("id", "evt_new" + events.incrementAndGet()),
              Map.entry("type", "customer.updated"),
              Map.entry("created", OffsetDateTime.now()),
              Map.entry("customer", "cus_" + user),
              Map.entry("stripeCustomer", "cus_" + user),
              Map.entry("livemode", false),
              Map.entry("user", "user" + user),
              Map.entry("userId", "user" + user),
              Map.entry("deleted", false),
              Map.entry("gone", false),
              Map.entry("since", OffsetDateTime.now()),
              Map.entry("subscription", "sub_" + user),
              Map.entry("status", user > RETURNING ? "active" : "canceled"),
              Map.entry("begun", OffsetDateTime.now()),
              Map.entry("told", OffsetDateTime.now()),
              Map.entry("list", "customers"),
              Map.entry("lastId", ""),
              Map.entry("anew", true));
      if (sql.contains("update ") || sql.contains("delete ")) {
        jdbc.update(sql, values);
        return List.of();
      }
      return jdbc.queryForList(sql, values);
    }

    @Override
    public void close() {
      session.destroy();
    }
  }
}
