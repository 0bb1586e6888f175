package com.llmgenerator.billing.stripe;

import static org.assertj.core.api.Assertions.assertThat;

import com.llmgenerator.billing.Settings;
import com.sun.net.httpserver.HttpServer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;
import org.junit.jupiter.api.Test;

class StripeHttpClientTest {
  private static final int CALLS = 1_000;

  private final AtomicInteger asked = new AtomicInteger();

  /** The client is cancelled at any of its steps: between two of them it has words of its own. */
  @Test
  void saysThatItIsTooLateWhereverTheDeadlineComesIn() throws Exception {
    assertThat(failuresWith(Duration.ofMillis(1)))
        .containsOnly(PaymentProviderTimeoutException.class);
  }

  /** Then it is no fault of Stripe. */
  @Test
  void doesNotAskWhenNoTimeIsLeft() throws Exception {
    assertThat(failuresWith(Duration.ZERO)).containsOnly(PaymentProviderBusyException.class);
    assertThat(asked).hasValue(0);
  }

  private Set<Class<?>> failuresWith(Duration deadline) throws Exception {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          // Sooner than the deadline, about then, or later.
          LockSupport.parkNanos(asked.getAndIncrement() % 3 * 1_000_000L);
          exchange.sendResponseHeaders(204, -1);
        });
    server.start();
    String address = "http://localhost:" + server.getAddress().getPort() + "/";
    Set<Class<?>> failures = new HashSet<>();
    try (StripeHttpClient deadlines = clientWith(deadline)) {
      HttpClientBuilder builder = HttpClientBuilder.create();
      deadlines.configureHttpClient(builder);
      try (CloseableHttpClient client = builder.build()) {
        for (int i = 0; i < CALLS; i++) {
          try {
            client.execute(new HttpGet(address), response -> null);
          } catch (RuntimeException e) {
            failures.add(e.getClass());
          }
        }
      }
    } finally {
      server.stop(0);
    }
    return failures;
  }

  private static StripeHttpClient clientWith(Duration deadline) {
    return new StripeHttpClient(
        new Settings(
            null, null, new Settings.Portal(null, Set.of(), Set.of(), Set.of(), deadline, 1, 1, 1)),
        1_000,
        4_000,
        false,
        new SimpleMeterRegistry(),
        ObservationRegistry.NOOP);
  }
}
