package com.llmgenerator.billing.stripe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.llmgenerator.billing.config.TestSettings;
import com.llmgenerator.billing.problem.PaymentProviderException;
import com.llmgenerator.billing.problem.PaymentProviderTimeoutException;
import com.llmgenerator.billing.problem.TemporarilyUnavailableException;
import com.sun.net.httpserver.HttpServer;
import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.apache.hc.client5.http.HttpRoute;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;
import org.apache.hc.client5.http.impl.classic.RequestFailedException;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManager;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.util.DeadlineTimeoutException;
import org.apache.hc.core5.util.Timeout;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

public class StripeGuardTest {
  private static final int CALLS = 1_000;

  private final AtomicInteger asked = new AtomicInteger();
  private final MeterRegistry metrics = new SimpleMeterRegistry();
  private volatile int status = 204;
  private volatile boolean advised = true;
  private volatile Runnable arrival = () -> {};
  private int connectionsTaken;
  private CircuitBreaker breaker;
  private HttpServer server;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          // Sooner than a deadline of one millisecond, about then, or later.
          LockSupport.parkNanos(asked.getAndIncrement() % 3 * 1_000_000L);
          arrival.run();
          if (advised) {
            exchange.getResponseHeaders().set("Stripe-Should-Retry", "false");
          }
          if (status > 0) {
            exchange.sendResponseHeaders(status, -1);
          }
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  @Nested
  class Deadline {
    /** The client is cancelled at any of its steps: between two of them it has its own words. */
    @Test
    void isToldAsSuchWhereverItComesIn() throws Exception {
      assertThat(failuresOf(CALLS, limits(Duration.ofMillis(1), 2_000), 0))
          .containsOnly(
              PaymentProviderTimeoutException.class, TemporarilyUnavailableException.class)
          .contains(PaymentProviderTimeoutException.class);
    }

    /** Then it is no failure of Stripe. */
    @Test
    void hasPassedSoThatStripeIsNotAsked() throws Exception {
      assertThat(failuresOf(CALLS, limits(Duration.ZERO, 2_000), 0))
          .containsOnly(TemporarilyUnavailableException.class);
      assertThat(asked).hasValue(0);
    }

    /** Then it is none either. */
    @Test
    void comesWhileAllConnectionsAreTaken() throws Exception {
      connectionsTaken = TestSettings.portal().callsAtOnce();
      assertThat(failuresOf(1, limits(Duration.ofMillis(200), 2_000), 0))
          .containsOnly(PaymentProviderTimeoutException.class);
      assertThat(breaker.getMetrics().getNumberOfBufferedCalls()).isZero();
    }
  }

  @Nested
  class LackOfAConnection {
    @Test
    void isToldAsSuchAndIsNoFailureOfStripe() throws Exception {
      connectionsTaken = TestSettings.portal().callsAtOnce();
      assertThat(failuresOf(1, usual(), 0)).containsOnly(TemporarilyUnavailableException.class);
      assertThat(breaker.getMetrics().getNumberOfBufferedCalls()).isZero();
    }

    /** The pool drops those who waited too long where it is asked before they go by themselves. */
    @Test
    void isToldAsSuchWhereThePoolIsTheFirstToSeeIt() throws IOException {
      breaker = CircuitBreaker.ofDefaults("stripe");
      try (CloseableHttpClient client =
          HttpClientBuilder.create()
              .addExecInterceptorLast("attempt", new StripeAttempt(breaker))
              .addExecInterceptorLast(
                  "pool",
                  (request, scope, chain) -> {
                    throw new RequestFailedException(
                        "Request execution failed",
                        DeadlineTimeoutException.from(org.apache.hc.core5.util.Deadline.MIN_VALUE));
                  })
              .build()) {
        assertThatThrownBy(() -> client.execute(new HttpGet(address()), response -> null))
            .isInstanceOf(TemporarilyUnavailableException.class)
            .hasMessage("All connections to Stripe are taken");
      }
      assertThat(breaker.getMetrics().getNumberOfBufferedCalls()).isZero();
    }
  }

  @Nested
  class FailureOfTheFirstAttempt {
    @ParameterizedTest
    @CsvSource({
      "500, 0, com.llmgenerator.billing.problem.PaymentProviderException",
      "0, 0, com.llmgenerator.billing.problem.PaymentProviderException",
      "204, 1500, com.llmgenerator.billing.problem.PaymentProviderTimeoutException"
    })
    void isToldWhereTheCircuitBreakerRejectsTheRetry(int answered, int millis, Class<?> failure)
        throws Exception {
      status = answered;
      advised = false;
      arrival =
          () -> {
            breaker.transitionToOpenState();
            breaker.transitionToHalfOpenState();
            while (breaker.tryAcquirePermission()) {
              // Until others have all of them.
            }
            LockSupport.parkNanos(millis * 1_000_000L);
          };
      assertThat(failuresOf(1, usual(), 0)).containsExactly(failure);
      assertThat(asked).hasValue(1);
    }

    @Test
    void isToldAtOnceWhereTheCircuitBreakerIsOpenByThen() throws Exception {
      status = 500;
      advised = false;
      arrival = () -> breaker.transitionToOpenState();
      assertThat(failuresOf(1, usual(), 0)).containsExactly(PaymentProviderException.class);
      assertThat(asked).hasValue(1);
      assertThat(metrics.get("billing.stripe.retries").counter().count()).isZero();
    }
  }

  @Nested
  class CircuitBreakerOf {
    @Test
    void failuresOpensAndLeavesStripeAlone() throws Exception {
      status = 500;
      assertThat(failuresOf(40, usual(), 0))
          .containsOnly(PaymentProviderException.class, TemporarilyUnavailableException.class);
      assertThat(asked).hasValue(20);
      assertThat(state(State.OPEN)).isEqualTo(1);
    }

    @Test
    void rejectedRequestsAndTheRateLimitStaysClosed() throws Exception {
      for (int answered : new int[] {402, 429}) {
        status = answered;
        assertThat(failuresOf(40, usual(), 0)).isEmpty();
        assertThat(state(State.CLOSED)).isEqualTo(1);
      }
    }

    private double state(State state) {
      return metrics
          .get("resilience4j.circuitbreaker.state")
          .tag("name", "stripe")
          .tag("state", state.name().toLowerCase(Locale.ROOT))
          .gauge()
          .value();
    }
  }

  @Nested
  class LimitOfCalls {
    @Test
    void rejectsOneMoreThanMayBeUnderWayAndNoneAfterwards() throws Exception {
      assertThat(failuresOf(40, limits(Duration.ofSeconds(10), 3), 3))
          .containsOnly(TemporarilyUnavailableException.class);
      assertThat(asked).hasValue(0);
      assertThat(failuresOf(40, limits(Duration.ofSeconds(10), 3), 2)).isEmpty();
    }
  }

  public static StripeClient.Limits usual() {
    return limits(Duration.ofSeconds(10), 2_000);
  }

  private static StripeClient.Limits limits(Duration deadline, int callsAtOnce) {
    Duration second = Duration.ofSeconds(1);
    return new StripeClient.Limits(
        second,
        second,
        second,
        Duration.ofMinutes(1),
        deadline,
        null,
        callsAtOnce,
        Duration.ofSeconds(5),
        20,
        Duration.ofSeconds(5),
        5);
  }

  private String address() {
    return "http://localhost:" + server.getAddress().getPort() + "/";
  }

  private Set<Class<?>> failuresOf(int calls, StripeClient.Limits limits, int underWay)
      throws Exception {
    Set<Class<?>> failures = new HashSet<>();
    metrics.clear();
    StripeClient beans = new StripeClient();
    Bulkhead bulkhead = beans.stripeBulkhead(limits, metrics);
    breaker = beans.stripeCircuitBreaker(limits, metrics);
    for (int i = 0; i < underWay; i++) {
      bulkhead.acquirePermission();
    }
    PoolingHttpClientConnectionManager connections =
        beans.stripeConnections(limits, TestSettings.portal(), metrics);
    HttpRoute route = new HttpRoute(new HttpHost("localhost", server.getAddress().getPort()));
    for (int i = 0; i < connectionsTaken; i++) {
      connections.lease("another", route, null).get(Timeout.ZERO_MILLISECONDS);
    }
    try (StripeGuard guard = new StripeGuard(limits, bulkhead);
        CloseableHttpClient client =
            beans.stripeHttpClient(
                limits, connections, breaker, guard, metrics, ObservationRegistry.NOOP)) {
      for (int i = 0; i < calls; i++) {
        try {
          client.execute(new HttpGet(address()), response -> null);
        } catch (RuntimeException e) {
          failures.add(e.getClass());
        }
      }
    }
    return failures;
  }
}
