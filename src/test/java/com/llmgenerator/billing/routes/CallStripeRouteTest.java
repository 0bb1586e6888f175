package com.llmgenerator.billing.routes;

import static org.assertj.core.api.Assertions.assertThat;

import com.llmgenerator.billing.problem.PaymentProviderException;
import com.llmgenerator.billing.problem.PaymentProviderTimeoutException;
import com.llmgenerator.billing.problem.TemporarilyUnavailableException;
import java.util.Map;
import org.apache.camel.Exchange;
import org.junit.jupiter.api.Test;

class CallStripeRouteTest extends RouteTest {
  @Test
  void leavesWhatStripeAnswersBelow500ToTheCaller() {
    stripeAnswers(402, "{}");
    Exchange answer = run("call-stripe", "customer=cus_1", Map.of());
    assertThat(answer.getException()).isNull();
    assertThat(answer.getMessage().getHeader(Exchange.HTTP_RESPONSE_CODE)).isEqualTo(402);
  }

  @Test
  void answersEachFailureOfTheClientByItsName() {
    fail(stripe(), new PaymentProviderException("Stripe failed: 500"));
    assertProblem(call(), 502, "payment_provider_error", "The payment provider failed.");
    fail(stripe(), new PaymentProviderTimeoutException("Stripe did not answer in time"));
    assertProblem(
        call(), 504, "payment_provider_timeout", "The payment provider did not answer in time.");
    fail(stripe(), new TemporarilyUnavailableException("The circuit breaker is open"));
    Exchange busy = call();
    assertProblem(busy, 503, "temporarily_unavailable", "Try again in a moment.");
    assertThat(busy.getMessage().getHeader("Retry-After")).isEqualTo("2");
  }

  private Exchange call() {
    return run("call-stripe", "customer=cus_1", Map.of());
  }
}
