package com.llmgenerator.billing.routes;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.apache.camel.Exchange;
import org.junit.jupiter.api.Test;

class StoreApiKeyRouteTest extends RouteTest {
  @Test
  void tellsTheIdOfTheKeyAndLeavesTheBodyAlone() {
    answers(apiKeys("store-api-key.sql"), "key-1");
    Exchange exchange = run("store-api-key", "the body", Map.of("userId", "user-1"));
    assertThat(exchange.getVariable("managedApiKeyId")).isEqualTo("key-1");
    assertThat(exchange.getMessage().getBody()).isEqualTo("the body");
    assertThat(apiKeys("store-api-key.sql").getExchanges().get(0).getMessage().getHeaders())
        .isEmpty();
  }

  @Test
  void refusesAKeyForWhichThereIsNoRoom() {
    assertProblem(
        run("store-api-key", null, Map.of("userId", "user-1")),
        409,
        "too_many_api_keys",
        "You have 10 API keys in force. Revoke one first.");
  }
}
