package com.llmgenerator.billing.it;

import static com.llmgenerator.billing.it.Servers.DATABASE;
import static com.llmgenerator.billing.it.Servers.EVENT_SECRET;
import static java.util.Comparator.comparing;
import static org.assertj.core.api.Assertions.assertThat;

import com.llmgenerator.billing.dev.SignedEvent;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever happened at Stripe, and in whatever order and how often it is told, one after the other
 * or at once: the tables end as the history says. Only where a customer is claimed for two users
 * the order decides: it stays with the one who was told first. Histories are drawn at random of few
 * users, customers, subscriptions and seconds, so that they meet; the seed names each.
 */
class HistoriesOfStripeIT {
  private static final int HISTORIES = 40;
  private static final int ORDERS = 3;
  private static final int LONGEST = 12;
  private static final List<String> STATUSES =
      List.of("incomplete", "trialing", "active", "past_due", "unpaid", "paused", "new_one");
  private static final Set<String> LAST = Set.of("incomplete_expired", "canceled");
  private static final Set<String> RUNNING = Set.of("trialing", "active", "past_due");

  /** Something that happened; {@code who} is a user, or the status of a subscription. */
  private record Told(int number, String kind, int second, String what, String who) {
    boolean claims() {
      return !kind.equals("deleted") && !kind.equals("subscription");
    }

    /** The customer of a subscription: another one where its payment fails, which is odd enough. */
    String payer() {
      return "cus_" + (what.charAt(what.length() - 1) - '0' + (who.equals("past_due") ? 1 : 0)) % 3;
    }

    SignedEvent event(String story) {
      String id = "evt_" + story + number;
      return switch (kind) {
        case "purchase" -> SignedEvent.purchase(id, second, false, what + story, who + story);
        case "subscription" ->
            SignedEvent.subscription(
                LAST.contains(who) ? "deleted" : "updated",
                id,
                second,
                false,
                what + story,
                payer() + story,
                who);
        default ->
            SignedEvent.customer(
                kind, id, second, false, what + story, who == null ? null : who + story);
      };
    }
  }

  /** Not in the threads that send: it takes long. */
  @BeforeAll
  static void startServers() {
    assertThat(Servers.PORTAL.isAlive()).isTrue();
  }

  static IntStream seeds() {
    return IntStream.range(0, HISTORIES);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void endInTheSameTables(int seed) throws Exception {
    Random random = new Random(seed);
    List<Told> conflicting = history(random);
    List<Told> history = conflicting.stream().filter(ofItsOwner(conflicting)).toList();
    for (int order = 0; order < ORDERS; order++) {
      String story = "H" + seed + "x" + order + "x" + Long.toString(System.nanoTime(), 36);
      List<Told> told = new ArrayList<>(history);
      history.stream().filter(event -> random.nextInt(3) == 0).forEach(told::add);
      Collections.shuffle(told, random);
      // The last time as many at once as the portal has connections to the database.
      send(told, story, order == ORDERS - 1 ? 10 : 1);
      assertThat(accounts(story)).as(told.toString()).isEqualTo(accountsBy(history));
      assertThat(subscriptions(story)).as(told.toString()).isEqualTo(subscriptionsBy(history));
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void neverMoveACustomerToAnotherUser(int seed) throws Exception {
    Random random = new Random(seed);
    List<Told> told = new ArrayList<>(history(random));
    Collections.shuffle(told, random);
    String story = "C" + seed + "x" + Long.toString(System.nanoTime(), 36);
    send(told, story, 1);
    List<Told> counting = told.stream().filter(ofItsOwner(told)).toList();
    assertThat(accounts(story)).as(told.toString()).isEqualTo(accountsBy(counting));
  }

  /** Leaves out what claims a customer for another user than the one named first. */
  private static Predicate<Told> ofItsOwner(List<Told> told) {
    Map<String, String> owners = new TreeMap<>();
    told.stream()
        .filter(Told::claims)
        .forEach(claim -> owners.putIfAbsent(claim.what(), claim.who()));
    return each -> !each.claims() || owners.get(each.what()).equals(each.who());
  }

  private static List<Told> history(Random random) {
    List<Told> history = new ArrayList<>();
    int length = 2 + random.nextInt(LONGEST - 1);
    for (int number = 0; number < length; number++) {
      int second = 1_790_000_000 + random.nextInt(4);
      String customer = "cus_" + random.nextInt(3);
      String user = "user" + random.nextInt(3);
      List<String> statuses = new ArrayList<>(STATUSES);
      statuses.addAll(LAST);
      String status = statuses.get(random.nextInt(statuses.size()));
      history.add(
          switch (random.nextInt(9)) {
            case 0 -> new Told(number, "deleted", second, customer, null);
            case 1 -> new Told(number, "created", second, customer, user);
            case 2 -> new Told(number, "updated", second, customer, user);
            case 3, 4 -> new Told(number, "purchase", second, customer, user);
            default -> new Told(number, "subscription", second, "sub_" + random.nextInt(4), status);
          });
    }
    return history;
  }

  /**
   * What must come out: of each user's customers that are left, one with a running subscription
   * before one without, and among equals the one claimed first.
   */
  private static Map<String, String> accountsBy(List<Told> history) {
    Map<String, Told> claims = new TreeMap<>();
    Set<String> deleted = new TreeSet<>();
    for (Told told : history) {
      if (told.kind().equals("deleted")) {
        deleted.add(told.what());
      } else if (told.claims()) {
        claims.merge(
            told.what(), told, (one, other) -> one.second() <= other.second() ? one : other);
      }
    }
    claims.keySet().removeAll(deleted);
    Set<String> paying = new TreeSet<>();
    statesBy(history).values().stream()
        .filter(told -> RUNNING.contains(told.who()))
        .forEach(told -> paying.add(told.payer()));
    Map<String, Told> accounts = new TreeMap<>();
    Comparator<Told> firstOfUser =
        comparing((Told claim) -> !paying.contains(claim.what()))
            .thenComparing(Told::second)
            .thenComparing(Told::what);
    for (Told claim : claims.values()) {
      accounts.merge(
          claim.who(), claim, (one, other) -> firstOfUser.compare(one, other) <= 0 ? one : other);
    }
    Map<String, String> customers = new TreeMap<>();
    accounts.forEach((user, claim) -> customers.put(user, claim.what()));
    return customers;
  }

  private static Map<String, String> subscriptionsBy(List<Told> history) {
    Map<String, String> statuses = new TreeMap<>();
    statesBy(history).forEach((subscription, told) -> statuses.put(subscription, told.who()));
    return statuses;
  }

  /** What must come out: the last state, and no state after the end. */
  private static Map<String, Told> statesBy(List<Told> history) {
    List<String> ranks =
        List.of(
            "incomplete",
            "trialing",
            "active",
            "past_due",
            "unpaid",
            "paused",
            "new_one",
            "incomplete_expired",
            "canceled");
    Comparator<Told> latest =
        comparing((Told told) -> LAST.contains(told.who()))
            .thenComparing(Told::second)
            .thenComparing(told -> ranks.indexOf(told.who()));
    Map<String, Told> states = new TreeMap<>();
    for (Told told : history) {
      if (told.kind().equals("subscription")) {
        states.merge(
            told.what(), told, (one, other) -> latest.compare(one, other) >= 0 ? one : other);
      }
    }
    return states;
  }

  private static void send(List<Told> told, String story, int atOnce) throws Exception {
    ExecutorService senders = Executors.newFixedThreadPool(atOnce);
    List<Integer> statuses = Collections.synchronizedList(new ArrayList<>());
    for (Told each : told) {
      SignedEvent event = each.event(story);
      senders.submit(
          () ->
              statuses.add(
                  Caller.send(
                          HttpRequest.newBuilder(
                                  URI.create(Servers.PORTAL.url("/api/v1/stripe/events")))
                              .header("Content-Type", "application/json")
                              .header("Stripe-Signature", event.signature(EVENT_SECRET))
                              .POST(BodyPublishers.ofByteArray(event.bytes())))
                      .status()));
    }
    senders.shutdown();
    assertThat(senders.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
    assertThat(statuses).hasSameSizeAs(told).containsOnly(200);
  }

  private static Map<String, String> accounts(String story) {
    return rows(
        "select user_id, stripe_customer_id from billing_account where user_id like ?", story);
  }

  private static Map<String, String> subscriptions(String story) {
    return rows("select id, status from subscription where id like ?", story);
  }

  private static Map<String, String> rows(String query, String story) {
    Map<String, String> rows = new TreeMap<>();
    DATABASE.query(
        query,
        row -> {
          rows.put(row.getString(1).replace(story, ""), row.getString(2).replace(story, ""));
        },
        "%" + story);
    return rows;
  }
}
