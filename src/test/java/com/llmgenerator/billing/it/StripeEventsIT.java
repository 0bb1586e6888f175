package com.llmgenerator.billing.it;

import static com.llmgenerator.billing.it.Caller.WITH_API_KEY;
import static com.llmgenerator.billing.it.Outcomes.assertOutcome;
import static com.llmgenerator.billing.it.Problems.assertProblem;
import static com.llmgenerator.billing.it.Servers.DATABASE;
import static com.llmgenerator.billing.it.Servers.EVENT_SECRET;
import static com.llmgenerator.billing.it.Servers.OLD_EVENT_SECRET;
import static com.llmgenerator.billing.it.Servers.PORTAL;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import com.llmgenerator.billing.dev.SignedEvent;
import com.llmgenerator.billing.it.Caller.Answer;
import com.stripe.model.Customer;
import com.stripe.model.Invoice;
import com.stripe.net.Webhook;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What Stripe tells becomes true here, by events that Stripe's own library makes and signs. */
class StripeEventsIT {
  static final String EVENTS = "/api/v1/stripe/events";
  private static final long NOW = Instant.now().getEpochSecond();
  private static final int LARGEST = 1024 * 1024;
  private static final int STRANGERS = 200;
  private static final String LONG_TEXT = '"' + "x".repeat(256) + '"';
  private static final SignedEvent KEPT =
      SignedEvent.purchase("evt_kept", NOW, false, "cus_ofKeptEvent", "user of kept event");

  private final String name = UUID.randomUUID().toString().replace("-", "");
  private final String user = UUID.randomUUID().toString();
  private final String customer = "cus_" + name;

  /** First of all: it takes the portal up to ten seconds to forget. */
  @BeforeAll
  static void addOldEvents() {
    assertOutcome("stored", send(KEPT));
    DATABASE.update(
        "insert into stripe_event (id, type, created_at, received_at)"
            + " select 'evt_old' || i, 'x', now(), now() - interval '30 days 1 second'"
            + " from generate_series(1, 200) i");
  }

  @Nested
  class Returns200AndStores {
    @Test
    void aPurchaseSoThatThePortalOpens() {
      String key = Servers.addApiKey(user).text();
      assertThat(Caller.post(WITH_API_KEY, key, null).status()).isEqualTo(400);
      assertOutcome("stored", send(purchase(1, NOW, customer, user)));
      assertThat(Caller.post(WITH_API_KEY, key, null).status()).isEqualTo(200);
      assertThat(account(user)).containsExactly(customer);
    }

    @ParameterizedTest
    @ValueSource(strings = {"created", "updated"})
    void aCustomerWhoseMetadataNameTheUser(String type) {
      assertOutcome("stored", send(customer(type, 1, NOW, user)));
      assertThat(account(user)).containsExactly(customer);
    }

    @Test
    void aPurchaseByACustomerWhoWasImported() {
      String imported = "Old-shop_" + name;
      assertOutcome("stored", send(purchase(1, NOW, imported, user)));
      assertThat(account(user)).containsExactly(imported);
    }

    @Test
    void theDeletionOfACustomerSoThatThePortalDoesNotOpen() {
      String key = Servers.addApiKey(user).text();
      send(purchase(1, NOW, customer, user));
      assertOutcome("stored", send(customer("deleted", 2, NOW + 1, null)));
      assertProblem(
          Caller.post(WITH_API_KEY, key, null),
          400,
          "billing_account_not_found",
          "No billing account found. User must make a purchase first.");
      assertThat(account(user)).isEmpty();
    }

    @Test
    void aDeletionThatComesBeforeThePurchase() {
      assertOutcome("stored", send(customer("deleted", 2, NOW + 1, null)));
      assertOutcome("stored", send(purchase(1, NOW, customer, user)));
      assertThat(account(user)).isEmpty();
    }

    @Test
    void aPurchaseAfterTheCustomerOfTheFirstWasDeleted() {
      send(purchase(1, NOW, customer, user));
      send(customer("deleted", 2, NOW + 1, null));
      assertOutcome("stored", send(purchase(3, NOW + 2, customer + "b", user)));
      assertThat(account(user)).containsExactly(customer + "b");
    }

    @Test
    void aReturningBuyerSoThatThePortalOfThePayingCustomerOpens() {
      String key = Servers.addApiKey(user).text();
      send(purchase(1, NOW, customer + "first", user));
      send(subscription(2, NOW, "first", customer + "first", "active"));
      send(subscription(3, NOW + 1, "first", customer + "first", "canceled"));
      assertThat(account(user)).containsExactly(customer + "first");
      assertOutcome("stored", send(purchase(4, NOW + 2, customer + "second", user)));
      assertOutcome(
          "stored", send(subscription(5, NOW + 2, "second", customer + "second", "active")));
      assertThat(account(user)).containsExactly(customer + "second");
      assertThat(Caller.post(WITH_API_KEY, key, "{\"flow\":\"subscription_cancel\"}").status())
          .isEqualTo(200);
      assertThat(sessionOf(customer + "second"))
          .contains("flow_data%5Bsubscription_cancel%5D%5Bsubscription%5D=sub_" + name + "second");
    }

    @ParameterizedTest
    @ValueSource(strings = {"active", "trialing", "past_due"})
    void thatALaterCustomerRunsWhicheverIsToldFirst(String status) {
      send(subscription(1, NOW, "b", customer + "b", status));
      send(purchase(2, NOW, customer + "a", user));
      assertOutcome("stored", send(purchase(3, NOW + 1, customer + "b", user)));
      assertThat(account(user)).containsExactly(customer + "b");
    }

    @ParameterizedTest
    @ValueSource(strings = {"incomplete", "incomplete_expired", "canceled", "unpaid", "paused"})
    void thatNoCustomerRunsSoThatTheFirstCounts(String status) {
      send(purchase(1, NOW, customer + "a", user));
      assertOutcome("stored", send(purchase(2, NOW + 1, customer + "b", user)));
      assertOutcome("stored", send(subscription(3, NOW + 1, "b", customer + "b", status)));
      assertThat(account(user)).containsExactly(customer + "a");
      assertOutcome("stored", send(purchase(4, NOW - 1, customer + "c", user)));
      assertThat(account(user)).containsExactly(customer + "c");
    }

    @Test
    void aRunningCustomerThoughARowMadeByHandNamesAnother() {
      Servers.addBillingAccount(user, customer + "hand");
      send(purchase(1, NOW, customer, user));
      assertThat(account(user)).containsExactly(customer + "hand");
      assertOutcome("stored", send(subscription(2, NOW, "", customer, "active")));
      assertThat(account(user)).containsExactly(customer);
      assertOutcome("stored", send(subscription(3, NOW + 1, "", customer, "canceled")));
      assertThat(account(user)).containsExactly(customer + "hand");
    }

    @Test
    void thePurchaseAndTheSubscriptionOfAReturningBuyerAtOnce() {
      for (int round = 0; round < 20; round++) {
        String buyer = user + round;
        String second = customer + "b" + round;
        send(purchase(3 * round, NOW, customer + "a" + round, buyer));
        assertThat(
                sendAtOnce(
                    purchase(3 * round + 1, NOW + 1, second, buyer),
                    subscription(3 * round + 2, NOW + 1, "b" + round, second, "active")))
            .extracting(Answer::body)
            .containsOnly("{\"outcome\":\"stored\"}");
        assertThat(account(buyer)).containsExactly(second);
      }
    }

    /** Each waits at another step, so that locks in another order would be a deadlock. */
    @Test
    void threeEventsOfANewSubscriptionThatWaitForEachOther() throws Exception {
      send(purchase(1, NOW, customer, user));
      ExecutorService others = Executors.newCachedThreadPool();
      try (Connection one = Servers.DATABASE.getDataSource().getConnection();
          Connection two = Servers.DATABASE.getDataSource().getConnection()) {
        lockUser(one);
        Future<Answer> creates =
            others.submit(() -> send(subscription(2, NOW, "", customer, "incomplete")));
        awaitWaiting(1);
        Future<?> locked = others.submit(() -> lockUser(two));
        awaitWaiting(2);
        Future<Answer> early =
            others.submit(() -> send(subscription(3, NOW + 1, "", customer, "active")));
        awaitWaiting(3);
        one.rollback();
        locked.get();
        awaitWaiting(1);
        Future<Answer> late =
            others.submit(() -> send(subscription(4, NOW + 2, "", customer, "past_due")));
        awaitWaiting(2);
        two.rollback();
        for (Future<Answer> sent : List.of(creates, early, late)) {
          assertOutcome("stored", sent.get());
        }
      } finally {
        others.shutdown();
      }
      assertThat(subscriptions()).containsExactly(Map.entry("sub_" + name, "past_due"));
    }

    private Void lockUser(Connection session) throws SQLException {
      session.setAutoCommit(false);
      try (PreparedStatement lock =
          session.prepareStatement("select pg_advisory_xact_lock(hashtextextended(?, 0))")) {
        lock.setString(1, user);
        lock.execute();
      }
      return null;
    }

    private static void awaitWaiting(int sessions) {
      String waiting =
          "select count(*) from pg_stat_activity"
              + " where datname = current_database() and wait_event_type = 'Lock'";
      PORTAL.await(() -> DATABASE.queryForObject(waiting, Integer.class) == sessions);
    }

    @Test
    void twoPurchasesOfOneUserAtOnce() {
      for (int round = 0; round < 20; round++) {
        String buyer = user + round;
        String first = customer + "a" + round;
        assertThat(
                sendAtOnce(
                    purchase(2 * round, NOW, first, buyer),
                    purchase(2 * round + 1, NOW, customer + "b" + round, buyer)))
            .extracting(Answer::body)
            .containsOnly("{\"outcome\":\"stored\"}");
        assertThat(account(buyer)).containsExactly(first);
      }
    }

    @Test
    void nothingInRowsOfTheOtherModeWhateverTheirIds() {
      DATABASE.update("insert into stripe_customer values (?, true, 'x', now(), false)", customer);
      DATABASE.update(
          "insert into stripe_event (id, livemode, type, created_at) values (?, true, 'x', now())",
          "evt_" + name + 1);
      DATABASE.update(
          "insert into subscription values (?, true, ?, 'active', now())", "sub_" + name, customer);
      DATABASE.update("insert into billing_account values (?, true, 'cus_live')", user);
      String live =
          "select (select row(c.*)::text from stripe_customer c where livemode and id = ?),"
              + " (select row(s.*)::text from subscription s where livemode and id = ?),"
              + " (select row(b.*)::text from billing_account b where livemode and user_id = ?)";
      Object[] ids = {customer, "sub_" + name, user};
      Map<String, Object> before = DATABASE.queryForMap(live, ids);
      assertOutcome("stored", send(purchase(1, NOW, customer, user)));
      assertOutcome("stored", send(subscription(2, NOW, "", customer, "canceled")));
      assertOutcome("stored", send(customer("deleted", 3, NOW, null)));
      assertThat(DATABASE.queryForMap(live, ids)).isEqualTo(before);
      assertThat(account(user)).isEmpty();
      assertThat(subscriptions()).containsExactly(Map.entry("sub_" + name, "canceled"));
    }

    @Test
    void howASubscriptionStands() {
      assertOutcome("stored", send(subscription("updated", 1, NOW + 1, "active")));
      assertOutcome("stored", send(subscription("created", 2, NOW, "incomplete")));
      assertThat(subscriptions()).containsExactly(Map.entry("sub_" + name, "active"));
      assertOutcome("stored", send(subscription("deleted", 3, NOW + 2, "canceled")));
      assertOutcome("stored", send(subscription("updated", 4, NOW + 3, "active")));
      assertThat(subscriptions()).containsExactly(Map.entry("sub_" + name, "canceled"));
    }

    @Test
    void theLaterOfTwoStatesOfOneSecond() {
      send(subscription("updated", 1, NOW, "active"));
      send(subscription("created", 2, NOW, "incomplete"));
      assertThat(subscriptions()).containsExactly(Map.entry("sub_" + name, "active"));
    }

    @ParameterizedTest
    @ValueSource(strings = {EVENT_SECRET, OLD_EVENT_SECRET})
    void whatIsSignedWithEitherOfTwoSecrets(String secret) {
      SignedEvent event = purchase(1, NOW, customer, user);
      assertOutcome("stored", send(event, event.signature(secret)));
    }

    @Test
    void whatIsSignedTwiceWhileTheSecretIsRolled() {
      SignedEvent event = purchase(1, NOW, customer, user);
      String other = event.signature("whsec_ofSomebodyElse").replaceFirst(".*v1=", "v1=");
      String header = event.signature(EVENT_SECRET).replaceFirst("v1=", other + ",v1=");
      assertOutcome("stored", send(event, header + ",v0=" + "0".repeat(64)));
    }

    @Test
    void theBytesAsTheyWereSignedWhateverTheirLanguage() {
      String odd = "Zoë; drop table billing_account; -- '\"\\ 名前 🎉";
      assertOutcome("stored", send(purchase(1, NOW, customer, odd + name)));
      assertThat(account(odd + name)).containsExactly(customer);
    }

    @ParameterizedTest
    @MethodSource("com.llmgenerator.billing.it.HostileRequestsIT#camelHeaders")
    void aPurchaseWhateverElseTheRequestSays(List<String> names) {
      SignedEvent event = purchase(1, NOW, customer, user);
      String query = "?" + String.join("=select+1&", names) + "=select+1";
      HttpRequest.Builder request =
          HttpRequest.newBuilder(URI.create(PORTAL.url(EVENTS + query)))
              .header("Content-Type", "application/json")
              .header("Stripe-Signature", event.signature(EVENT_SECRET))
              .header("Stripe-Account", "acct_other")
              .POST(BodyPublishers.ofByteArray(event.bytes()));
      names.forEach(name -> request.header(name, "select 1"));
      assertOutcome("stored", Caller.send(request));
      assertThat(account(user)).containsExactly(customer);
    }

    @ParameterizedTest
    @ValueSource(strings = {"%s", "evt-%s", "~!\"\\,;=%s", "LONG"})
    void aPurchaseWhateverTheFormOfTheEventsId(String form) {
      String id =
          form.equals("LONG") ? name + "x".repeat(255 - name.length()) : form.formatted(name);
      SignedEvent event = SignedEvent.purchase(id, NOW, false, customer, user);
      Answer answer = send(event);
      assertOutcome("stored", answer);
      assertThat(PORTAL.answered(answer.header("X-Request-Id")))
          .contains("stripeEvent=\"" + id + "\"");
      assertOutcome("known", send(event));
      assertThat(account(user)).containsExactly(customer);
    }

    @Test
    void aPurchaseThatSaysThatItIsOfNoConnectedAccount() {
      assertOutcome("stored", send(purchase(1, NOW, customer, user).with("account", "null")));
    }

    @Test
    void aPurchaseAndASubscriptionWhoseCustomerIsExpanded() {
      Customer expanded = new Customer();
      expanded.setId(customer);
      expanded.setObject("customer");
      SignedEvent purchase = purchase(1, NOW, customer, user);
      SignedEvent subscription = subscription(2, NOW, "", customer, "active");
      for (SignedEvent event : List.of(purchase, subscription)) {
        assertOutcome("stored", send(event.with("data.object.customer", expanded.toJson())));
      }
      assertThat(account(user)).containsExactly(customer);
      assertThat(subscriptions()).containsExactly(Map.entry("sub_" + name, "active"));
    }

    @Test
    void anEventOf1MiB() {
      String body = purchase(1, NOW, customer, user).body();
      SignedEvent event = new SignedEvent(body + " ".repeat(LARGEST - body.length()));
      assertOutcome("stored", send(event));
    }
  }

  @Nested
  class Returns200AndChangesNothing {
    @Test
    void whenAnEventComesAgain() {
      SignedEvent event = purchase(1, NOW, customer, user);
      assertOutcome("stored", send(event));
      assertOutcome("known", send(event));
      assertOutcome("known", send(event));
      assertThat(events()).isEqualTo(1);
      assertThat(account(user)).containsExactly(customer);
    }

    @Test
    void whenTwoDeliveriesOfOneEventComeAtOnce() {
      for (int round = 0; round < 20; round++) {
        SignedEvent event = purchase(round, NOW + round, customer, user);
        assertThat(sendAtOnce(event, event))
            .extracting(Answer::body)
            .containsExactlyInAnyOrder("{\"outcome\":\"stored\"}", "{\"outcome\":\"known\"}");
      }
      assertThat(events()).isEqualTo(20);
      assertThat(account(user)).containsExactly(customer);
    }

    @Test
    void whenTheEventIsOfTheOtherMode() {
      SignedEvent event = SignedEvent.purchase("evt_" + name, NOW, true, customer, user);
      Answer answer = send(event);
      assertOutcome("ignored", answer);
      assertThat(account(user)).isEmpty();
      assertThat(events()).isZero();
      assertThat(PORTAL.answered(answer.header("X-Request-Id")))
          .contains(
              "operation=\"receive-stripe-event\"",
              "stripeEvent=\"evt_" + name,
              "stripeEventType=\"checkout.session.completed\"",
              "reason=\"Ignored: the event is not of the mode of STRIPE_SECRET_KEY\"",
              "outcome=\"ignored\"",
              "code=\"ok\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"acct_1\"", "\"\"", "{}", "[]", "0", "false"})
    void whenTheEventIsOfAConnectedAccount(String account) {
      Invoice invoice = new Invoice();
      invoice.setObject("invoice");
      List<SignedEvent> events =
          List.of(
              purchase(1, NOW, customer, user),
              customer("created", 2, NOW, user),
              subscription(3, NOW, "", customer, "active"),
              SignedEvent.of("evt_" + name + 4, "invoice.paid", NOW, false, invoice),
              SignedEvent.purchase("evt_" + name + 5, NOW, true, customer, user));
      for (SignedEvent event : events) {
        assertIgnored(
            send(event.with("account", account)),
            "Ignored: the event is of a connected account; have the webhook endpoint listen to"
                + " events of your account alone");
      }
      assertThat(account(user)).isEmpty();
      assertThat(subscriptions()).isEmpty();
      assertThat(events()).isZero();
    }

    @Test
    void whenThePayloadIsThin() {
      String thin =
          """
          {"id": "evt_%s", "object": "v2.core.event", "type": "customer.created", "livemode": false,
           "created": "2026-01-02T03:04:05.678Z", "context": null, "related_object":
           {"id": "%s", "type": "customer", "url": "/v1/customers/%s"}}"""
              .formatted(name, customer, customer);
      assertIgnored(
          send(new SignedEvent(thin)),
          "Ignored: the event is thin; set the payload style of the webhook endpoint to snapshot");
    }

    /** What events of ours lack: the kind of event, a member of it, and what stands there. */
    static Stream<Arguments> whatNamesNothing() {
      Stream.Builder<Arguments> cases = Stream.builder();
      add(cases, "purchase", "object", null, "null", "5", "\"invoice\"", "\"Event\"");
      add(cases, "purchase", "livemode", null, "null", "0", "\"false\"", "{}");
      add(cases, "purchase", "type", null, "null", "5", "\"CUSTOMER.created\"", "\"x\\n\"");
      add(cases, "purchase", "type", LONG_TEXT);
      for (String kind : List.of("purchase", "customer", "subscription")) {
        add(cases, kind, "data", null, "null", "5", "[]", "{}");
        add(cases, kind, "data.object", "null", "\"cus_1\"", "[]", "{}");
      }
      for (String kind : List.of("purchase", "subscription")) {
        add(cases, kind, "data.object.customer", null, "null", "5", "true", "[]", "{}");
        add(cases, kind, "data.object.customer", "{\"id\":null}", "{\"id\":{\"id\":\"cus_1\"}}");
      }
      add(cases, "purchase", "data.object.client_reference_id", null, "null", "5", "{}", "\"\"");
      add(cases, "customer", "data.object.id", null, "null", "5", "{}");
      add(cases, "customer", "data.object.metadata", null, "null", "5", "[]", "{}");
      add(cases, "customer", "data.object.metadata.user_id", "null", "5", "\" \"");
      add(cases, "subscription", "data.object.id", null, "null", "5", "{}");
      return cases.build();
    }

    @ParameterizedTest
    @MethodSource("whatNamesNothing")
    void whenNoCustomerUserOrSubscriptionIsNamed(String kind, String path, String json) {
      Answer answer = send(eventOf(kind).with(path, json));
      assertOutcome("ignored", answer);
      String id = answer.header("X-Request-Id");
      assertThat(PORTAL.answered(id))
          .contains("stripeEvent=\"evt_" + name + "1\"", "outcome=\"ignored\"")
          .doesNotContain(LONG_TEXT);
      assertThat(PORTAL.log()).doesNotContain(" WARN [" + id + "]");
      assertThat(events()).isZero();
    }

    @Test
    void whenThereIsNoMember() {
      assertOutcome("ignored", send(new SignedEvent("{}")));
    }

    static Stream<Arguments> whatCannotBeStored() {
      Stream.Builder<Arguments> cases = Stream.builder();
      String[] times = {
        null, "null", "-1", "1.5", "1e99", "100000000000", "[]", "\"2026-01-02T03:04:05Z\""
      };
      for (String kind : List.of("customer", "subscription")) {
        add(cases, kind, "id", null, "null", "5", "\"\"", "\" \"", "\"evt 1\"", "\"evt_\\u0000\"");
        add(cases, kind, "id", "\"evt_é\"", LONG_TEXT);
        add(cases, kind, "created", times);
      }
      add(cases, "subscription", "data.object.created", times);
      add(cases, "subscription", "data.object.status", null, "null", "5", "\"\"", "\"ACTIVE\"");
      add(cases, "subscription", "data.object.status", "\"active\\n\"", LONG_TEXT);
      return cases.build();
    }

    @ParameterizedTest
    @MethodSource("whatCannotBeStored")
    void whenTheIdTheTimeOrTheStatusIsUnusable(String kind, String path, String json) {
      assertIgnored(
          send(eventOf(kind).with(path, json)),
          "Ignored: the event has no usable id, created or status; run reconcile-accounts to store"
              + " what it is about");
    }

    static Stream<String> beyondTheLimitsOfTheParser() {
      return Stream.of(
          "[".repeat(1_001) + "]".repeat(1_001),
          "{\"a\":".repeat(1_001) + "1" + "}".repeat(1_001),
          "9".repeat(1_001),
          "0." + "9".repeat(1_001),
          "{\"" + "n".repeat(50_001) + "\":1}");
    }

    @ParameterizedTest
    @MethodSource("beyondTheLimitsOfTheParser")
    void whenAnObjectIsBeyondTheLimitsOfTheParser(String json) {
      String body = customer("created", 1, NOW, "ODD").body();
      assertIgnored(
          send(new SignedEvent(body.replace("\"ODD\"", json))),
          "Ignored: the event is beyond the limits of the JSON parser; run reconcile-accounts to"
              + " store what it is about");
    }

    private static void add(
        Stream.Builder<Arguments> cases, String kind, String path, String... values) {
      Stream.of(values).forEach(json -> cases.add(Arguments.of(kind, path, json)));
    }

    private SignedEvent eventOf(String kind) {
      return switch (kind) {
        case "purchase" -> purchase(1, NOW, customer, user);
        case "customer" -> customer("created", 1, NOW, user);
        default -> subscription(1, NOW, "", customer, "active");
      };
    }

    private void assertIgnored(Answer answer, String reason) {
      assertOutcome("ignored", answer);
      assertThat(PORTAL.answered(answer.header("X-Request-Id")))
          .contains("reason=\"" + reason + "\"", "outcome=\"ignored\"", "code=\"ok\"");
      assertThat(PORTAL.log()).containsPattern(" WARN \\[.*" + Pattern.quote(reason));
      assertThat(account(user)).isEmpty();
      assertThat(events()).isZero();
    }

    @Test
    void whenTheTypeIsAnother() {
      Invoice invoice = new Invoice();
      invoice.setId("in_1");
      invoice.setObject("invoice");
      invoice.setCustomer(customer);
      assertOutcome(
          "ignored", send(SignedEvent.of("evt_" + name, "invoice.paid", NOW, false, invoice)));
      assertThat(events()).isZero();
    }

    @Test
    void whenNobodyIsNamed() {
      assertOutcome("ignored", send(purchase(1, NOW, customer, null)));
      Answer withoutCustomer = send(purchase(2, NOW, null, user));
      assertOutcome("ignored", withoutCustomer);
      assertThat(PORTAL.answered(withoutCustomer.header("X-Request-Id")))
          .contains(
              "the purchase has no customer; with customer_creation=always it would have one");
      assertOutcome("ignored", send(purchase(3, NOW, customer, " ")));
      assertOutcome("ignored", send(customer("created", 4, NOW, null)));
      assertThat(events()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"\u0000", "a\nb", "\ud800", "LONG"})
    void whenNobodyCanBeNamedSo(String odd) {
      String id = "evt_" + name;
      String body = customer("created", 1, NOW, "ODD").body();
      String escaped = odd.equals("LONG") ? "x".repeat(256) : escape(odd);
      Answer answer = send(new SignedEvent(body.replace("ODD", escaped)));
      assertOutcome("ignored", answer);
      assertThat(PORTAL.answered(answer.header("X-Request-Id")))
          .contains("stripeEvent=\"" + id + "1\"", "a user is named who cannot be one");
      PORTAL.assertWarnsOnceAMinute("Ignored: a user is named who cannot be one");
    }

    @ParameterizedTest
    @ValueSource(strings = {"'; drop table x; --", "a.b", "a/../b", "\u0000", "\ud800", "LONG"})
    void whenACustomerOrASubscriptionHasAnIdThatIsNotKeptHere(String odd) {
      String escaped = odd.equals("LONG") ? "x".repeat(256) : escape(odd);
      String subscription = subscription("created", 1, NOW, "active").body();
      List<String> events =
          List.of(
              purchase(2, NOW, customer, user).body().replace(customer, escaped),
              customer("created", 3, NOW, user).body().replace(customer, escaped),
              customer("deleted", 4, NOW, null).body().replace(customer, escaped),
              subscription.replace(customer, escaped),
              subscription.replace("sub_" + name, escaped));
      for (String event : events) {
        Answer answer = send(new SignedEvent(event));
        assertOutcome("ignored", answer);
        assertThat(PORTAL.answered(answer.header("X-Request-Id")))
            .contains("Ignored: a customer or subscription has an id of more than 255");
      }
      PORTAL.assertWarnsOnceAMinute(
          "Ignored: a customer or subscription has an id of more than 255");
      assertThat(events()).isZero();
    }

    private static String escape(String text) {
      StringBuilder escaped = new StringBuilder();
      text.chars().forEach(c -> escaped.append("\\u%04x".formatted(c)));
      return escaped.toString();
    }
  }

  @Nested
  class Forgets {
    @Test
    void eventsOfMoreThan30DaysAgo() {
      String old = "select id from stripe_event where id like 'evt_old%'";
      PORTAL.await(() -> DATABASE.queryForList(old, String.class).isEmpty());
      assertOutcome("known", send(KEPT));
    }
  }

  @Nested
  class Returns200AndRaisesAFault {
    @Test
    void whenACustomerIsClaimedForAnotherUserAndNeverMovesIt() {
      send(purchase(1, NOW, customer, user));
      Answer answer = send(customer("updated", 2, NOW + 1, "thief-" + name));
      assertOutcome("conflict", answer);
      assertThat(account(user)).containsExactly(customer);
      assertThat(account("thief-" + name)).isEmpty();
      assertFault(
          answer,
          "Stripe customer %s belongs to user %s, and is claimed for user thief-%s too"
              .formatted(customer, user, name));
    }

    @Test
    void whenTheOlderClaimComesLaterAndNeverMovesIt() {
      send(purchase(2, NOW + 1, customer, user));
      Answer answer = send(customer("updated", 1, NOW, "thief-" + name));
      assertOutcome("conflict", answer);
      assertThat(account(user)).containsExactly(customer);
      assertThat(account("thief-" + name)).isEmpty();
    }

    @Test
    void whenACustomerIsClaimedForTwoUsersAtOnceAndOneOfThemHasIt() {
      for (int round = 0; round < 20; round++) {
        String shared = customer + "s" + round;
        String one = user + "a" + round;
        String other = user + "b" + round;
        assertThat(
                sendAtOnce(
                    purchase(2 * round, NOW, shared, one),
                    purchase(2 * round + 1, NOW, shared, other)))
            .extracting(Answer::body)
            .containsExactlyInAnyOrder("{\"outcome\":\"stored\"}", "{\"outcome\":\"conflict\"}");
        assertThat(account(one).size() + account(other).size()).isEqualTo(1);
      }
    }

    @Test
    void whenASecondCustomerOfAUserRuns() {
      send(purchase(1, NOW, customer + "z", user));
      send(subscription(2, NOW, "a", customer + "z", "active"));
      assertOutcome("stored", send(purchase(3, NOW + 1, customer, user)));
      Answer answer = send(subscription(4, NOW + 1, "b", customer, "trialing"));
      assertOutcome("conflict", answer);
      assertThat(account(user)).containsExactly(customer + "z");
      assertFault(answer, bothRun(customer + "z", customer));
    }

    @Test
    void whenASecondCustomerThatRunsIsClaimed() {
      send(subscription(1, NOW, "a", customer + "a", "active"));
      send(subscription(2, NOW, "b", customer + "b", "past_due"));
      assertOutcome("stored", send(purchase(3, NOW + 1, customer + "b", user)));
      Answer answer = send(purchase(4, NOW, customer + "a", user));
      assertOutcome("conflict", answer);
      assertThat(account(user)).containsExactly(customer + "a");
      assertFault(answer, bothRun(customer + "a", customer + "b"));
    }

    @Test
    void whenASubscriptionRunsAgainBesideAnother() {
      send(purchase(1, NOW, customer + "a", user));
      send(subscription(2, NOW, "a", customer + "a", "unpaid"));
      send(purchase(3, NOW + 1, customer + "b", user));
      assertOutcome("stored", send(subscription(4, NOW + 1, "b", customer + "b", "active")));
      assertThat(account(user)).containsExactly(customer + "b");
      assertFault(
          send(subscription(5, NOW + 2, "a", customer + "a", "active")),
          bothRun(customer + "a", customer + "b"));
      assertThat(account(user)).containsExactly(customer + "a");
    }

    private String bothRun(String first, String second) {
      return "User %s has the Stripe customers %s and %s, of which the first one counts: both have a"
          .formatted(user, first, second);
    }

    @Test
    void whenAnEventContradictsARowMadeByHand() {
      Servers.addBillingAccount(user, customer + "hand");
      assertOutcome("stored", send(purchase(1, 1, customer, user)));
      assertThat(account(user)).containsExactly(customer + "hand");
      assertOutcome("conflict", send(purchase(2, 1, customer + "hand", "thief-" + name)));
      assertThat(account(user)).containsExactly(customer + "hand");
      assertThat(account("thief-" + name)).isEmpty();
    }

    @Test
    void whenTheSameIsToldAgainButWarnsOnceAMinute() {
      send(purchase(1, NOW, customer, user));
      String fault = "is claimed for user thief-" + name + " too";
      for (int i = 2; i < 6; i++) {
        Answer answer = send(customer("updated", i, NOW + i, "thief-" + name));
        assertOutcome("conflict", answer);
        assertThat(PORTAL.answered(answer.header("X-Request-Id"))).contains(fault);
      }
      PORTAL.assertWarnsOnceAMinute(fault);
    }

    private void assertFault(Answer answer, String fault) {
      assertThat(PORTAL.log()).contains(" WARN [" + answer.header("X-Request-Id") + "] ", fault);
      assertThat(PORTAL.answered(answer.header("X-Request-Id")))
          .contains("code=\"billing_account_conflict\"", fault);
      assertThat(PORTAL.metrics())
          .contains(
              "billing_portal_requests_seconds_count{code=\"billing_account_conflict\","
                  + "operation=\"receive-stripe-event\"} ");
    }
  }

  @Nested
  class Returns400 {
    static Stream<String> signatures() throws Exception {
      String body = SignedEvent.purchase("evt_x", NOW, false, "cus_x", "x").body();
      String right = sign(body, NOW);
      String other = sign(body + " ", NOW);
      String old = sign(body, NOW - 301);
      return Stream.of(
          "",
          "t=" + NOW,
          "v1=" + right,
          "t=,v1=" + right,
          "t=now,v1=" + right,
          "t=-" + NOW + ",v1=" + right,
          "t=99999999999999999999,v1=" + right,
          "t=0" + NOW + ",v1=" + right,
          "t=" + NOW + ",t=" + NOW + ",v1=" + right,
          "t=" + (NOW + 1) + ",v1=" + right,
          "t=" + NOW + ",v1=" + other,
          "t=" + NOW + ",v0=" + right,
          "t=" + NOW + ",v1=" + right.substring(2),
          "t=" + NOW + ",v1=" + right + "00",
          "t=" + NOW + ",v1=" + right.substring(0, 63) + "g",
          "t=" + NOW + ",v1=",
          "t=" + (NOW - 301) + ",v1=" + old,
          "t=" + (NOW + 400) + ",v1=" + sign(body, NOW + 400),
          "\u00ff=" + right,
          "t=" + NOW + ";v1=" + right,
          "t=" + NOW + ",v1=" + "0".repeat(64),
          ("t=" + NOW + ",") + "v1=0,".repeat(2_000));
    }

    private static String sign(String body, long time) throws Exception {
      return Webhook.Util.computeHmacSha256(EVENT_SECRET, time + "." + body);
    }

    @ParameterizedTest
    @MethodSource("signatures")
    void toASignatureThatIsNotStripes(String header) {
      assertRefused(send(SignedEvent.purchase("evt_x", NOW, false, "cus_x", "x"), header));
      assertThat(DATABASE.queryForList("select id from stripe_event where id = 'evt_x'")).isEmpty();
    }

    @Test
    void toNoSignatureOrTwo() {
      SignedEvent event = purchase(1, NOW, customer, user);
      assertRefused(Caller.send(request(PORTAL, event)));
      assertRefused(
          Caller.send(
              request(PORTAL, event)
                  .header("Stripe-Signature", event.signature(EVENT_SECRET))
                  .header("Stripe-Signature", event.signature(EVENT_SECRET))));
      assertThat(events()).isZero();
    }

    @Test
    void toAnArrayBeyondTheLimitsOfTheParser() {
      assertRefused(send(new SignedEvent("[".repeat(1_001) + "]".repeat(1_001))));
    }

    @Test
    void toNoBody() {
      assertRefused(send(new SignedEvent("")));
    }

    @Test
    void toABodyThatWasChanged() {
      SignedEvent event = purchase(1, NOW, customer, user);
      String header = event.signature(EVENT_SECRET);
      assertRefused(send(new SignedEvent(event.body().replace(user, "thief")), header));
      assertRefused(send(new SignedEvent(event.body() + "\n"), header));
      assertThat(events()).isZero();
    }

    @Test
    void toAReplayAfterFiveMinutes() {
      SignedEvent event = purchase(1, NOW, customer, user);
      Instant then = Instant.now().minus(Duration.ofSeconds(305));
      assertRefused(send(event, event.signature(EVENT_SECRET, then)));
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "null",
          "[]",
          "5",
          "\"evt_1\"",
          "not JSON",
          "{",
          "{} {}",
          "{\"object\":\"event\"}x",
          "{'object':'event'}",
          "{\"object\":\"event\",\"object\":\"event\"}",
          "{\"data\":{\"object\":{\"customer\":null,\"customer\":null}}}",
          "{\"data\":[{\"a\":1,\"a\":1}]}",
        })
    void toWhatIsSignedAndNoJsonObjectWithDifferentMembers(String body) {
      assertRefused(send(new SignedEvent(body)));
    }

    private void assertRefused(Answer answer) {
      assertProblem(
          answer, 400, "invalid_event", "The request is not an event that Stripe signed.");
    }
  }

  @Nested
  class Returns404 {
    @Test
    void withoutSecrets() {
      Map<String, String> environment = Servers.environment();
      environment.put("STRIPE_WEBHOOK_SECRETS", "");
      try (PackagedPortal portal = PackagedPortal.start(environment)) {
        SignedEvent event = purchase(1, NOW, customer, user);
        Answer answer =
            Caller.send(
                request(portal, event).header("Stripe-Signature", event.signature(EVENT_SECRET)));
        assertProblem(answer, 404, "not_found", "There is nothing at this address.");
        assertThat(portal.answered(answer.header("X-Request-Id")))
            .contains("STRIPE_WEBHOOK_SECRETS is not set");
      }
    }
  }

  @Nested
  class Returns413 {
    @Test
    void toAnEventOfMoreThan1MiB() {
      String body = purchase(1, NOW, customer, user).body();
      SignedEvent event = new SignedEvent(body + " ".repeat(LARGEST + 1 - body.length()));
      assertProblem(
          send(event), 413, "payload_too_large", "The body is larger than this address takes.");
    }

    @Test
    void toAnEventOfUnknownLength() {
      String body = purchase(1, NOW, customer, user).body();
      SignedEvent event = new SignedEvent(body + " ".repeat(LARGEST + 1 - body.length()));
      Answer answer =
          Caller.send(
              HttpRequest.newBuilder(URI.create(PORTAL.url(EVENTS)))
                  .header("Content-Type", "application/json")
                  .header("Stripe-Signature", event.signature(EVENT_SECRET))
                  .POST(BodyPublishers.fromPublisher(BodyPublishers.ofByteArray(event.bytes()))));
      assertProblem(
          answer, 413, "payload_too_large", "The body is larger than this address takes.");
    }
  }

  @Nested
  class Returns503 {
    /** Large bodies share memory, and the slowest makes room: nobody knows yet who sends them. */
    @Test
    void toStrangersWhoSendLargeBodiesSlowlyWhileLargeEventsAreStored() throws IOException {
      List<Socket> slow = new ArrayList<>();
      List<Socket> stopped = new ArrayList<>();
      ExecutorService senders = Executors.newFixedThreadPool(4);
      try {
        for (int stranger = 0; stranger < STRANGERS; stranger++) {
          slow.add(stranger());
          stopped.add(stranger());
        }
        CountDownLatch some = new CountDownLatch(STRANGERS / 4);
        for (Socket stranger : stopped) {
          senders.execute(
              () -> {
                write(stranger, " ".repeat(LARGEST - 1));
                some.countDown();
              });
        }
        assertThat(some.await(10, TimeUnit.SECONDS)).isTrue();
        for (int event = 0; event < 20; event++) {
          slow.forEach(stranger -> write(stranger, " "));
          String body = purchase(event, NOW, customer + event, user + event).body();
          assertOutcome(
              "stored", send(new SignedEvent(body + " ".repeat(LARGEST - body.length()))));
        }
        List<Answer> answers = stopped.stream().flatMap(StripeEventsIT::answers).toList();
        assertThat(answers).extracting(Answer::status).contains(503);
        Answer ended = answers.stream().filter(a -> a.status() == 503).findFirst().orElseThrow();
        assertProblem(ended, 503, "temporarily_unavailable", "Try again in a moment.");
        assertThat(ended.header("Retry-After")).isEqualTo("1");
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      } finally {
        senders.shutdown();
        for (Socket stranger : slow) {
          stranger.close();
        }
      }
    }
  }

  /** Somebody who begins to send the largest event. */
  private static Socket stranger() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), PORTAL.port());
    String head =
        "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            + "Content-Length: %d\r\n\r\n";
    write(socket, head.formatted(EVENTS, LARGEST));
    return socket;
  }

  private static void write(Socket socket, String text) {
    try {
      socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    } catch (IOException e) {
      // It was ended; what it was answered can still be read.
    }
  }

  /** What it was answered, if that was not lost in what it still sent. */
  private static Stream<Answer> answers(Socket socket) {
    try (socket) {
      socket.setSoTimeout(10_000);
      byte[] answer = socket.getInputStream().readAllBytes();
      return Wire.parse(new String(answer, StandardCharsets.ISO_8859_1)).stream();
    } catch (IOException e) {
      return Stream.empty();
    }
  }

  private List<Answer> sendAtOnce(SignedEvent one, SignedEvent other) {
    ExecutorService senders = Executors.newFixedThreadPool(2);
    try {
      return Stream.of(one, other)
          .map(event -> CompletableFuture.supplyAsync(() -> send(event), senders))
          .toList()
          .stream()
          .map(CompletableFuture::join)
          .toList();
    } finally {
      senders.shutdown();
    }
  }

  private SignedEvent purchase(int number, long created, String customer, String user) {
    return SignedEvent.purchase("evt_" + name + number, created, false, customer, user);
  }

  private SignedEvent customer(String type, int number, long created, String user) {
    return SignedEvent.customer(type, "evt_" + name + number, created, false, customer, user);
  }

  private SignedEvent subscription(String type, int number, long created, String status) {
    return SignedEvent.subscription(
        type, "evt_" + name + number, created, false, "sub_" + name, customer, status);
  }

  private SignedEvent subscription(
      int number, long created, String subscription, String customer, String status) {
    return SignedEvent.subscription(
        status.equals("canceled") ? "deleted" : "updated",
        "evt_" + name + number,
        created,
        false,
        "sub_" + name + subscription,
        customer,
        status);
  }

  private static String sessionOf(String customer) {
    return Servers.STRIPE.portalSessionRequests().stream()
        .map(LoggedRequest::getBodyAsString)
        .filter(body -> body.contains("customer=" + customer))
        .reduce((first, last) -> last)
        .orElseThrow();
  }

  private static Answer send(SignedEvent event) {
    return send(PORTAL, event);
  }

  private static Answer send(PackagedPortal portal, SignedEvent event) {
    return Caller.send(
        request(portal, event).header("Stripe-Signature", event.signature(EVENT_SECRET)));
  }

  private static Answer send(SignedEvent event, String signature) {
    return Caller.send(request(PORTAL, event).header("Stripe-Signature", signature));
  }

  private static HttpRequest.Builder request(PackagedPortal portal, SignedEvent event) {
    return HttpRequest.newBuilder(URI.create(portal.url(EVENTS)))
        .header("Content-Type", "application/json; charset=utf-8")
        .POST(BodyPublishers.ofByteArray(event.bytes()));
  }

  /** The Stripe customers that a user pays as: one or none. */
  private static List<String> account(String user) {
    return DATABASE.queryForList(
        "select stripe_customer_id from billing_account where user_id = ? and not livemode",
        String.class,
        user);
  }

  private List<Map.Entry<String, String>> subscriptions() {
    return DATABASE.query(
        "select id, status from subscription where stripe_customer_id = ? and not livemode",
        (row, number) -> Map.entry(row.getString(1), row.getString(2)),
        customer);
  }

  /** How many of this test's events are stored. */
  private int events() {
    return DATABASE.queryForObject(
        "select count(*) from stripe_event where id like ?", Integer.class, "evt\\_" + name + "%");
  }
}
