package com.llmgenerator.billing.it;

import static com.llmgenerator.billing.it.Problems.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import com.llmgenerator.billing.dev.StripeStandIn;
import com.llmgenerator.billing.it.Burst.Timed;
import com.llmgenerator.billing.it.Caller.Answer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * More callers than can be served, while Stripe is so slow that nobody gets out of their way. Not
 * part of every run, since it takes the whole machine for a while. It prints how long they wait: a
 * measurement, since they share the machine with all that they wait for.
 */
@Tag("load")
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class OverloadIT {
  /** More wait on virtual threads: see PortalProperties. */
  private static final boolean VIRTUAL_THREADS = Runtime.version().feature() >= 24;

  private static final int CALLERS = VIRTUAL_THREADS ? 3_500 : 2_000;
  private static final int CALLS_AT_ONCE = VIRTUAL_THREADS ? 2_375 : 200;
  private static final int WARM_UP = 1_000;
  private static final int WARM_UPS = 10;

  @Test
  void refusesAtOnceWhatCannotBeServedAndStaysHealthy() {
    List<String> many = Servers.addPayingUsers(Servers.DATABASE, CALLERS, StripeStandIn.CUS_SLOW);
    List<String> others = Servers.addPayingUsers(Servers.DATABASE, WARM_UP + 500, "cus_demo");
    Iterator<String> later = others.listIterator(WARM_UP);
    Map<String, String> environment = Servers.environment();
    try (StripeStandIn stripe =
        StripeStandIn.start(
            StripeStandIn.Options.onPort(0).withSlowAnswer(Duration.ofSeconds(10)))) {
      environment.put("STRIPE_API_BASE", stripe.url());
      // As in production: quick once it is warm.
      environment.put("JDK_JAVA_OPTIONS", "");
      try (PackagedPortal portal = PackagedPortal.start(environment)) {
        for (int i = 0; i < WARM_UPS; i++) {
          // Some of them are refused, too.
          Burst.call(portal, others.subList(0, WARM_UP)).answers();
        }
        Burst crowd = Burst.call(portal, many);
        Duration healthTook = Duration.ZERO;
        while (!crowd.isAnswered()) {
          Instant asked = Instant.now();
          assertThat(portal.health("/liveness")).isEqualTo(200);
          healthTook = longer(healthTook, Duration.between(asked, Instant.now()));
        }
        List<Timed> served = crowd.answers().stream().filter(OverloadIT::wasServed).toList();
        List<Timed> refused = crowd.answers().stream().filter(t -> !wasServed(t)).toList();
        assertThat(served).hasSizeBetween(1, CALLS_AT_ONCE);
        assertThat(refused).allSatisfy(OverloadIT::assertRefused);
        System.out.printf(
            "%d served, %d refused within %d ms, half of them within %d ms, healthy within %d ms%n",
            served.size(),
            refused.size(),
            longest(refused).toMillis(),
            median(refused).toMillis(),
            healthTook.toMillis());
        assertThat(portal.log()).doesNotContain("OutOfMemoryError", "\"ERROR\"");
        portal.await(
            () -> Caller.post(portal, Caller.WITH_API_KEY, later.next(), null).status() == 200);
      }
    }
  }

  @Test
  void refusesWithoutWaitingForAPlace() {
    List<String> slow = Servers.addPayingUsers(Servers.DATABASE, 1, StripeStandIn.CUS_SLOW);
    List<String> others = Servers.addPayingUsers(Servers.DATABASE, 20, "cus_demo");
    Map<String, String> environment = Servers.environment();
    environment.put("PORTAL_REQUESTS_AT_ONCE", "1");
    try (StripeStandIn stripe = StripeStandIn.start(0)) {
      environment.put("STRIPE_API_BASE", stripe.url());
      try (PackagedPortal portal = PackagedPortal.start(environment)) {
        Burst first = Burst.call(portal, slow);
        portal.await(() -> stripe.portalSessionRequests().size() == 1);
        List<Timed> refused = new ArrayList<>();
        for (String key : others) {
          refused.addAll(Burst.call(portal, List.of(key)).answers());
        }
        assertThat(first.isAnswered()).isFalse();
        assertThat(refused).allSatisfy(OverloadIT::assertRefused);
        System.out.printf(
            "%d refused within %d ms each%n", refused.size(), longest(refused).toMillis());
        assertThat(first.answers().get(0).answer().status()).isEqualTo(504);
      }
    }
  }

  private static Duration median(List<Timed> answers) {
    return answers.stream().map(Timed::took).sorted().toList().get(answers.size() / 2);
  }

  private static Duration longest(List<Timed> answers) {
    return answers.stream().map(Timed::took).reduce(Duration.ZERO, OverloadIT::longer);
  }

  private static Duration longer(Duration one, Duration other) {
    return one.compareTo(other) > 0 ? one : other;
  }

  private static boolean wasServed(Timed timed) {
    return timed.answer().status() != 503;
  }

  private static void assertRefused(Timed timed) {
    Answer answer = timed.answer();
    assertProblem(answer, 503, "temporarily_unavailable", "Try again in a moment.");
    assertThat(answer.header("Retry-After")).isIn("1", "2");
  }
}
