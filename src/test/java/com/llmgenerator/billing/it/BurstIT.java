package com.llmgenerator.billing.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.llmgenerator.billing.dev.StripeStandIn;
import com.llmgenerator.billing.it.Burst.Timed;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A burst of more callers than capacity, and those who come as soon as it is over. */
@Execution(ExecutionMode.CONCURRENT)
class BurstIT {
  private static final int NEXT = 5;

  @ParameterizedTest(name = "capacity {0}, {1} callers, {3} times")
  @CsvSource({"8, 40, 300, 10", "250, 1000, 1000, 3"})
  @Execution(ExecutionMode.CONCURRENT)
  void isFollowedByNo503(String capacity, int callers, int millis, int bursts) {
    Map<String, String> environment = Servers.environment();
    environment.put("PORTAL_REQUESTS_AT_ONCE", capacity);
    List<String> keys = Servers.addPayingUsers(Servers.DATABASE, callers, StripeStandIn.CUS_SLOW);
    try (StripeStandIn stripe = slow(Duration.ofMillis(millis))) {
      environment.put("STRIPE_API_BASE", stripe.url());
      try (PackagedPortal portal = PackagedPortal.start(environment)) {
        for (int i = 0; i < bursts; i++) {
          Burst burst = Burst.call(portal, keys).await();
          assertServed(Burst.call(portal, keys.subList(0, NEXT)).answers());
          assertThat(burst.answers())
              .extracting(timed -> timed.answer().status())
              .containsOnly(200, 503)
              .contains(200, 503);
        }
      }
    }
  }

  /** Some are too few for the circuit breaker. */
  @Test
  void thatTimesOutForSomeIsFollowedByNo503() {
    Map<String, String> environment = Servers.environment();
    environment.put("PORTAL_REQUESTS_AT_ONCE", "8");
    List<String> keys = Servers.addPayingUsers(Servers.DATABASE, 40, StripeStandIn.CUS_SLOW);
    List<String> others = Servers.addPayingUsers(Servers.DATABASE, NEXT, "cus_demo");
    try (StripeStandIn stripe = slow(Duration.ofSeconds(20))) {
      environment.put("STRIPE_API_BASE", stripe.url());
      try (PackagedPortal portal = PackagedPortal.start(environment)) {
        Burst burst = Burst.call(portal, keys).await();
        assertServed(Burst.call(portal, others).answers());
        assertThat(burst.answers())
            .extracting(timed -> timed.answer().status())
            .containsOnly(503, 504)
            .contains(504);
      }
    }
  }

  @Test
  void thatTimesOutForManyIsFollowedBy503OfTheCircuitBreakerUntilItCloses() {
    Map<String, String> environment = Servers.environment();
    environment.put("PORTAL_REQUESTS_AT_ONCE", "50");
    List<String> keys = Servers.addPayingUsers(Servers.DATABASE, 100, StripeStandIn.CUS_SLOW);
    String other = Servers.addPayingUsers(Servers.DATABASE, 1, "cus_demo").get(0);
    try (StripeStandIn stripe = slow(Duration.ofSeconds(20))) {
      environment.put("STRIPE_API_BASE", stripe.url());
      try (PackagedPortal portal = PackagedPortal.start(environment)) {
        Burst.call(portal, keys).await();
        Instant over = Instant.now();
        portal.await(
            () -> {
              Caller.Answer answer = Caller.post(portal, Caller.WITH_API_KEY, other, null);
              assertThat(answer.status()).isIn(200, 503);
              assertThat(portal.answered(answer.header("X-Request-Id")))
                  .containsPattern("code=\"ok\"|The circuit breaker is open");
              return answer.status() == 200;
            });
        assertThat(Duration.between(over, Instant.now())).isLessThan(Duration.ofSeconds(6));
        for (int i = 0; i < NEXT; i++) {
          assertServed(Burst.call(portal, List.of(other)).answers());
        }
      }
    }
  }

  private static StripeStandIn slow(Duration time) {
    return StripeStandIn.start(
        StripeStandIn.Options.onPort(0).withSlowAnswer(time).withoutJournal());
  }

  private static void assertServed(List<Timed> answers) {
    assertThat(answers).extracting(timed -> timed.answer().status()).containsOnly(200);
  }
}
