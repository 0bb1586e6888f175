package com.llmgenerator.billing.it;

import static com.llmgenerator.billing.it.Caller.WITH_API_KEY;
import static com.llmgenerator.billing.it.Problems.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import com.llmgenerator.billing.it.Caller.Answer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Stripe is left alone while it fails, and asked again without anybody's doing. */
@Execution(ExecutionMode.CONCURRENT)
class BreakerIT {
  /** As {@code minimumNumberOfCalls} in {@code routes/33-call-stripe.camel.yaml}. */
  private static final int FAILURES = 20;

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
        for (int i = 0; i < FAILURES; i++) {
          assertProblem(
              Caller.post(portal, WITH_API_KEY, key, null),
              502,
              "payment_provider_error",
              "The payment provider failed.");
        }
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
            .containsOnlyOnce(" : Stripe failed so often that it is left alone for some seconds");

        stripe.answers(stripe.portalSession());
        portal.await(() -> Caller.post(portal, WITH_API_KEY, key, null).status() == 200);
        portal.await(() -> !portal.metrics().contains(OPEN));
      }
    }
  }

  /**
   * One call may be under way, and is: the others find no connection, which is no fault of Stripe.
   */
  @Test
  void returns200StillWhenMostCallsLackAConnection() throws InterruptedException {
    Map<String, String> environment = Servers.environment();
    String key = Servers.addPayingUsers(Servers.DATABASE, 1, "cus_demo").get(0);
    try (LyingServer stripe = new LyingServer()) {
      environment.put("STRIPE_API_BASE", stripe.url());
      environment.put("PORTAL_OFFER_CHECKED", "false");
      environment.put("PORTAL_REQUESTS_AT_ONCE", "2");
      try (PackagedPortal portal = PackagedPortal.start(environment)) {
        LyingServer.Answer session = stripe.portalSession();
        stripe.answers(
            output -> {
              Thread.sleep(3_000);
              session.send(output);
            });
        List<Integer> statuses = Collections.synchronizedList(new ArrayList<>());
        Instant end = Instant.now().plusSeconds(20);
        Runnable asking =
            () -> {
              while (Instant.now().isBefore(end)) {
                statuses.add(Caller.post(portal, WITH_API_KEY, key, null).status());
              }
            };
        Thread another = new Thread(asking);
        another.start();
        asking.run();
        another.join();
        assertThat(statuses).hasSizeGreaterThan(FAILURES).containsOnly(200, 503);
        assertThat(statuses).filteredOn(status -> status == 503).hasSizeGreaterThan(FAILURES / 2);
        assertThat(statuses).filteredOn(status -> status == 200).hasSizeGreaterThan(4);
        assertThat(portal.metrics()).doesNotContain(OPEN);
        assertThat(portal.log()).doesNotContain("left alone for some seconds");
      }
    }
  }
}
