package com.llmgenerator.billing.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import com.llmgenerator.billing.Command;
import com.llmgenerator.billing.Documents;
import com.llmgenerator.billing.dev.EmbeddedPostgres;
import com.llmgenerator.billing.dev.StripeStandIn;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

/** The command that stores what Stripe knows and no event told. */
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock(Resources.SYSTEM_OUT)
class ReconcileAccountsIT {
  private static final long THEN = 1_790_000_000;
  private static final String TEMPLATE = "migrated";
  private static final AtomicInteger DATABASES = new AtomicInteger();
  private static final String LOCKED =
      "select pid from pg_locks join pg_database on pg_database.oid = database"
          + " where datname = current_database() and not granted";

  private static EmbeddedPostgres postgres;
  private static JdbcTemplate server;

  private final StripeStandIn stripe = StripeStandIn.start(0);
  private final String url = createDatabase();
  private final JdbcTemplate database = connect(url);

  @BeforeAll
  static void startServer() {
    postgres = EmbeddedPostgres.start(0);
    server = connect(postgres.url());
    server.execute("create database " + TEMPLATE);
    try (StripeStandIn empty = StripeStandIn.start(0)) {
      assertThat(run(environment(empty, url(TEMPLATE))).exit()).isZero();
    }
    connect(url(TEMPLATE)).update("truncate reconciliation");
  }

  @AfterAll
  static void stopServer() {
    postgres.close();
  }

  @AfterEach
  void stopStripe() {
    stripe.close();
  }

  /** Of each test its own, with the tables and nothing in them. */
  private static synchronized String createDatabase() {
    String name = "test" + DATABASES.incrementAndGet();
    server.execute("create database " + name + " template " + TEMPLATE);
    return url(name);
  }

  @Nested
  class Stores {
    @Test
    void whatWasMissedAndNothingTheSecondTime() {
      stripe.putCustomer("cus_named", THEN, false, "user named");
      stripe.putCustomer("cus_bought", THEN, false, null);
      stripe.putPurchase("cs_1", THEN, false, "cus_bought", "user bought");
      stripe.putPurchase("cs_2", THEN, false, "cus_nobody", null);
      stripe.putCustomer("cus_live", THEN, true, "user live");
      stripe.putSubscription("sub_on", THEN, false, "cus_named", "active");
      stripe.putSubscription("sub_over", THEN, false, "cus_bought", "canceled");

      Command first = run();
      assertThat(first.exit()).isZero();
      assertThat(first.printed())
          .containsExactly(
              "Stripe is " + stripe.url() + " in test mode",
              "customers: 2 read, 1 agrees, 1 claimed",
              "purchases: 2 read, 1 claimed, 1 of nobody",
              "subscriptions: 2 read, 2 stored",
              "unseen customers: 0 read",
              "Done");
      assertHasStoredAll();
      assertThat(
              database.queryForList(
                  "select stripe_customer_id from billing_account where livemode", String.class))
          .isEmpty();

      assertThat(run().printed())
          .containsExactly(
              "Stripe is " + stripe.url() + " in test mode",
              "customers: 2 read, 2 agrees",
              "purchases: 2 read, 1 agrees, 1 of nobody",
              "subscriptions: 2 read, 2 agrees",
              "unseen customers: 0 read",
              "Done");
      assertHasStoredAll();
    }

    private void assertHasStoredAll() {
      assertThat(accounts())
          .containsExactlyInAnyOrderEntriesOf(
              Map.of("user named", "cus_named", "user bought", "cus_bought"));
      assertThat(rows("select id, status from subscription"))
          .containsExactlyInAnyOrderEntriesOf(Map.of("sub_on", "active", "sub_over", "canceled"));
    }

    @Test
    void theOneOfTwoNewCustomersThatEventsWould() {
      stripe.putCustomer("cus_old", THEN, false, "user");
      stripe.putCustomer("cus_new", THEN + 1000, false, "user");
      for (int i = 0; i < 2; i++) {
        assertThat(run().log()).doesNotContain(" WARN ");
        assertThat(accounts()).containsExactlyEntriesOf(Map.of("user", "cus_old"));
      }
    }

    @Test
    void theCustomerOfTheFirstPurchaseAsEventsWould() {
      List.of("cus_a", "cus_b").forEach(id -> stripe.putCustomer(id, THEN, false, null));
      stripe.putPurchase("cs_1", THEN + 1, false, "cus_a", "user");
      stripe.putPurchase("cs_2", THEN + 2, false, "cus_b", "user");
      stripe.putPurchase("cs_3", THEN + 3, false, "cus_a", "user");
      for (int i = 0; i < 2; i++) {
        run();
        assertThat(accounts()).containsExactlyEntriesOf(Map.of("user", "cus_a"));
      }
    }

    @Test
    void theCustomerThatRunsAndTellsOfTwo() {
      addAccount("returned", "cus_first");
      stripe.putCustomer("cus_first", THEN, false, "returned");
      stripe.putCustomer("cus_second", THEN + 1, false, "returned");
      stripe.putSubscription("sub_first", THEN, false, "cus_first", "canceled");
      stripe.putSubscription("sub_second", THEN + 1, false, "cus_second", "active");
      assertThat(run().log()).doesNotContain(" WARN ");
      assertThat(accounts()).containsExactlyEntriesOf(Map.of("returned", "cus_second"));

      stripe.putSubscription("sub_again", THEN + 2, false, "cus_first", "trialing");
      Command run = run();
      assertThat(run.printed()).contains("subscriptions: 3 read, 2 agrees, 1 conflict");
      assertThat(run.log())
          .contains(" WARN ")
          .contains(
              "User returned has the Stripe customers cus_first and cus_second, of which the");
      assertThat(accounts()).containsExactlyEntriesOf(Map.of("returned", "cus_first"));
    }

    @Test
    void nothingInRowsOfTheOtherModeWhateverTheirIds() {
      database.queryForList(
          "select keep_stripe_customer('cus_1', true, 'live', to_timestamp(1), false)");
      database.queryForList(
          "select keep_subscription('sub_1', true, 'cus_1', 'active', now(), '-infinity')");
      String live =
          "select row(c.*)::text || row(s.*)::text from stripe_customer c, subscription s"
              + " where c.livemode and s.livemode";
      String before = database.queryForObject(live, String.class);
      stripe.putCustomer("cus_1", THEN, false, "test");
      stripe.putSubscription("sub_1", THEN, false, "cus_1", "past_due");
      run();
      assertThat(database.queryForObject(live, String.class)).isEqualTo(before);
      assertThat(accounts()).containsExactlyEntriesOf(Map.of("test", "cus_1"));
      assertThat(rows("select id, status from subscription where not livemode"))
          .containsExactlyEntriesOf(Map.of("sub_1", "past_due"));
    }
  }

  @Nested
  class Ends {
    @Test
    void accountsOfCustomersThatWereDeletedAndTellsOfUnknownOnes() {
      addAccount("left", "cus_left");
      addAccount("stays", "cus_stays");
      addAccount("typo", "cus_typo");
      stripe.putCustomer("cus_left", THEN, false, "left");
      stripe.putCustomer("cus_stays", THEN, false, "stays");
      stripe.putSubscription("sub_left", THEN, false, "cus_left", "active");
      stripe.deleteCustomer("cus_left");
      Command run = run();
      assertThat(run.printed())
          .contains("customers: 1 read, 1 agrees", "unseen customers: 2 read, 1 ended, 1 unknown");
      assertThat(run.log()).contains("Stripe does not know the customer cus_typo");
      assertThat(accounts())
          .containsExactlyInAnyOrderEntriesOf(Map.of("stays", "cus_stays", "typo", "cus_typo"));
      assertThat(rows("select id, status from subscription"))
          .containsExactlyEntriesOf(Map.of("sub_left", "canceled"));
    }

    @Test
    void accountsOfDeletedCustomersWhosePurchasesAreStillListed() {
      stripe.putCustomer("cus_left", THEN, false, null);
      stripe.putPurchase("cs_1", THEN, false, "cus_left", "left");
      stripe.putCustomer("cus_never", THEN, false, null);
      stripe.putPurchase("cs_2", THEN, false, "cus_never", "never known");
      stripe.putCustomer("cus_stays", THEN, false, null);
      stripe.putPurchase("cs_3", THEN, false, "cus_stays", "stays");
      addAccount("left", "cus_left");
      stripe.deleteCustomer("cus_left");
      stripe.deleteCustomer("cus_never");
      assertThat(run().printed())
          .contains("purchases: 3 read, 1 agrees, 1 claimed, 1 ended")
          .contains("unseen customers: 0 read");
      assertThat(accounts()).containsExactlyEntriesOf(Map.of("stays", "cus_stays"));
      assertThat(run().printed()).contains("purchases: 3 read, 3 agrees");
      assertThat(accounts()).containsExactlyEntriesOf(Map.of("stays", "cus_stays"));
    }
  }

  @Nested
  class Leaves {
    @Test
    void accountsWithTheirUserAndCustomer() {
      addAccount("owner", "cus_owned");
      addAccount("loyal", "cus_first");
      stripe.putCustomer("cus_owned", THEN, false, "thief");
      stripe.putCustomer("cus_first", THEN, false, null);
      stripe.putCustomer("cus_second", 1, false, "loyal");
      for (int i = 0; i < 2; i++) {
        Command run = run();
        assertThat(run.exit()).isZero();
        assertThat(run.printed()).contains("customers: 3 read, 2 agrees, 1 conflict");
        assertThat(run.log())
            .contains(
                "Stripe customer cus_owned belongs to user owner, and is claimed for user thief too")
            .contains(" WARN ");
        assertThat(accounts())
            .containsExactlyInAnyOrderEntriesOf(Map.of("owner", "cus_owned", "loyal", "cus_first"));
      }
    }

    @Test
    void whatWasDecidedByHandAsReadmeSays() throws Exception {
      Map<String, String> live = environment();
      live.put("STRIPE_SECRET_KEY", "sk_live_integration");
      List.of("cus_a", "cus_b").forEach(id -> stripe.putCustomer(id, THEN, true, "user"));
      stripe.putCustomer("cus_c", THEN, true, "other");
      assertThat(run(live).printed()).endsWith("Done");
      for (String decided : List.of("cus_a", "cus_b", "cus_a", "cus_c")) {
        runSql(Documents.code("src/docs/stripe.md", "decide"), decided, "user");
        for (String customer : List.of("cus_a", "cus_b", "cus_c")) {
          database.queryForList(
              "select keep_stripe_customer(?, true, 'user', now(), false)", customer);
        }
        run(live);
        assertThat(rows("select user_id, stripe_customer_id from billing_account where livemode"))
            .as(decided)
            .containsEntry("user", decided)
            .hasSize(decided.equals("cus_c") ? 1 : 2);
      }
    }

    @Test
    void theTimeOfAClaimThatIsKnown() {
      for (String customer : List.of("cus_a", "cus_b")) {
        database.queryForList(
            "select keep_stripe_customer(?, false, 'user', to_timestamp(?), false)",
            customer,
            customer.equals("cus_a") ? THEN + 10 : THEN);
        stripe.putCustomer(customer, customer.equals("cus_a") ? 1 : 2, false, "user");
      }
      stripe.putPurchase("cs_1", 1, false, "cus_a", "user");
      Command run = run();
      assertThat(run.printed())
          .contains("customers: 2 read, 2 agrees", "purchases: 1 read, 1 agrees");
      assertThat(accounts()).containsExactlyEntriesOf(Map.of("user", "cus_b"));
    }

    @Test
    void whatANewerEventTold() {
      database.queryForList(
          "select keep_subscription('sub_1', false, 'cus_1', 'past_due', now(), now())");
      stripe.putSubscription("sub_1", THEN, false, "cus_1", "active");
      assertThat(run().printed()).contains("subscriptions: 1 read, 1 agrees");
      assertThat(rows("select id, status from subscription"))
          .containsExactlyEntriesOf(Map.of("sub_1", "past_due"));
    }

    @Test
    void noRoomForLateEventsThatAreOlder() {
      String keep = "select keep_subscription('sub_1', false, 'cus_1', ?, now(), to_timestamp(?))";
      database.queryForList(keep, "active", THEN);
      stripe.putSubscription("sub_1", THEN, false, "cus_1", "active");
      assertThat(run().printed()).contains("subscriptions: 1 read, 1 agrees");
      database.queryForList(keep, "past_due", THEN + 1);
      assertThat(rows("select id, status from subscription"))
          .containsExactlyEntriesOf(Map.of("sub_1", "active"));
    }

    @Test
    void anotherRunAlone() throws SQLException {
      try (Connection other =
          DriverManager.getConnection(url, postgres.username(), postgres.password())) {
        other.createStatement().execute("select begin_reconciliation(false, false)");
        try (PackagedPortal process = launch(environment())) {
          assertThat(process.awaitEnd()).isEqualTo(1);
          assertThat(process.log().lines()).endsWith("Another run is under way");
        }
      }
    }
  }

  @Nested
  class Reads {
    @Test
    void pageByPageWithTheKeyAndNothingElse() {
      for (int i = 0; i < 250; i++) {
        stripe.putCustomer("cus_" + i, THEN + i, false, "user " + i);
      }
      stripe.forgetRequests();
      assertThat(run().printed())
          .contains("customers: 100 read, 100 claimed", "customers: 250 read, 250 claimed");
      assertThat(accounts()).hasSize(250).containsEntry("user 0", "cus_0");
      assertThat(stripe.listRequests())
          .extracting(LoggedRequest::getUrl)
          .containsExactly(
              "/v1/customers?limit=100",
              "/v1/customers?limit=100&starting_after=cus_150",
              "/v1/customers?limit=100&starting_after=cus_50",
              "/v1/checkout/sessions?status=complete&expand%5B%5D=data.customer&limit=100",
              "/v1/subscriptions?status=all&limit=100");
      assertThat(stripe.listRequests())
          .allSatisfy(
              request -> {
                assertThat(request.getMethod().getName()).isEqualTo("GET");
                assertThat(request.getHeader("Authorization"))
                    .isEqualTo("Bearer " + Servers.STRIPE_KEY);
                assertThat(request.getHeader("Stripe-Version")).isEqualTo("2026-09-30.endive");
              });
    }

    @Test
    void onAfterIdsThatAreNotKeptHere() {
      stripe.putCustomer("cus_1", THEN, false, "user 1");
      stripe.putCustomer("Old-shop_7", THEN, false, "user 7");
      stripe.putPurchase("cs_1", THEN, false, "x@example.com", "user 8");
      stripe.putSubscription("sub_1", THEN, false, "x@example.com", "active");
      // The last of a page, after which the next page begins.
      stripe.putCustomer("x@example.com & co?#", THEN, false, "user 9");
      for (int i = 0; i < 99; i++) {
        stripe.putCustomer("cus_of_nobody" + i, THEN, false, null);
      }
      Command run = run();
      assertThat(run.exit()).isZero();
      assertThat(run.printed())
          .contains("customers: 102 read, 99 agrees, 2 claimed, 1 unusable")
          .contains("purchases: 1 read, 1 unusable", "subscriptions: 1 read, 1 unusable");
      assertThat(run.log())
          .contains("source=\"x@example.com & co?#\"", "source=\"cs_1\"", "source=\"sub_1\"");
      assertThat(accounts())
          .containsExactlyInAnyOrderEntriesOf(Map.of("user 1", "cus_1", "user 7", "Old-shop_7"));
    }

    @Test
    void onWhereItWasInterrupted() {
      for (int i = 0; i < 2_000; i++) {
        stripe.putCustomer("cus_" + i, THEN + i, false, "user " + i);
      }
      try (PackagedPortal process = launch(environment())) {
        process.await(() -> process.log().contains("customers: 200 read"));
        process.terminate();
        process.awaitEnd();
      }
      int stored = accounts().size();
      assertThat(stored).isBetween(200, 1_900);
      String last = database.queryForObject("select last_id from reconciliation", String.class);
      stripe.forgetRequests();
      Command run = run();
      assertThat(run.exit()).isZero();
      assertThat(run.printed())
          .contains("Going on with customers, after an interruption")
          .endsWith("Done");
      assertThat(stripe.listRequests().get(0).getUrl())
          .isEqualTo("/v1/customers?limit=100&starting_after=" + last);
      assertThat(accounts()).hasSize(2_000);
      assertThat(run("--anew").printed()).contains("customers: 2000 read, 2000 agrees");
    }

    @ParameterizedTest
    @CsvSource({"25 hours, 1", "49 hours, 2"})
    void aRunOfTheNightBeforeButNoOlderOne(String age, int read) {
      database.update(
          "insert into reconciliation (livemode, begun_at, list, last_id)"
              + " values (false, now() - ?::interval, 'customers', 'cus_2')",
          age);
      stripe.putCustomer("cus_1", THEN, false, "user");
      stripe.putCustomer("cus_2", THEN + 1, false, "another user");
      assertThat(run().printed())
          .contains("customers: %d read, %d claimed".formatted(read, read))
          .endsWith("Done");
    }

    @Test
    void aListAnewWhoseLastCustomerIsGone() {
      database.update(
          "insert into reconciliation (livemode, begun_at, list, last_id)"
              + " values (false, now(), 'customers', 'cus_gone')");
      stripe.putCustomer("cus_1", THEN, false, "user");
      assertThat(run().printed())
          .contains("cus_gone is gone: reading this list anew", "customers: 1 read, 1 claimed");
    }

    @Test
    void howeverManyAccountsThereAre() {
      database.update(
          "insert into billing_account (user_id, livemode, stripe_customer_id)"
              + " select 'user' || i, false, 'cus_' || i from generate_series(1, 200000) i");
      try (PackagedPortal process = launch(environment())) {
        process.await(() -> process.log().contains("customers: 0 read"));
        process.terminate();
        process.awaitEnd();
      }
      // As if all of them were in the lists: what is left to ask for one by one is one.
      database.update("update stripe_customer set seen_at = now() + interval '1 hour'");
      addAccount("late", "cus_late");
      assertThat(run("--anew").printed())
          .contains("unseen customers: 1 read, 1 unknown")
          .endsWith("Done");
      assertThat(accounts()).hasSize(200_001);
    }
  }

  @Nested
  class Waits {
    @Test
    void asLongAsStripeSaysWhereItLimitsTheRate() {
      stripe.putCustomer("cus_1", THEN, false, "user");
      stripe.limitRate(2);
      Command run = run();
      assertThat(run.exit()).isZero();
      assertThat(run.log())
          .contains("Stripe limits our rate (429 rate_limit): asking again in 1000 ms");
      assertThat(accounts()).containsExactlyEntriesOf(Map.of("user", "cus_1"));
    }

    @Test
    void forTheDatabaseLongerThanACallerWould() throws Exception {
      stripe.putCustomer("cus_1", THEN, false, "user");
      try (Connection other =
          DriverManager.getConnection(url, postgres.username(), postgres.password())) {
        other.setAutoCommit(false);
        other.createStatement().execute("lock table stripe_customer in exclusive mode");
        try (PackagedPortal process = launch(environment())) {
          process.await(() -> !database.queryForList(LOCKED).isEmpty());
          other.createStatement().execute("select pg_sleep(3)");
          other.rollback();
          assertThat(process.awaitEnd()).isZero();
        }
      }
      assertThat(accounts()).containsExactlyEntriesOf(Map.of("user", "cus_1"));
    }

    @Test
    void forSlowListsLongerThanACallerWould() {
      stripe.putCustomer("cus_1", THEN, false, "user");
      stripe.slowDownLists(Duration.ofSeconds(2));
      Map<String, String> environment = environment();
      environment.put("PORTAL_DEADLINE", "1s");
      environment.put("STRIPE_CLIENT_RESPONSE_TIMEOUT", "1s");
      Command run = run(environment);
      assertThat(run.exit()).isZero();
      assertThat(run.log()).doesNotContain("asking again");
      assertThat(stripe.listRequests()).hasSize(3);
      assertThat(accounts()).containsExactlyEntriesOf(Map.of("user", "cus_1"));
    }
  }

  @Nested
  class Says {
    @ParameterizedTest
    @CsvSource({
      "sk_test_invalid, Stripe refuses the key: check STRIPE_SECRET_KEY",
      "rk_test_noread, 'Stripe refuses the key''s permission: give it \"Customers: read\", \"Checkout"
          + " Sessions: read\" and \"Subscriptions: read\"'"
    })
    void whatIsWrongWithTheKey(String key, String advice) {
      Map<String, String> environment = environment();
      environment.put("STRIPE_SECRET_KEY", key);
      Command run = run(environment);
      assertThat(run.exit()).isEqualTo(1);
      assertThat(run.printed()).endsWith(advice + ". The next run goes on from here");
      assertThat(run.log()).doesNotContain(key);
    }

    @ParameterizedTest
    @ValueSource(strings = {"--new", "anew", "--anew=false", "--server.port=1"})
    void howItIsUsed(String option) {
      Command run = run(option);
      assertThat(run.exit()).isEqualTo(2);
      assertThat(run.lines()).containsExactly("Usage: reconcile-accounts [--anew]");
      assertThat(stripe.listRequests()).isEmpty();
    }

    @Test
    void inItsExitCodeToo() {
      try (PackagedPortal process = launch(environment(), "--new")) {
        assertThat(process.awaitEnd()).isEqualTo(2);
        assertThat(process.log()).isEqualTo("Usage: reconcile-accounts [--anew]\n");
      }
      assertThat(stripe.listRequests()).isEmpty();
    }
  }

  @Test
  void findsCustomersOfSeveralUsersAsTheDocumentSays() throws Exception {
    String insert = Documents.code("src/docs/stripe.md", "insert");
    runSql(insert, "cus_a", "one");
    String query = Documents.code("src/docs/stripe.md", "shared");
    assertThat(database.queryForList(query)).isEmpty();
    runSql(insert, "cus_a", "other");
    assertThat(rows(query)).containsExactlyEntriesOf(Map.of("cus_a", "{one,other}"));
    database.queryForList("select keep_stripe_customer('cus_a', true, 'other', now(), false)");
    assertThat(rows("select user_id, stripe_customer_id from billing_account"))
        .containsExactlyEntriesOf(Map.of("one", "cus_a"));
  }

  /** Runs SQL of a document for this customer and user. */
  private void runSql(String sql, String customer, String user) {
    sql.lines()
        .map(line -> line.replace("cus_…", customer).replaceAll("<sub[^>]*>", user))
        .forEach(database::update);
  }

  private void addAccount(String user, String customer) {
    database.update(
        "insert into billing_account (user_id, livemode, stripe_customer_id) values (?, false, ?)",
        user,
        customer);
  }

  private Map<String, String> accounts() {
    return rows("select user_id, stripe_customer_id from billing_account where not livemode");
  }

  private Map<String, String> rows(String query) {
    Map<String, String> rows = new TreeMap<>();
    database.query(
        query,
        row -> {
          rows.put(row.getString(1), row.getString(2));
        });
    return rows;
  }

  private static String url(String database) {
    return postgres.url().replaceFirst("/postgres$", "/" + database);
  }

  private static JdbcTemplate connect(String url) {
    return new JdbcTemplate(
        new DriverManagerDataSource(url, postgres.username(), postgres.password()));
  }

  private Map<String, String> environment() {
    return environment(stripe, url);
  }

  private static Map<String, String> environment(StripeStandIn stripe, String url) {
    Map<String, String> environment = Servers.environment();
    environment.put("STRIPE_API_BASE", stripe.url());
    environment.put("SPRING_DATASOURCE_URL", url);
    environment.put("SPRING_DATASOURCE_USERNAME", postgres.username());
    environment.put("SPRING_DATASOURCE_PASSWORD", postgres.password());
    return environment;
  }

  private static PackagedPortal launch(Map<String, String> environment, String... options) {
    return PackagedPortal.launchCommand(environment, "reconcile-accounts", options);
  }

  private Command run(String... options) {
    return run(environment(), options);
  }

  private static Command run(Map<String, String> environment, String... options) {
    return Command.run(environment, "reconcile-accounts", options);
  }
}
