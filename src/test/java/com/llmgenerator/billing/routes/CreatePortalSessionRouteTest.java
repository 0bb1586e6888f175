package com.llmgenerator.billing.routes;

import static org.assertj.core.api.Assertions.assertThat;

import com.llmgenerator.billing.portal.PortalSession;
import java.util.Map;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.component.http.HttpEndpoint;
import org.apache.camel.spi.InterceptSendToEndpoint;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.junit.jupiter.api.Test;

class CreatePortalSessionRouteTest extends RouteTest {
  private static final Map<String, Object> VARIABLES =
      Map.of("stripeCustomer", "cus_1", "returnUrl", "https://app.example.com/a?b=c&d");

  @Test
  void asksStripeForASessionOfTheCustomer() throws Exception {
    stripeAnswersASession();
    Exchange exchange = run("create-portal-session", "caller's body", VARIABLES);
    assertThat(exchange.getMessage().getBody()).isEqualTo(new PortalSession(STRIPE_URL));

    Message asked = stripe().getExchanges().get(0).getMessage();
    assertThat(EntityUtils.toString(asked.getBody(HttpEntity.class)))
        .isEqualTo("customer=cus_1&return_url=https%3A%2F%2Fapp.example.com%2Fa%3Fb%3Dc%26d");
    assertThat(asked.getHeader("Idempotency-Key", String.class))
        .matches("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
    asked.removeHeader("Idempotency-Key");
    assertThat(asked.getHeaders())
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                "Authorization", "Bearer sk_test_routes",
                "Stripe-Version", "2026-09-30.endive"));
  }

  @Test
  void usesANewIdempotencyKeyEachTime() {
    stripeAnswersASession();
    run("create-portal-session", null, VARIABLES);
    run("create-portal-session", null, VARIABLES);
    assertThat(stripe().getExchanges())
        .extracting(exchange -> exchange.getMessage().getHeader("Idempotency-Key"))
        .doesNotHaveDuplicates();
  }

  @Test
  void callsOverTls() {
    assertThat(camel.getEndpoints())
        .filteredOn(InterceptSendToEndpoint.class::isInstance)
        .extracting(endpoint -> ((InterceptSendToEndpoint) endpoint).getOriginalEndpoint())
        .filteredOn(HttpEndpoint.class::isInstance)
        .extracting(endpoint -> ((HttpEndpoint) endpoint).getHttpUri().toString())
        .containsExactly("https://api.stripe.com/v1/billing_portal/sessions");
  }

  @Test
  void takesACustomerUnknownToStripeForNoAccount() {
    stripeAnswers(
        400,
        """
        {"error": {"code": "resource_missing", "param": "customer", "message": "No such customer"}}
        """);
    assertProblem(
        run("create-portal-session", null, VARIABLES),
        400,
        "billing_account_not_found",
        "No billing account found. User must make a purchase first.");
  }

  @Test
  void takesStripesRateLimitForUnavailable() {
    stripeAnswers(429, "{}");
    Exchange exchange = run("create-portal-session", null, VARIABLES);
    assertProblem(exchange, 503, "temporarily_unavailable", "Try again in a moment.");
    assertThat(exchange.getMessage().getHeader("Retry-After")).isEqualTo("2");
  }

  @Test
  void takesAnythingElseForAFailureOfThePaymentProvider() {
    stripeAnswers(200, "<html>");
    assertProblem(
        run("create-portal-session", null, VARIABLES),
        502,
        "payment_provider_error",
        "The payment provider failed.");
  }
}
