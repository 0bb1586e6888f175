package com.llmgenerator.billing.it;

import static com.llmgenerator.billing.it.Caller.WITH_API_KEY;
import static com.llmgenerator.billing.it.Problems.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import com.llmgenerator.billing.it.Caller.Answer;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The circuit breaker opens while Stripe fails, and closes without anybody's doing. */
@Execution(ExecutionMode.CONCURRENT)
class BreakerIT {
  /** As {@code stripe.client.breaker-minimum-calls}. */
  private static final int FAILURES = 20;

  /** Of a machine that others use, too. */
  private static final Duration SLACK = Duration.ofSeconds(1);

  private static final Duration TWO_SECONDS = Duration.ofSeconds(2);

  private static final String OPEN =
      "\nresilience4j_circuitbreaker_state{name=\"stripe\",state=\"open\"} 1.0";
  private static final String FAILED =
      "HTTP/1.1 500 Internal Server Error\r\nStripe-Should-Retry: false\r\n"
          + "Connection: close\r\nContent-Length: 2\r\n\r\n{}";

  @Test
  void returns503AtOnceWhileStripeFailsAndThen200() {
    Map<String, String> environment = Servers.environment();
    String key = Servers.addPayingUsers(Servers.DATABASE, 1, "cus_demo").get(0);
    try (LyingServer stripe = new LyingServer()) {
      environment.put("STRIPE_API_BASE", stripe.url());
      // It would be among the connections that are counted.
      environment.put("PORTAL_OFFER_CHECKED", "false");
      try (PackagedPortal portal = PackagedPortal.start(environment)) {
        stripe.answers(LyingServer.text(FAILED));
        assertThat(Burst.call(portal, Collections.nCopies(FAILURES, key)).answers())
            .allSatisfy(
                timed ->
                    assertProblem(
                        timed.answer(),
                        502,
                        "payment_provider_error",
                        "The payment provider failed."));
        assertThat(stripe.connections()).isEqualTo(FAILURES);

        Instant asked = Instant.now();
        Answer refused = Caller.post(portal, WITH_API_KEY, key, null);
        assertProblem(refused, 503, "temporarily_unavailable", "Try again in a moment.");
        assertThat(refused.header("Retry-After")).isEqualTo("2");
        assertThat(Duration.between(asked, Instant.now())).isLessThan(Duration.ofSeconds(1));
        assertThat(stripe.connections()).isEqualTo(FAILURES);
        assertThat(portal.metrics()).contains(OPEN);
        assertThat(portal.log())
            .containsOnlyOnce(" : Stripe failed: 500")
            .containsOnlyOnce(" : The circuit breaker is open: Stripe failed too often");

        stripe.answers(stripe.portalSession());
        portal.await(() -> Caller.post(portal, WITH_API_KEY, key, null).status() == 200);
        portal.await(() -> !portal.metrics().contains(OPEN));
      }
    }
  }

  /** Which is no fault of Stripe. */
  @Test
  void returns200StillWhenMostCallsLackAConnection() {
    Map<String, String> environment = Servers.environment();
    String key = Servers.addPayingUsers(Servers.DATABASE, 1, "cus_demo").get(0);
    try (LyingServer stripe = new LyingServer()) {
      environment.put("STRIPE_API_BASE", stripe.url());
      environment.put("PORTAL_OFFER_CHECKED", "false");
      environment.put("STRIPE_CLIENT_CONNECTIONS", "4");
      try (PackagedPortal portal = PackagedPortal.start(environment)) {
        LyingServer.Answer session = stripe.portalSession();
        stripe.answers(
            output -> {
              Thread.sleep(250);
              session.send(output);
            });
        List<Integer> statuses =
            Burst.call(portal, Collections.nCopies(10 * FAILURES, key)).answers().stream()
                .map(timed -> timed.answer().status())
                .toList();
        assertThat(statuses).containsOnly(200, 503);
        assertThat(Collections.frequency(statuses, 503)).isGreaterThan(5 * FAILURES);
        assertThat(Caller.post(portal, WITH_API_KEY, key, null).status()).isEqualTo(200);
        assertThat(portal.metrics()).doesNotContain(OPEN);
        assertThat(portal.log()).doesNotContain("circuit breaker");
      }
    }
  }

  /** By the fault: how soon it opens. */
  static Stream<Arguments> faults() {
    return Stream.of(
        fault("refuses connections", LyingServer::close, Duration.ofSeconds(5)),
        fault("answers 500", s -> s.answers(LyingServer.text(FAILED)), Duration.ofSeconds(5)),
        fault("hangs up", s -> s.answers(LyingServer.text("")), Duration.ofSeconds(5)),
        fault("hangs", s -> s.answers(LyingServer.silence("")), Duration.ofSeconds(10)));
  }

  private static Arguments fault(String name, Consumer<LyingServer> begin, Duration opensWithin) {
    return Arguments.of(name, begin, opensWithin);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("faults")
  @Execution(ExecutionMode.CONCURRENT)
  void opensSoonAfterABusyTimeAndClosesSoonAfterTheFault(
      String fault, Consumer<LyingServer> begin, Duration opensWithin) throws Exception {
    Map<String, String> environment = Servers.environment();
    String key = Servers.addPayingUsers(Servers.DATABASE, 1, "cus_demo").get(0);
    try (LyingServer stripe = new LyingServer()) {
      environment.put("STRIPE_API_BASE", stripe.url());
      environment.put("PORTAL_OFFER_CHECKED", "false");
      try (PackagedPortal portal = PackagedPortal.start(environment)) {
        stripe.answers(stripe.portalSession());
        for (int i = 0; i < 10; i++) {
          assertThat(Burst.call(portal, Collections.nCopies(50, key)).answers())
              .allSatisfy(timed -> assertThat(timed.answer().status()).isEqualTo(200));
        }
        begin.accept(stripe);
        Pace pace = new Pace(portal, key);
        try {
          Instant failed = Instant.now();
          portal.await(() -> pace.last(503) != null);
          assertThat(Duration.between(failed, pace.first(503))).isLessThan(opensWithin.plus(SLACK));
          stripe.answers(stripe.portalSession());
          stripe.listenAgain();
          Instant back = Instant.now();
          portal.await(() -> !portal.metrics().contains(OPEN) && pace.servedFor(TWO_SECONDS));
          assertThat(Duration.between(back, pace.last(503)))
              .isLessThan(Duration.ofSeconds(10).plus(SLACK));
        } finally {
          pace.close();
        }
      }
    }
  }

  /** Twenty calls a second, whether the others are answered or not. */
  private static final class Pace implements AutoCloseable {
    private final ScheduledExecutorService clock = Executors.newScheduledThreadPool(1);
    private final ExecutorService callers = Executors.newCachedThreadPool();
    private final Map<Instant, Integer> statuses = new ConcurrentSkipListMap<>();

    Pace(PackagedPortal portal, String key) {
      Runnable call =
          () -> {
            int status = Caller.post(portal, WITH_API_KEY, key, null).status();
            statuses.put(Instant.now(), status);
          };
      clock.scheduleAtFixedRate(() -> callers.submit(call), 0, 50, TimeUnit.MILLISECONDS);
    }

    Instant first(int status) {
      return times(status).findFirst().orElse(null);
    }

    Instant last(int status) {
      return times(status).reduce((first, second) -> second).orElse(null);
    }

    private Stream<Instant> times(int status) {
      return statuses.entrySet().stream()
          .filter(answered -> answered.getValue() == status)
          .map(Map.Entry::getKey);
    }

    /** Whether all have been served for a while, and there were some. */
    boolean servedFor(Duration time) {
      Instant from = Instant.now().minus(time);
      List<Integer> recent =
          statuses.entrySet().stream()
              .filter(answered -> answered.getKey().isAfter(from))
              .map(Map.Entry::getValue)
              .toList();
      return recent.size() > 20 && recent.stream().allMatch(status -> status == 200);
    }

    @Override
    public void close() {
      clock.shutdownNow();
      callers.shutdownNow();
    }
  }
}
