package com.llmgenerator.billing.it;

import com.llmgenerator.billing.dev.StripeStandIn;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.ConcurrentHistogram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What a portal session costs: {@code mvn verify -Pbenchmark}. A measurement, not a test: it fails
 * on wrong answers, never on time. Load, stand-in and database share the machine with the portal;
 * the CPU time is the portal's alone.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class PortalBenchmark {
  private static final int CONNECTIONS = 32;
  private static final Duration WARM_UP = Duration.ofSeconds(40);
  private static final Duration MEASURED = Duration.ofSeconds(10);
  private static final int ROUNDS = 3;

  private final String token = Servers.KEYCLOAK.login("demo").accessToken();

  @Test
  void openPortalAsUser() throws Exception {
    Map<String, String> environment = Servers.environment();
    try (StripeStandIn stripe =
        StripeStandIn.start(StripeStandIn.Options.onPort(0).withoutJournal())) {
      environment.put("STRIPE_API_BASE", stripe.url());
      environment.put("JDK_JAVA_OPTIONS", "");
      try (PackagedPortal portal = PackagedPortal.start(environment)) {
        load(portal, WARM_UP);
        System.out.printf(
            "%n%d connections, JDK %s, %d cores%n%8s %8s %8s %12s%n",
            CONNECTIONS,
            Runtime.version().feature(),
            Runtime.getRuntime().availableProcessors(),
            "req/s",
            "p50 ms",
            "p99 ms",
            "CPU ms/req");
        for (int round = 0; round < ROUNDS; round++) {
          System.out.println(load(portal, MEASURED));
        }
      }
    }
  }

  private String load(PackagedPortal portal, Duration duration) throws InterruptedException {
    ConcurrentHistogram micros = new ConcurrentHistogram(3);
    LongAdder failures = new LongAdder();
    Duration cpuBefore = portal.cpu();
    long end = System.nanoTime() + duration.toNanos();
    ExecutorService callers = Executors.newFixedThreadPool(CONNECTIONS);
    for (int i = 0; i < CONNECTIONS; i++) {
      callers.submit(() -> call(portal, end, micros, failures));
    }
    callers.shutdown();
    if (!callers.awaitTermination(duration.toSeconds() + 30, TimeUnit.SECONDS)) {
      throw new IllegalStateException("Callers wait for answers that do not come");
    }
    if (failures.sum() > 0) {
      throw new IllegalStateException(failures + " requests were not answered 200");
    }
    long requests = micros.getTotalCount();
    return "%8.0f %8.1f %8.1f %12.2f"
        .formatted(
            requests / (double) duration.toSeconds(),
            micros.getValueAtPercentile(50) / 1000.0,
            micros.getValueAtPercentile(99) / 1000.0,
            portal.cpu().minus(cpuBefore).toMillis() / (double) requests);
  }

  /** One caller with one connection, which asks again as soon as it is answered. */
  private void call(
      PackagedPortal portal, long end, ConcurrentHistogram micros, LongAdder failures) {
    HttpClient client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .executor(Runnable::run)
            .build();
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(portal.url(Caller.AS_USER)))
            .header("Authorization", "Bearer " + token)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString("{\"returnUrl\": \"https://app.example.com/billing\"}"))
            .build();
    while (System.nanoTime() < end) {
      long begin = System.nanoTime();
      try {
        if (client.send(request, BodyHandlers.discarding()).statusCode() != 200) {
          failures.increment();
        }
      } catch (IOException | InterruptedException e) {
        failures.increment();
      }
      micros.recordValue((System.nanoTime() - begin) / 1000);
    }
  }
}
