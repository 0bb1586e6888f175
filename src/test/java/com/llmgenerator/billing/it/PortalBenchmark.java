package com.llmgenerator.billing.it;

import com.llmgenerator.billing.dev.SignedEvent;
import com.llmgenerator.billing.dev.StripeStandIn;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import org.HdrHistogram.ConcurrentHistogram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What a portal session costs, and an event of Stripe: {@code mvn verify -Pbenchmark}. A
 * measurement, not a test: it fails on wrong answers, never on time. Load, stand-in and database
 * share the machine with the portal; the CPU time is the portal's alone.
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
    measure(
        "A portal session",
        url ->
            HttpRequest.newBuilder(URI.create(url + Caller.AS_USER))
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "application/json")
                .POST(
                    BodyPublishers.ofString("{\"returnUrl\": \"https://app.example.com/billing\"}"))
                .build());
  }

  /**
   * Each purchase is of another user and customer, and its subscription follows, as Stripe tells
   * them: nothing is known yet, as after an outage, when all come at once.
   */
  @Test
  void receiveStripeEvent() throws Exception {
    AtomicLong number = new AtomicLong();
    String run = Long.toString(System.nanoTime(), 36);
    measure(
        "An event of Stripe, of a purchase and its subscription in turn",
        url -> {
          long told = number.getAndIncrement();
          String id = run + "x" + told / 2;
          long now = Instant.now().getEpochSecond();
          SignedEvent event =
              told % 2 == 0
                  ? SignedEvent.purchase("evt_" + id, now, false, "cus_" + id, "user-" + id)
                  : SignedEvent.subscription(
                      "created", "evt_s" + id, now, false, "sub_" + id, "cus_" + id, "active");
          return HttpRequest.newBuilder(URI.create(url + "/api/v1/stripe/events"))
              .header("Content-Type", "application/json; charset=utf-8")
              .header("Stripe-Signature", event.signature(Servers.EVENT_SECRET))
              .POST(BodyPublishers.ofByteArray(event.bytes()))
              .build();
        });
  }

  private void measure(String what, Function<String, HttpRequest> requests) throws Exception {
    Map<String, String> environment = Servers.environment();
    try (StripeStandIn stripe =
        StripeStandIn.start(StripeStandIn.Options.onPort(0).withoutJournal())) {
      environment.put("STRIPE_API_BASE", stripe.url());
      environment.put("JDK_JAVA_OPTIONS", "");
      try (PackagedPortal portal = PackagedPortal.start(environment)) {
        load(portal, requests, WARM_UP);
        System.out.printf(
            "%n%s: %d connections, JDK %s, %d cores%n%8s %8s %8s %12s%n",
            what,
            CONNECTIONS,
            Runtime.version().feature(),
            Runtime.getRuntime().availableProcessors(),
            "req/s",
            "p50 ms",
            "p99 ms",
            "CPU ms/req");
        for (int round = 0; round < ROUNDS; round++) {
          System.out.println(load(portal, requests, MEASURED));
        }
      }
    }
  }

  private String load(
      PackagedPortal portal, Function<String, HttpRequest> requests, Duration duration)
      throws InterruptedException {
    ConcurrentHistogram micros = new ConcurrentHistogram(3);
    LongAdder failures = new LongAdder();
    Duration cpuBefore = portal.cpu();
    long end = System.nanoTime() + duration.toNanos();
    ExecutorService callers = Executors.newFixedThreadPool(CONNECTIONS);
    for (int i = 0; i < CONNECTIONS; i++) {
      callers.submit(() -> call(portal, requests, end, micros, failures));
    }
    callers.shutdown();
    if (!callers.awaitTermination(duration.toSeconds() + 30, TimeUnit.SECONDS)) {
      throw new IllegalStateException("Callers wait for answers that do not come");
    }
    if (failures.sum() > 0) {
      throw new IllegalStateException(failures + " requests were not answered 200");
    }
    long count = micros.getTotalCount();
    return "%8.0f %8.1f %8.1f %12.2f"
        .formatted(
            count / (double) duration.toSeconds(),
            micros.getValueAtPercentile(50) / 1000.0,
            micros.getValueAtPercentile(99) / 1000.0,
            portal.cpu().minus(cpuBefore).toMillis() / (double) count);
  }

  /** One caller with one connection, which asks again as soon as it is answered. */
  private void call(
      PackagedPortal portal,
      Function<String, HttpRequest> requests,
      long end,
      ConcurrentHistogram micros,
      LongAdder failures) {
    HttpClient client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .executor(Runnable::run)
            .build();
    while (System.nanoTime() < end) {
      HttpRequest request = requests.apply(portal.url(""));
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
