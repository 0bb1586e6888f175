package com.llmgenerator.billing.routes;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.apache.camel.Exchange;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class OpenPortalRouteTest extends RouteTest {
  @BeforeEach
  void serversAnswer() {
    answers(billingAccountQuery(), "cus_1");
    stripeAnswersASession();
  }

  @Test
  void answersTheUrlOfAPortalSession() {
    Exchange exchange = open(null);
    assertThat(exchange.getMessage().getBody(String.class))
        .isEqualTo("{\"url\":\"" + STRIPE_URL + "\"}");
    assertThat(exchange.getMessage().getHeaders())
        .containsExactlyInAnyOrderEntriesOf(Map.of("Content-Type", "application/json"));
  }

  @ParameterizedTest
  @NullSource
  @ValueSource(strings = {"{}", "{\"returnUrl\": null}", " {\n} "})
  void returnsToTheDashboardByDefault(String body) throws Exception {
    open(body);
    assertThat(askedForm())
        .isEqualTo("customer=cus_1&return_url=https%3A%2F%2Fapp.example.com%2Fdashboard");
  }

  @Test
  void returnsWhereTheCallerAsks() throws Exception {
    open("{\"returnUrl\": \"https://app.example.com/billing?tab=1\"}");
    assertThat(askedForm())
        .isEqualTo("customer=cus_1&return_url=https%3A%2F%2Fapp.example.com%2Fbilling%3Ftab%3D1");
  }

  @Test
  void returnsToAnOriginOfTheKey() throws Exception {
    run(
        "open-portal",
        "{\"returnUrl\": \"https://b.example.com/\"}",
        Map.of(
            "userId", "user-1", "keyReturnOrigins", "https://a.example.com https://b.example.com"));
    assertThat(askedForm()).isEqualTo("customer=cus_1&return_url=https%3A%2F%2Fb.example.com%2F");
  }

  @Test
  void opensWhereTheUserChangesThePaymentMethod() throws Exception {
    open("{\"locale\": \"fr\", \"flow\": \"payment_method_update\"}");
    assertThat(askedForm())
        .isEqualTo(
            "customer=cus_1&return_url=https%3A%2F%2Fapp.example.com%2Fdashboard&locale=fr"
                + "&flow_data%5Btype%5D=payment_method_update"
                + "&flow_data%5Bafter_completion%5D%5Btype%5D=redirect"
                + "&flow_data%5Bafter_completion%5D%5Bredirect%5D%5Breturn_url%5D="
                + "https%3A%2F%2Fapp.example.com%2Fdashboard");
    assertThat(subscriptionQuery().getExchanges()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"subscription_cancel", "subscription_update"})
  void opensWhereTheUserChangesTheSubscription(String flow) throws Exception {
    answers(subscriptionQuery(), "sub_1");
    open("{\"returnUrl\": \"https://app.example.com/b\", \"flow\": \"" + flow + "\"}");
    assertThat(askedForm())
        .isEqualTo(
            ("customer=cus_1&return_url=https%3A%2F%2Fapp.example.com%2Fb"
                    + "&flow_data%5Btype%5D=FLOW"
                    + "&flow_data%5BFLOW%5D%5Bsubscription%5D=sub_1"
                    + "&flow_data%5Bafter_completion%5D%5Btype%5D=redirect"
                    + "&flow_data%5Bafter_completion%5D%5Bredirect%5D%5Breturn_url%5D="
                    + "https%3A%2F%2Fapp.example.com%2Fb")
                .replace("FLOW", flow));
  }

  @Test
  void asksStripeNothingWithoutSubscription() {
    answers(subscriptionQuery(), null);
    assertProblem(
        open("{\"flow\": \"subscription_cancel\"}"),
        400,
        "subscription_not_found",
        "No subscription found that goes on: there is nothing to cancel or change.");
    assertThat(stripe().getExchanges()).isEmpty();
  }

  @Test
  void tellsThatStripeDoesNotOpenTheFlow() {
    answers(subscriptionQuery(), "sub_1");
    stripeAnswers(400, "{\"error\": {\"message\": \"This subscription cannot be updated\"}}");
    assertProblem(
        open("{\"flow\": \"subscription_update\"}"),
        400,
        "flow_unavailable",
        "This flow is not open for your subscription now. Open the portal without flow.");
  }

  private Exchange open(String body) {
    return run("open-portal", body, Map.of("userId", "user-1"));
  }

  private String askedForm() throws Exception {
    return EntityUtils.toString(
        stripe().getExchanges().get(0).getMessage().getBody(HttpEntity.class));
  }
}
