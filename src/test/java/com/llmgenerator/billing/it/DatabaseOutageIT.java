package com.llmgenerator.billing.it;

import static com.llmgenerator.billing.it.Outcomes.assertOutcome;
import static com.llmgenerator.billing.it.Problems.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import com.llmgenerator.billing.auth.ApiKey;
import com.llmgenerator.billing.dev.EmbeddedPostgres;
import com.llmgenerator.billing.dev.SignedEvent;
import com.llmgenerator.billing.dev.StripeStandIn;
import com.llmgenerator.billing.it.Burst.Request;
import com.llmgenerator.billing.it.Burst.Timed;
import com.llmgenerator.billing.it.Caller.Answer;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

/**
 * Whatever ails the database: every request is answered 503 within 5 s, and once the database is
 * well, more requests than the pool has connections are answered 200 at the same time.
 *
 * <p>The lock is for its cases: they run beside those of other classes, and not beside each other.
 */
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("the database of DatabaseOutageIT")
class DatabaseOutageIT {
  private static final long LONGEST_MILLIS = 5_000;

  /** On the clock of callers who share a busy machine with the portal. */
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(8);

  private static final int CALLERS = 30;

  /** Requests a second; those that wait while the database is down must find a thread each. */
  private static final int RATE = Runtime.version().feature() >= 24 ? 500 : 100;

  private static final String TERMINATE_OTHERS =
      "select pg_terminate_backend(pid) from pg_stat_activity"
          + " where backend_type = 'client backend' and application_name <> 'others'";

  private static final String TOO_MANY_CONNECTIONS = "53300";

  private static EmbeddedPostgres postgres;
  private static BadNetwork network;
  private static StripeStandIn stripe;
  private static PackagedPortal portal;
  private static Deque<String> keys;

  private final List<SignedEvent> untold = new ArrayList<>();

  @BeforeAll
  static void start() {
    postgres = EmbeddedPostgres.start(0);
    network = new BadNetwork(postgres.port());
    Map<String, String> environment = Servers.environment();
    environment.put(
        "SPRING_DATASOURCE_URL", "jdbc:postgresql://localhost:" + network.port() + "/postgres");
    // Other classes run at the same time, and count what theirs is asked.
    stripe = StripeStandIn.start(0);
    environment.put("STRIPE_API_BASE", stripe.url());
    portal = PackagedPortal.start(environment);
    JdbcTemplate database =
        new JdbcTemplate(
            new DriverManagerDataSource(postgres.url(), postgres.username(), postgres.password()));
    keys = new ArrayDeque<>(Servers.addPayingUsers(database, 50 * CALLERS, "cus_demo"));
  }

  @AfterAll
  static void stop() {
    portal.close();
    stripe.close();
    network.close();
    postgres.close();
  }

  @BeforeEach
  void isWell() {
    awaitHealth();
  }

  @AfterEach
  void heals() {
    awaitHealth();
    assertThat(call()).allSatisfy(timed -> assertThat(timed.answer().status()).isEqualTo(200));
    assertThat(portal.health("/liveness")).isEqualTo(200);
    for (SignedEvent event : untold) {
      assertOutcome("stored", send(event));
      assertOutcome("known", send(event));
    }
  }

  @Test
  void returns503WhileTheDatabaseIsStopped() {
    String stranger = ApiKey.generate(new SecureRandom()).text();
    assertThat(call(stranger).status()).isEqualTo(401);
    postgres.stop();
    try {
      assertUnavailable(call());
      assertUnavailable(callAndTell());
      List<Timed> refused = timed(() -> call(stranger));
      assertUnavailable(refused);
      assertThat(refused.get(0).took()).isLessThan(Duration.ofMillis(LONGEST_MILLIS));
      assertThat(portal.health("/liveness")).isEqualTo(200);
    } finally {
      postgres.start();
    }
    // Within the 2 s that a request waits for a connection, however long it was stopped.
    assertThat(call(stranger).status()).isEqualTo(401);
  }

  @Test
  void returns503WhileTheDatabaseIsFrozen() {
    postgres.freeze();
    try {
      assertUnavailable(call());
      assertUnavailable(callAndTell());
    } finally {
      postgres.thaw();
    }
  }

  @Test
  void returns503WhileNothingComesThroughToTheDatabase() {
    network.is(BadNetwork.Quality.DEAD);
    try {
      assertUnavailable(call());
      assertUnavailable(callAndTell());
    } finally {
      network.is(BadNetwork.Quality.GOOD);
    }
  }

  @Test
  void returns503WhileTheDatabaseAnswersByteAfterByte() {
    network.is(BadNetwork.Quality.TRICKLING);
    try {
      assertUnavailable(call());
      assertUnavailable(callAndTell());
    } finally {
      network.is(BadNetwork.Quality.GOOD);
    }
  }

  @Test
  void returns503WhileOthersHaveAllConnectionsOfTheDatabase() throws SQLException {
    List<Connection> others = new ArrayList<>();
    try {
      takeAllConnections(others);
      assertUnavailable(call());
    } finally {
      for (Connection other : others) {
        other.close();
      }
    }
  }

  @Test
  void returns503WhileAllConnectionsOfThePoolWait() throws SQLException {
    try (Connection other = connect()) {
      other.setAutoCommit(false);
      other.createStatement().execute("lock table api_key in access exclusive mode");
      assertUnavailable(call());
      assertUnavailable(call());
    }
  }

  /** The account cannot be written for once: the event must not count as stored. */
  @Test
  void storesNothingOfAnEventThatFailsHalfway() throws SQLException {
    SignedEvent event = purchase();
    try (Connection other = connect()) {
      other.setAutoCommit(false);
      other.createStatement().execute("lock table billing_account in exclusive mode");
      assertProblem(send(event), 503, "temporarily_unavailable", "Try again in a moment.");
      other
          .createStatement()
          .execute("select pg_terminate_backend(pid) from pg_locks where not granted");
    }
    assertOutcome("stored", send(event));
  }

  /** As a standby does: reads go on, and its connections are not kept once one may write. */
  @Test
  void returns503ToWritersWhileTheDatabaseIsReadOnly() throws SQLException {
    SignedEvent event = purchase();
    try (Connection other = connect()) {
      Statement operator = other.createStatement();
      operator.execute("alter database postgres set default_transaction_read_only = on");
      try {
        operator.execute(TERMINATE_OTHERS);
        awaitHealth();
        assertThat(call()).allSatisfy(timed -> assertThat(timed.answer().status()).isEqualTo(200));
        assertUnavailable(timed(() -> send(event)));
      } finally {
        operator.execute("alter database postgres reset default_transaction_read_only");
      }
    }
    portal.await(() -> send(event).status() == 200);
  }

  @Test
  void servesThroughARestartOfTheDatabase() {
    postgres.stop();
    postgres.start();
  }

  /**
   * Of those who come a second after the database accepts connections, or later, all are served.
   */
  @Test
  void servesASecondAfterARestartUnderLoad() {
    SignedEvent event = purchase();
    Instant accepts;
    try (Pace load = load()) {
      load.goOn(Duration.ofSeconds(2));
      postgres.stop();
      load.goOn(Duration.ofSeconds(2));
      postgres.start();
      accepts = Instant.now();
      load.goOn(Duration.ofSeconds(1));
      assertOutcome("stored", send(event));
      load.goOn(Duration.ofSeconds(2));
      assertThat(load.answersFrom(Instant.MIN))
          .allSatisfy(
              timed -> {
                assertThat(timed.answer().status()).as(timed.toString()).isIn(200, 503);
                assertThat(timed.took()).isLessThan(LONGEST_WAIT);
              });
      assertThat(load.answersFrom(accepts.plusSeconds(1)))
          .hasSizeGreaterThan(RATE)
          .allSatisfy(
              timed -> assertThat(timed.answer().status()).as(timed.toString()).isEqualTo(200));
    }
  }

  @Test
  void servesAllWhileSessionsAreTerminatedUnderLoad() throws SQLException {
    try (Connection other = connect();
        Pace load = load()) {
      for (int round = 0; round < 5; round++) {
        load.goOn(Duration.ofMillis(700));
        other.createStatement().execute(TERMINATE_OTHERS);
        assertOutcome("stored", send(purchase()));
      }
      assertThat(load.answersFrom(Instant.MIN))
          .hasSizeGreaterThan(2 * RATE)
          .allSatisfy(
              timed -> assertThat(timed.answer().status()).as(timed.toString()).isEqualTo(200));
    }
    portal.assertWarnsOnceAMinute("marked as broken because of SQLSTATE");
  }

  /** It is stored, and found so when the connection that was lost with the answer is replaced. */
  @Test
  void storesAnEventAgainWhoseConnectionDied() {
    network.loseAnswerTo("store_customer_event");
    assertOutcome("known", send(purchase()));
    assertThat(network.lostAnswer()).isTrue();
  }

  /** The key is stored, as the portal cannot know: a second one would be too many. */
  @Test
  void createsNoSecondApiKeyWhenTheConnectionOfTheFirstDied() {
    String token = Servers.KEYCLOAK.login("demo").accessToken();
    String name = UUID.randomUUID().toString();
    network.loseAnswerTo("insert into api_key");
    assertProblem(
        Caller.call(portal, "POST", Caller.API_KEYS, token, "{\"name\": \"" + name + "\"}"),
        503,
        "temporarily_unavailable",
        "Try again in a moment.");
    assertThat(network.lostAnswer()).isTrue();
    assertThat(Caller.call(portal, "GET", Caller.API_KEYS, token, null).body().split(name))
        .hasSize(2);
  }

  /** Of callers at a steady rate, once Java is warm. */
  private static Pace load() {
    String token = Servers.KEYCLOAK.login("demo").accessToken();
    List<Request> questions = Collections.nCopies(50, new Request("GET", Caller.AS_USER, token));
    for (int i = 0; i < 40; i++) {
      Burst.send(portal, questions).answers();
    }
    return Pace.start(portal, Stream.generate(keys::remove).iterator(), token, RATE);
  }

  private static List<Timed> call() {
    List<String> callers = new ArrayList<>();
    for (int i = 0; i < CALLERS; i++) {
      callers.add(keys.remove());
    }
    return Burst.call(portal, callers).answers();
  }

  /** Meanwhile Stripe tells of a purchase, which must come again. */
  private List<Timed> callAndTell() {
    SignedEvent event = purchase();
    untold.add(event);
    CompletableFuture<List<Timed>> told =
        CompletableFuture.supplyAsync(() -> timed(() -> send(event)));
    List<Timed> answers = new ArrayList<>(call());
    answers.addAll(told.join());
    return answers;
  }

  private static SignedEvent purchase() {
    String id = UUID.randomUUID().toString().replace("-", "");
    return SignedEvent.purchase("evt_" + id, 1, false, "cus_" + id, id);
  }

  private static List<Timed> timed(Supplier<Answer> request) {
    Instant begin = Instant.now();
    Answer answer = request.get();
    return List.of(new Timed(answer, Duration.between(begin, Instant.now())));
  }

  private static Answer call(String key) {
    return Caller.post(portal, Caller.WITH_API_KEY, key, null);
  }

  private static Answer send(SignedEvent event) {
    return Caller.send(
        HttpRequest.newBuilder(URI.create(portal.url(StripeEventsIT.EVENTS)))
            .header("Content-Type", "application/json")
            .header("Stripe-Signature", event.signature(Servers.EVENT_SECRET))
            .POST(BodyPublishers.ofByteArray(event.bytes())));
  }

  private static void awaitHealth() {
    portal.await(() -> call(keys.remove()).status() == 200);
  }

  private static void assertUnavailable(List<Timed> answers) {
    assertThat(answers)
        .allSatisfy(
            timed -> {
              assertProblem(
                  timed.answer(), 503, "temporarily_unavailable", "Try again in a moment.");
              assertThat(timed.answer().header("Retry-After")).isEqualTo("2");
              assertThat(millis(timed)).isLessThanOrEqualTo(LONGEST_MILLIS);
              assertThat(timed.took()).isLessThan(LONGEST_WAIT);
            });
  }

  /** How long the portal took by its own log. */
  private static long millis(Timed timed) {
    String line = portal.answered(timed.answer().header("X-Request-Id"));
    return Long.parseLong(line.replaceFirst(".* durationMs=\"(\\d+)\".*", "$1"));
  }

  /** Takes one connection after another, those of the portal too. */
  private static void takeAllConnections(List<Connection> taken) throws SQLException {
    taken.add(connect());
    Statement first = taken.get(0).createStatement();
    ResultSet limit = first.executeQuery("show max_connections");
    limit.next();
    int all = limit.getInt(1);
    while (taken.size() < all) {
      try {
        taken.add(connect());
      } catch (SQLException e) {
        if (!TOO_MANY_CONNECTIONS.equals(e.getSQLState())) {
          throw e;
        }
        first.execute(TERMINATE_OTHERS);
      }
    }
  }

  private static Connection connect() throws SQLException {
    return DriverManager.getConnection(
        postgres.url() + "?ApplicationName=others", postgres.username(), postgres.password());
  }
}
