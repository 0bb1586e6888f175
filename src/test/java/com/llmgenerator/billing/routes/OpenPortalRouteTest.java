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
        .containsExactlyInAnyOrderEntriesOf(
            Map.of("Content-Type", "application/json", "Cache-Control", "no-store"));
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

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"returnUrl\": \"\"}",
        "{\"returnUrl\": \"/billing\"}",
        "{\"returnUrl\": \"https://evil.example.com/\"}",
        "{\"returnUrl\": \"https://app.example.com.evil.example.com/\"}",
        "{\"returnUrl\": \"https://app.example.com:8443/\"}"
      })
  void refusesOtherReturnUrls(String body) {
    assertProblem(
        open(body),
        400,
        "invalid_return_url",
        "returnUrl must be an absolute URL on an allowed origin.");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        " ",
        "null",
        "[]",
        "[{}]",
        "1",
        "\"https://app.example.com/\"",
        "{",
        "{}{}",
        "{} x",
        "{\"returnUrl\": 1}",
        "{\"returnUrl\": 1.5}",
        "{\"returnUrl\": true}",
        "{\"returnUrl\": {}}",
        "{\"returnUrl\": [\"https://app.example.com/\"]}",
        "{\"returnurl\": \"https://app.example.com/\"}",
        "{\"customer\": \"cus_2\"}",
        "{\"returnUrl\": null, \"returnUrl\": null}",
        "{'returnUrl': null}",
        "\uFEFF{}"
      })
  void refusesOtherBodies(String body) {
    assertProblem(
        open(body),
        400,
        "invalid_request",
        "The request is malformed, or its body is not a JSON object with no other member than"
            + " returnUrl.");
  }

  private Exchange open(String body) {
    return run("open-portal", body, Map.of("userId", "user-1"));
  }

  private String askedForm() throws Exception {
    return EntityUtils.toString(
        stripe().getExchanges().get(0).getMessage().getBody(HttpEntity.class));
  }
}
