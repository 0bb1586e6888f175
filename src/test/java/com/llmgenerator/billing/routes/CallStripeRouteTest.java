package com.llmgenerator.billing.routes;

import static org.assertj.core.api.Assertions.assertThat;

import com.llmgenerator.billing.stripe.PaymentProviderException;
import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.bulkhead.BulkheadRegistry;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import java.util.Map;
import org.apache.camel.Exchange;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

class CallStripeRouteTest extends RouteTest {
  @Autowired BulkheadRegistry bulkheads;

  @Test
  void leavesStripeAloneWhileItFails() {
    fail(stripe(), new PaymentProviderException("Stripe failed: 500"));
    for (int i = 0; i < 20; i++) {
      assertProblem(open(), 502, "payment_provider_error", "The payment provider failed.");
    }
    assertThat(breaker().getState()).isEqualTo(State.OPEN);
    Exchange exchange = open();
    assertProblem(exchange, 503, "temporarily_unavailable", "Try again in a moment.");
    assertThat(exchange.getMessage().getHeader("Retry-After")).isEqualTo("2");
    assertThat(stripe().getExchanges()).hasSize(20);
  }

  @Test
  void doesNotTakeARefusalForAFailure() {
    stripeAnswers(402, "{}");
    for (int i = 0; i < 40; i++) {
      assertThat(call().getException()).isNull();
    }
    assertThat(breaker().getState()).isEqualTo(State.CLOSED);
    assertThat(stripe().getExchanges()).hasSize(40);
  }

  @Test
  void refusesMoreCallsAtOnceThanTheBulkheadHolds() {
    Bulkhead bulkhead = bulkheads.bulkhead("stripe");
    int places = bulkhead.getBulkheadConfig().getMaxConcurrentCalls();
    assertThat(places).isEqualTo(2000);
    for (int i = 0; i < places; i++) {
      bulkhead.acquirePermission();
    }
    try {
      for (int i = 0; i < 40; i++) {
        assertProblem(call(), 503, "temporarily_unavailable", "Try again in a moment.");
      }
    } finally {
      for (int i = 0; i < places; i++) {
        bulkhead.releasePermission();
      }
    }
    assertThat(stripe().getExchanges()).isEmpty();
    assertThat(breaker().getState()).isEqualTo(State.CLOSED);
    stripeAnswersASession();
    assertThat(call().getMessage().getHeader(Exchange.HTTP_RESPONSE_CODE)).isEqualTo(200);
  }

  /** By way of a caller: a circuit breaker leaves its failures to the caller's error handler. */
  private Exchange open() {
    return run(
        "create-portal-session",
        null,
        Map.of("stripeCustomer", "cus_1", "returnUrl", "https://app.example.com/"));
  }

  private Exchange call() {
    return run("call-stripe", "customer=cus_1", Map.of());
  }
}
