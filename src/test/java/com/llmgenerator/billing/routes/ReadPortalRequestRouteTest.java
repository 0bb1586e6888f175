package com.llmgenerator.billing.routes;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.apache.camel.Exchange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReadPortalRequestRouteTest extends RouteTest {
  @ParameterizedTest
  @NullSource
  @ValueSource(
      strings = {
        "{}",
        "{\"returnUrl\": null, \"locale\": null, \"flow\": null}",
        "null",
        " null",
        "\r\n\tnull \n"
      })
  void choosesTheDashboardAndNothingElseByDefault(String body) {
    assertThat(read(body).getVariables())
        .containsExactlyInAnyOrderEntriesOf(
            Map.of("returnUrl", "https://app.example.com/dashboard"));
  }

  @Test
  void encodesAReturnUrlAndTakesTheNearestLanguage() {
    assertThat(
            read("{\"locale\": \"en-US\", \"returnUrl\": \"https://app.example.com/{{a}}?${b}\"}")
                .getVariables())
        .containsExactlyInAnyOrderEntriesOf(
            Map.of("returnUrl", "https://app.example.com/%7B%7Ba%7D%7D?$%7Bb%7D", "locale", "en"));
  }

  @Test
  void takesWhatTheCallerChooses() {
    String body =
        """
        {"flow": "subscription_update", "locale": "es-419", "returnUrl": "https://app.example.com/b"}
        """;
    assertThat(read(body).getVariables())
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                "returnUrl", "https://app.example.com/b",
                "locale", "es-419",
                "flow", "subscription_update"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "fr_CA", "fr-", "e"})
  void refusesOtherLanguages(String locale) {
    assertProblem(
        read("{\"locale\": \"" + locale + "\"}"),
        400,
        "invalid_locale",
        "locale must be a language tag (BCP 47), like fr or pt-BR.");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "subscription_update_confirm", "SUBSCRIPTION_CANCEL"})
  void refusesOtherFlows(String flow) {
    assertProblem(
        read("{\"flow\": \"" + flow + "\"}"),
        400,
        "invalid_flow",
        "flow must be payment_method_update, subscription_cancel or subscription_update.");
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
        read(body),
        400,
        "invalid_return_url",
        "returnUrl must be an absolute URL on an allowed origin.");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        " ",
        "null,",
        "null null",
        "Null",
        "\"null\"",
        "\u00a0null",
        "nullx",
        "[null]",
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
        "{\"locale\": 1}",
        "{\"flow\": [\"subscription_cancel\"]}",
        "{\"subscription\": \"sub_2\"}",
        "{\"flow\": \"subscription_cancel\", \"flow\": null}",
        "{\"returnurl\": \"https://app.example.com/\"}",
        "{\"customer\": \"cus_2\"}",
        "{\"returnUrl\": null, \"returnUrl\": null}",
        "{'returnUrl': null}",
        "\uFEFF{}"
      })
  void refusesOtherBodies(String body) {
    assertProblem(
        read(body),
        400,
        "invalid_request",
        "The request is malformed, or its body is not a JSON object with the members of this"
            + " operation alone.");
  }

  private Exchange read(String body) {
    return run("read-portal-request", body, Map.of());
  }
}
