package com.llmgenerator.billing.it;

import static com.llmgenerator.billing.it.Problems.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import com.llmgenerator.billing.dev.StripeStandIn;
import com.llmgenerator.billing.it.Caller.Answer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What becomes of the requests in flight when the process is told to end. */
class ShutdownIT {
  private static final int IN_FLIGHT = 200;
  private static final int WARM_UP = 1_000;
  private static final int WARM_UP_AT_ONCE = 20;

  /** Less than the portal waits for, so that it asks once, and long enough to be told to end. */
  private static final Duration STRIPES_ANSWER = Duration.ofSeconds(2);

  private static final Duration GRACE = Duration.ofSeconds(20);

  @Test
  void answersAllRequestsInFlightAndThenEnds() {
    List<String> keys = Servers.addPayingUsers(Servers.DATABASE, IN_FLIGHT, StripeStandIn.CUS_SLOW);
    List<String> others = Servers.addPayingUsers(Servers.DATABASE, WARM_UP, "cus_demo");
    String late = Servers.addPayingUsers(Servers.DATABASE, 1, "cus_demo").get(0);
    Map<String, String> environment = Servers.environment();
    try (StripeStandIn stripe =
        StripeStandIn.start(StripeStandIn.Options.onPort(0).withSlowAnswer(STRIPES_ANSWER))) {
      environment.put("STRIPE_API_BASE", stripe.url());
      try (PackagedPortal portal = PackagedPortal.start(environment)) {
        Burst.warmUp(portal, others, WARM_UP_AT_ONCE);
        stripe.reset();
        Burst inFlight = Burst.call(portal, keys);
        portal.await(() -> stripe.portalSessionRequests().size() >= IN_FLIGHT);
        portal.terminate();
        Instant told = Instant.now();
        portal.await(() -> portal.health("/readiness") != 200);
        assertThat(inFlight.isAnswered()).isFalse();
        assertRefused(portal, late);
        assertThat(inFlight.answers())
            .allSatisfy(timed -> assertThat(timed.answer().status()).isEqualTo(200));
        assertThat(portal.awaitEnd()).isEqualTo(143);
        assertThat(Duration.between(told, Instant.now())).isLessThan(GRACE);
        assertThat(portal.log()).doesNotContain(" ERROR ", " WARN ");
      }
    }
  }

  private static void assertRefused(PackagedPortal portal, String key) {
    Answer answer;
    try {
      answer = Caller.post(portal, Caller.WITH_API_KEY, key, null);
    } catch (AssertionError e) {
      assertThat(e).hasMessageStartingWith("No answer to ");
      return;
    }
    assertProblem(answer, 503, "temporarily_unavailable", "Try again in a moment.");
    assertThat(answer.header("Retry-After")).isEqualTo("1");
  }
}
