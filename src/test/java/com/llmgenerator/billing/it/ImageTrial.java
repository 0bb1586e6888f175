package com.llmgenerator.billing.it;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import com.llmgenerator.billing.auth.ApiKey;
import com.llmgenerator.billing.auth.TestRealm;
import com.llmgenerator.billing.dev.EmbeddedPostgres;
import com.llmgenerator.billing.dev.StripeStandIn;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ToDoubleFunction;
import org.HdrHistogram.ConcurrentHistogram;
import org.flywaydb.core.Flyway;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

/**
 * The image's command with all that a portal needs around it, on one machine and without a network:
 * PostgreSQL, a realm's keys, the Stripe stand-in. The Dockerfile and {@code src/main/docker/check}
 * start it, with one of these:
 *
 * <ul>
 *   <li>{@code train <command>} lets the portal serve all kinds of requests and ends it by SIGTERM,
 *       upon which Java writes down what it learned.
 *   <li>{@code compare <rounds> <executable>…} runs several portals in turns and prints what they
 *       take. It fails if one writes a line to its log that is no JSON.
 * </ul>
 */
final class ImageTrial implements AutoCloseable {
  /** Enough for each kind of request to load what it needs. */
  private static final int TRAINING = 1_000;

  private static final int FIRST = 1_000;
  private static final int CALLERS = 8;
  private static final Duration BETWEEN_ATTEMPTS = Duration.ofMillis(20);
  private static final Duration LONGEST_LOAD = Duration.ofMinutes(5);
  private static final Duration LONGEST_ANSWER = Duration.ofSeconds(30);
  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private static final String RETURN_ORIGIN = "https://app.example.com";
  private static final String RETURN_TO_APPLICATION =
      "{\"returnUrl\": \"" + RETURN_ORIGIN + "/billing\"}";
  private static final String PAYER = "payer";
  private static final int SIGTERM = 143;

  private final EmbeddedPostgres postgres = EmbeddedPostgres.start(0);
  private final TestRealm realm = new TestRealm();
  private final StripeStandIn stripe =
      StripeStandIn.start(StripeStandIn.Options.onPort(0).withoutJournal());
  private final ApiKey key = ApiKey.generate(new SecureRandom());

  /** One request and the status of its answer. */
  private record Call(int status, HttpRequest request) {}

  /** What one run took. */
  private record Figures(
      double startMillis, double startCpu, double p99Millis, double loadCpu, long memory) {}

  private ImageTrial() {
    DriverManagerDataSource source =
        new DriverManagerDataSource(postgres.url(), postgres.username(), postgres.password());
    // As in application.yaml: an index that is built concurrently would wait for ever.
    Flyway.configure()
        .dataSource(source)
        .configuration(Map.of("flyway.postgresql.transactional.lock", "false"))
        .load()
        .migrate();
    JdbcTemplate database = new JdbcTemplate(source);
    for (String[] account :
        new String[][] {
          {PAYER, "cus_demo"},
          {"deleted", StripeStandIn.CUS_DELETED},
          {"failing", StripeStandIn.CUS_SERVER_ERROR_NO_RETRY},
          {"twice failing", StripeStandIn.CUS_TWICE_FAILING}
        }) {
      database.update(
          "insert into billing_account (user_id, livemode, stripe_customer_id)"
              + " values (?, false, ?)",
          account[0],
          account[1]);
    }
    database.update(
        "insert into api_key (digest, user_id, name, hint) values (?, ?, 'trial', ?)",
        key.digest(),
        PAYER,
        key.hint());
  }

  public static void main(String[] arguments) throws Exception {
    ((Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME)).setLevel(Level.WARN);
    List<String> rest = Arrays.asList(arguments).subList(1, arguments.length);
    try (ImageTrial trial = new ImageTrial()) {
      switch (arguments[0]) {
        case "train" -> trial.train(rest);
        case "compare" ->
            trial.compare(Integer.parseInt(rest.get(0)), rest.subList(1, rest.size()));
        default -> throw new IllegalArgumentException("train or compare. Found: " + arguments[0]);
      }
    }
  }

  private void train(List<String> command) throws InterruptedException {
    PackagedPortal portal = PackagedPortal.launch(command, environment());
    try (portal) {
      awaitAnswer(portal);
      load(portal, everyKind(portal), TRAINING);
      portal.health("/readiness");
      portal.metrics();
    }
    requireSigterm(portal);
    System.out.println(
        portal
            .log()
            .lines()
            .filter(line -> line.startsWith("AOTCache creation is complete"))
            .findFirst()
            .orElseThrow(() -> new IllegalStateException("No cache:\n" + portal.log())));
  }

  private void compare(int rounds, List<String> executables) throws InterruptedException {
    // The first one warms up what is around the portal.
    run(executables.get(0));
    Map<String, List<Figures>> taken = new LinkedHashMap<>();
    for (int round = 0; round < rounds; round++) {
      for (String executable : executables) {
        taken.computeIfAbsent(executable, any -> new ArrayList<>()).add(run(executable));
      }
    }
    System.out.printf(
        "%-12s %14s %8s %20s %8s %8s%n",
        "median of " + rounds, "first 200: s", "CPU s", "first 1,000: p99 ms", "CPU s", "RSS MiB");
    taken.forEach(
        (executable, runs) ->
            System.out.printf(
                "%-12s %14.1f %8.1f %20.0f %8.1f %8.0f%n",
                Path.of(executable).getFileName(),
                median(runs, Figures::startMillis) / 1000,
                median(runs, Figures::startCpu) / 1000,
                median(runs, Figures::p99Millis),
                median(runs, Figures::loadCpu) / 1000,
                median(runs, Figures::memory)));
  }

  private static double median(List<Figures> runs, ToDoubleFunction<Figures> figure) {
    return runs.stream().mapToDouble(figure).sorted().toArray()[runs.size() / 2];
  }

  private Figures run(String executable) throws InterruptedException {
    long begin = System.nanoTime();
    PackagedPortal portal = PackagedPortal.launch(List.of(executable), environment());
    Figures figures;
    try (portal) {
      awaitAnswer(portal);
      double millis = (System.nanoTime() - begin) / 1e6;
      double startCpu = portal.cpu().toMillis();
      double p99 = load(portal, successes(portal), FIRST);
      double loadCpu = portal.cpu().toMillis() - startCpu;
      figures = new Figures(millis, startCpu, p99, loadCpu, portal.memory());
    }
    requireSigterm(portal);
    if (!portal.log().lines().allMatch(line -> line.startsWith("{"))) {
      throw new IllegalStateException("Not all of its log is JSON:\n" + portal.log());
    }
    return figures;
  }

  private static void requireSigterm(PackagedPortal portal) {
    if (portal.awaitEnd() != SIGTERM) {
      throw new IllegalStateException("It did not end by SIGTERM:\n" + portal.log());
    }
  }

  private Map<String, String> environment() {
    return Map.of(
        "SPRING_DATASOURCE_URL",
        postgres.url(),
        "SPRING_DATASOURCE_USERNAME",
        postgres.username(),
        "SPRING_DATASOURCE_PASSWORD",
        postgres.password(),
        "KEYCLOAK_ISSUER",
        realm.issuer(),
        "STRIPE_SECRET_KEY",
        "sk_test_trial",
        "STRIPE_API_BASE",
        stripe.url(),
        "PORTAL_DEFAULT_RETURN_URL",
        RETURN_ORIGIN + "/dashboard",
        "PORTAL_RETURN_ORIGINS",
        RETURN_ORIGIN,
        "PORTAL_SESSIONS_PER_MINUTE",
        "1000000",
        "PORTAL_SESSIONS_IN_BURST",
        "1000000");
  }

  /** Asks, as a user would, until the answer is 200. */
  private void awaitAnswer(PackagedPortal portal) throws InterruptedException {
    Call call = asUser(200, portal, PAYER, null);
    Instant end = Instant.now().plus(LONGEST_LOAD);
    while (status(call) != call.status()) {
      if (Instant.now().isAfter(end) || !portal.isAlive()) {
        throw new IllegalStateException("It does not answer:\n" + portal.log());
      }
      Thread.sleep(BETWEEN_ATTEMPTS.toMillis());
    }
  }

  /**
   * Sends the calls in turns.
   *
   * @return the 99th percentile of how long an answer took, in milliseconds
   */
  private static double load(PackagedPortal portal, List<Call> calls, int requests)
      throws InterruptedException {
    ConcurrentHistogram micros = new ConcurrentHistogram(3);
    Queue<String> surprises = new ConcurrentLinkedQueue<>();
    AtomicInteger next = new AtomicInteger();
    ExecutorService callers = Executors.newFixedThreadPool(CALLERS);
    for (int caller = 0; caller < CALLERS; caller++) {
      callers.execute(
          () -> {
            for (int i = next.getAndIncrement(); i < requests; i = next.getAndIncrement()) {
              Call call = calls.get(i % calls.size());
              long begin = System.nanoTime();
              int status = status(call);
              micros.recordValue((System.nanoTime() - begin) / 1000);
              if (status != call.status()) {
                surprises.add(call + " was answered " + status);
              }
            }
          });
    }
    callers.shutdown();
    if (!callers.awaitTermination(LONGEST_LOAD.toSeconds(), TimeUnit.SECONDS)
        || !surprises.isEmpty()) {
      throw new IllegalStateException(
          surprises.stream().distinct().limit(10).toList() + "\n" + portal.log());
    }
    return micros.getValueAtPercentile(99) / 1000.0;
  }

  private static int status(Call call) {
    try {
      return CLIENT.send(call.request(), BodyHandlers.discarding()).statusCode();
    } catch (IOException e) {
      return 0;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private List<Call> successes(PackagedPortal portal) {
    return List.of(
        asUser(200, portal, PAYER, null),
        asUser(200, portal, PAYER, RETURN_TO_APPLICATION),
        withKey(200, portal, key.text(), null),
        withKey(200, portal, key.text(), RETURN_TO_APPLICATION));
  }

  private List<Call> everyKind(PackagedPortal portal) {
    List<Call> calls = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      calls.addAll(successes(portal));
    }
    String expired = realm.token(claims -> claims.expirationTime(Date.from(Instant.EPOCH)));
    calls.addAll(
        List.of(
            post(401, portal, Caller.AS_USER, expired, null),
            post(401, portal, Caller.AS_USER, "no token", null),
            withKey(401, portal, ApiKey.generate(new SecureRandom()).text(), null),
            withKey(401, portal, key.text() + "x", null),
            asUser(400, portal, "newcomer", null),
            asUser(400, portal, "deleted", null),
            asUser(400, portal, PAYER, "{\"returnUrl\": \"https://evil.example.com/\"}"),
            asUser(400, portal, PAYER, "{\"returnUrl\": "),
            asUser(502, portal, "failing", null),
            asUser(413, portal, PAYER, " ".repeat(10_000)),
            post(404, portal, "/nowhere", null, null),
            new Call(
                405,
                HttpRequest.newBuilder(URI.create(portal.url(Caller.AS_USER)))
                    .PUT(BodyPublishers.noBody())
                    .build()),
            new Call(
                200, HttpRequest.newBuilder(URI.create(portal.url("/openapi.yaml"))).build())));
    return calls;
  }

  private Call asUser(int status, PackagedPortal portal, String user, String json) {
    return post(status, portal, Caller.AS_USER, realm.token(claims -> claims.subject(user)), json);
  }

  private Call withKey(int status, PackagedPortal portal, String text, String json) {
    return post(status, portal, Caller.WITH_API_KEY, text, json);
  }

  private static Call post(
      int status, PackagedPortal portal, String path, String credential, String json) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(portal.url(path))).timeout(LONGEST_ANSWER);
    if (credential != null) {
      request.header("Authorization", "Bearer " + credential);
    }
    if (json != null) {
      request.header("Content-Type", "application/json");
    }
    request.POST(json == null ? BodyPublishers.noBody() : BodyPublishers.ofString(json));
    return new Call(status, request.build());
  }

  @Override
  public void close() {
    stripe.close();
    realm.close();
    postgres.close();
  }
}
