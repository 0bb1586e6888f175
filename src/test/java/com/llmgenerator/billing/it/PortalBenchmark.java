package com.llmgenerator.billing.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.llmgenerator.billing.dev.SignedEvent;
import com.llmgenerator.billing.dev.StripeStandIn;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What a portal session costs, and an event of Stripe: {@code mvn verify -Pbenchmark}. A
 * measurement, not a test: it fails on wrong answers, never on time. It prints its figures, and
 * leaves them in {@code target/benchmark.json}. Load, stand-in and database share the machine with
 * the portal; CPU and memory are the portal's alone.
 */
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class PortalBenchmark {
  private static final Path FIGURES = Path.of("target", "benchmark.json");

  /** The length of a round, in seconds; three are measured. */
  private static final int SECONDS = Integer.getInteger("benchmark.seconds", 10);

  private static final int ROUNDS = 3;

  /** Before the first, in rounds, until Java is warm. */
  private static final int WARM_UP = 5;

  private static final int CONNECTIONS = 32;
  private static final int FIRST = 1_000;
  private static final int CROWD = 2_000;
  private static final Duration SLOW_STRIPE = Duration.ofMillis(250);
  private static final int MANY_CALLERS = 10_000;
  private static final int MANY_ACCOUNTS = 1_000_000;

  private static final List<Map<String, Object>> MEASURED = new ArrayList<>();

  @AfterAll
  static void leaveFigures() throws IOException {
    new ObjectMapper().writerWithDefaultPrettyPrinter().writeValue(FIGURES.toFile(), MEASURED);
  }

  /** From the start of the process on: the first answer, the first thousand, and when warm. */
  @Test
  void openPortalAsUser() throws IOException {
    byte[] request =
        request(
            Caller.AS_USER,
            "Authorization: Bearer " + Servers.KEYCLOAK.login("demo").accessToken(),
            "{\"returnUrl\": \"https://app.example.com/billing\"}".getBytes(UTF_8));
    try (StripeStandIn stripe = stripe()) {
      long begin = System.nanoTime();
      try (PackagedPortal portal = start(stripe)) {
        Load first = Load.of(portal.port(), 1, () -> request, 1);
        tell("start", "toFirst200Seconds", (System.nanoTime() - begin) / 1e9, first);
        Load thousand = Load.of(portal.port(), 8, () -> request, FIRST);
        tell("first 1,000 sessions", "p99Millis", thousand.percentileMillis(99), thousand);
        warmUp(portal, CONNECTIONS, () -> request);
        measure("session", portal, CONNECTIONS, () -> request);
      }
    }
  }

  /** More than a small portal could serve with a thread for each. */
  @Test
  void openPortalWhileStripeIsSlow() throws IOException {
    List<byte[]> requests =
        requests(Servers.addPayingUsers(Servers.DATABASE, CROWD, StripeStandIn.CUS_SLOW));
    try (StripeStandIn stripe = stripe();
        PackagedPortal portal = start(stripe)) {
      warmUp(portal, CROWD, inTurn(requests));
      measure(CROWD + " sessions at once, Stripe 250 ms", portal, CROWD, inTurn(requests));
    }
  }

  /** The cost of a session does not grow with the callers that ask or the accounts that are. */
  @Test
  void growth() throws IOException {
    List<byte[]> many =
        requests(Servers.addPayingUsers(Servers.DATABASE, MANY_CALLERS, "cus_demo"));
    List<byte[]> few = many.subList(0, 10);
    try (StripeStandIn stripe = stripe();
        PackagedPortal portal = start(stripe)) {
      warmUp(portal, CONNECTIONS, inTurn(many));
      measure("session of 10 callers", portal, CONNECTIONS, inTurn(few));
      measure("session of 10,000 callers", portal, CONNECTIONS, inTurn(many));
      Servers.DATABASE.update(
          "insert into billing_account (user_id, livemode, stripe_customer_id)"
              + " select 'one of many ' || n, false, 'cus_many' || n from generate_series(1, ?) n",
          MANY_ACCOUNTS);
      Servers.DATABASE.execute("analyze billing_account");
      measure("session of 10,000 callers, 1,000,000 accounts", portal, CONNECTIONS, inTurn(many));
      measure("session of 10 callers, 1,000,000 accounts", portal, CONNECTIONS, inTurn(few));
    } finally {
      Servers.DATABASE.update("delete from billing_account where user_id like 'one of many %'");
    }
  }

  /**
   * Each purchase is of another user and customer, and its subscription follows, as Stripe tells
   * them: nothing is known yet, as after an outage, when all come at once.
   */
  @Test
  void receiveStripeEvent() throws IOException {
    AtomicLong number = new AtomicLong();
    String run = Long.toString(System.nanoTime(), 36);
    try (StripeStandIn stripe = stripe();
        PackagedPortal portal = start(stripe)) {
      Supplier<byte[]> events = () -> event(run, number.getAndIncrement());
      warmUp(portal, CONNECTIONS, events);
      measure(
          "event of Stripe, of a purchase and its subscription in turn",
          portal,
          CONNECTIONS,
          events);
    }
  }

  private static byte[] event(String run, long told) {
    String id = run + "x" + told / 2;
    long now = Instant.now().getEpochSecond();
    SignedEvent event =
        told % 2 == 0
            ? SignedEvent.purchase("evt_" + id, now, false, "cus_" + id, "user-" + id)
            : SignedEvent.subscription(
                "created", "evt_s" + id, now, false, "sub_" + id, "cus_" + id, "active");
    String signature = "Stripe-Signature: " + event.signature(Servers.EVENT_SECRET);
    return request("/api/v1/stripe/events", signature, event.bytes());
  }

  private static StripeStandIn stripe() {
    return StripeStandIn.start(
        StripeStandIn.Options.onPort(0).withoutJournal().withSlowAnswer(SLOW_STRIPE));
  }

  /** As in production: extracted, with its own log, and Java's second compiler. */
  private static PackagedPortal start(StripeStandIn stripe) {
    Map<String, String> environment = Servers.environment();
    environment.put("STRIPE_API_BASE", stripe.url());
    List<String> command =
        List.of(
            ArchivedPortal.java(),
            "-Xmx256m",
            "-XX:+UseSerialGC",
            "-jar",
            ArchivedPortal.jar().toString());
    PackagedPortal portal = PackagedPortal.launch(command, environment);
    portal.await(() -> portal.health("/readiness") == 200);
    return portal;
  }

  private static List<byte[]> requests(List<String> keys) {
    return keys.stream()
        .map(key -> request(Caller.WITH_API_KEY, "Authorization: Bearer " + key, new byte[0]))
        .toList();
  }

  private static byte[] request(String path, String header, byte[] body) {
    byte[] head =
        """
        POST %s HTTP/1.1\r
        Host: localhost\r
        %s\r
        Content-Type: application/json\r
        Content-Length: %d\r
        \r
        """
            .formatted(path, header, body.length)
            .getBytes(UTF_8);
    byte[] request = new byte[head.length + body.length];
    System.arraycopy(head, 0, request, 0, head.length);
    System.arraycopy(body, 0, request, head.length, body.length);
    return request;
  }

  private static Supplier<byte[]> inTurn(List<byte[]> requests) {
    AtomicLong next = new AtomicLong();
    return () -> requests.get((int) (next.getAndIncrement() % requests.size()));
  }

  private static void warmUp(PackagedPortal portal, int connections, Supplier<byte[]> requests)
      throws IOException {
    Load.of(portal.port(), connections, requests, Duration.ofSeconds((long) WARM_UP * SECONDS));
  }

  private static void measure(
      String what, PackagedPortal portal, int connections, Supplier<byte[]> requests)
      throws IOException {
    for (int round = 0; round < ROUNDS; round++) {
      Duration cpu = portal.cpu();
      long begin = System.nanoTime();
      Load load = Load.of(portal.port(), connections, requests, Duration.ofSeconds(SECONDS));
      double answered = load.micros.getTotalCount();
      Map<String, Object> figures = new LinkedHashMap<>();
      figures.put("what", what);
      figures.put("connections", connections);
      figures.put("perSecond", Math.round(answered * 1e9 / (System.nanoTime() - begin)));
      figures.put("p50Millis", load.percentileMillis(50));
      figures.put("p99Millis", load.percentileMillis(99));
      figures.put("cpuMillisEach", rounded(portal.cpu().minus(cpu).toMillis() / answered));
      figures.put("memoryMiB", portal.memory());
      tell(figures, load);
    }
  }

  private static void tell(String what, String name, double value, Load load) {
    Map<String, Object> figures = new LinkedHashMap<>();
    figures.put("what", what);
    figures.put(name, rounded(value));
    tell(figures, load);
  }

  private static void tell(Map<String, Object> figures, Load load) {
    figures.put("refused", load.refused());
    figures.put("java", Runtime.version().feature());
    figures.put("cores", Runtime.getRuntime().availableProcessors());
    MEASURED.add(figures);
    System.out.println(figures);
  }

  private static double rounded(double value) {
    return Math.round(value * 1000) / 1000.0;
  }
}
