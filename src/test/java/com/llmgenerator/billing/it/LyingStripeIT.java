package com.llmgenerator.billing.it;

import static com.llmgenerator.billing.it.Caller.AS_USER;
import static com.llmgenerator.billing.it.Problems.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import com.llmgenerator.billing.dev.EmbeddedKeycloak;
import com.llmgenerator.billing.it.Caller.Answer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever comes from the other side, a request is answered within its deadline. */
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("the servers of LyingStripeIT")
class LyingStripeIT {
  private static final Duration DEADLINE = Duration.ofSeconds(2);

  /** For the sender and the receiver of requests, on a busy machine. */
  private static final Duration SLACK = Duration.ofSeconds(3);

  private static LyingServer stripe;
  private static PackagedPortal portal;
  private static String token;

  @BeforeAll
  static void start() {
    stripe = new LyingServer();
    Map<String, String> environment = Servers.environment();
    environment.put("STRIPE_API_BASE", stripe.url());
    environment.put("STRIPE_SECRET_KEY", "sk_live_" + "lies");
    environment.put("PORTAL_DEADLINE", "2s");
    Servers.DATABASE.update(
        "insert into billing_account (user_id, livemode, stripe_customer_id) values (?, true, ?)",
        EmbeddedKeycloak.DEMO_ID,
        "cus_demo");
    portal = PackagedPortal.start(environment);
    token = Servers.KEYCLOAK.login("demo").accessToken();
  }

  /**
   * Else the circuit breaker would open, and Stripe not be asked any more. The first may meet a
   * connection that the last lie ended, with no time for a retry before the deadline.
   */
  @BeforeEach
  void succeeds() {
    stripe.answers(LyingServer.text("HTTP/1.1 200 OK\r\n\r\n" + session()));
    portal.await(() -> call().status() == 200);
    assertThat(call().status()).isEqualTo(200);
    assertThat(call().status()).isEqualTo(200);
  }

  @AfterAll
  static void stop() {
    portal.close();
    stripe.close();
  }

  @Nested
  class Returns504 {
    @ParameterizedTest
    @ValueSource(
        strings = {
          "",
          "HTTP/1.1 200 OK\r\nX: ",
          "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFF\r\n",
          "HTTP/1.1 200 OK\r\n\r\n"
        })
    void whenStripeSendsByteAfterByte(String begin) {
      stripe.answers(LyingServer.trickle(begin));
      Instant asked = Instant.now();
      assertProblem(
          call(), 504, "payment_provider_timeout", "The payment provider did not answer in time.");
      assertThat(Duration.between(asked, Instant.now())).isLessThan(DEADLINE.plus(SLACK));
    }
  }

  /** With the usual deadline, within which an attempt times out, and another one. */
  @Test
  void returns504ToEachBeginningOfAnAnswerAndThenSilence() {
    List<String> beginnings =
        List.of(
            "",
            "HTTP/1.1 200 OK\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
            "HTTP/1.1 200 OK\r\n\r\n",
            "HTTP/1.1 200 OK\r\n\r\n{",
            "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 100\r\n\r\n{",
            "HTTP/1.1 100 Continue\r\n\r\n",
            "HTTP/1.1 103 Early Hints\r\n\r\n");
    AtomicInteger connections = new AtomicInteger();
    Map<String, String> environment = Servers.environment();
    List<String> keys = Servers.addPayingUsers(Servers.DATABASE, beginnings.size(), "cus_demo");
    try (LyingServer silent = new LyingServer()) {
      environment.put("STRIPE_API_BASE", silent.url());
      environment.put("PORTAL_OFFER_CHECKED", "false");
      silent.answers(
          output ->
              LyingServer.silence(beginnings.get(connections.getAndIncrement() % beginnings.size()))
                  .send(output));
      try (PackagedPortal slow = PackagedPortal.start(environment)) {
        List<Burst.Timed> answers = Burst.call(slow, keys).answers();
        assertThat(connections).hasValueGreaterThanOrEqualTo(beginnings.size());
        assertThat(answers)
            .hasSameSizeAs(beginnings)
            .allSatisfy(
                timed -> {
                  assertProblem(
                      timed.answer(),
                      504,
                      "payment_provider_timeout",
                      "The payment provider did not answer in time.");
                  assertThat(timed.took()).isLessThan(Duration.ofSeconds(11));
                });
      }
    }
  }

  @Nested
  class Returns502 {
    @ParameterizedTest
    @ValueSource(
        strings = {
          "",
          "nonsense\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{",
          "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
          "HTTP/1.1 204 No Content\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnull",
          "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=nonsense\r\nContent-Length: 2\r\n\r\n{}",
          "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-16\r\n\r\n{}",
          "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
          "HTTP/1.1 302 Found\r\nLocation: http://localhost:1/\r\nContent-Length: 0\r\n\r\n",
          "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\nContent-Length: 2\r\n\r\n{}",
          "HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\n{}",
          "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n{}",
          "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n{}",
          "HTTP/2.0 200 OK\r\n\r\n{}",
          "HTTP/1.1 200 OK\r\nno colon\r\n\r\n{}",
          "HTTP/1.1 101 Switching Protocols\r\n\r\n",
        })
    void whenStripeAnswersNonsense(String answer) {
      stripe.answers(LyingServer.text(answer));
      assertFails(call());
    }

    @Test
    void andLogsNothingOfAnAnswerThatBreaksOff() {
      stripe.answers(
          LyingServer.text("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + session()));
      assertFails(call());
      assertThat(portal.log()).doesNotContain("/p/session/");
    }

    @Test
    void whenStripeCompressesThoughNobodyAskedForIt() throws IOException {
      ByteArrayOutputStream compressed = new ByteArrayOutputStream();
      try (GZIPOutputStream gzip = new GZIPOutputStream(compressed)) {
        gzip.write(session().getBytes(StandardCharsets.UTF_8));
      }
      stripe.answers(
          output -> {
            LyingServer.text("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n").send(output);
            compressed.writeTo(output);
          });
      assertFails(call());
    }

    @Test
    void onlyUntilTheConnectionWithTooManyAnswersIsGivenUp() {
      String session = session();
      String right =
          "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s".formatted(session.length(), session);
      String anothers = right.replace("cus_demo", "cus_mode");
      stripe.answers(
          output -> {
            LyingServer.text(right + anothers + anothers).send(output);
            Thread.sleep(DEADLINE.plus(SLACK).toMillis());
          });
      assertThat(call().status()).isEqualTo(200);
      stripe.answers(LyingServer.text("HTTP/1.1 200 OK\r\n\r\n" + session()));
      assertFails(call());
      assertFails(call());
      assertThat(call().status()).isEqualTo(200);
    }

    @Test
    void toOneWhomStripeAnswersTheSessionOfAnother() {
      stripe.answers(
          LyingServer.text(
              "HTTP/1.1 200 OK\r\n\r\n" + session().replace("cus_demo", "cus_another")));
      assertFails(call());
    }

    @ParameterizedTest
    @ValueSource(strings = {"X: x\r\n", "x"})
    void whenStripeSendsHeadersWithoutEnd(String part) {
      String megabyte = part.repeat(1024 * 1024 / part.length());
      stripe.answers(
          output -> {
            LyingServer.text("HTTP/1.1 200 OK\r\nX: ").send(output);
            for (int i = 0; i < 2000; i++) {
              LyingServer.text(megabyte).send(output);
            }
          });
      assertFails(call());
      assertThat(portal.log()).doesNotContain("OutOfMemoryError");
    }

    @Test
    void whenStripeAnswersWithoutEnd() {
      stripe.answers(
          output -> {
            LyingServer.text("HTTP/1.1 200 OK\r\n\r\n").send(output);
            byte[] megabyte = new byte[1024 * 1024];
            for (int i = 0; i < 2000; i++) {
              output.write(megabyte);
            }
          });
      assertFails(call());
    }

    private void assertFails(Answer answer) {
      assertProblem(answer, 502, "payment_provider_error", "The payment provider failed.");
    }
  }

  /** In live mode, where the session must be the customer's own. */
  private static String session() {
    return stripe.portalSessionJson().replace("\"livemode\": false", "\"livemode\": true");
  }

  private static Answer call() {
    return Caller.post(portal, AS_USER, token, null);
  }
}
