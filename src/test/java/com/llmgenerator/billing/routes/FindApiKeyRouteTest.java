package com.llmgenerator.billing.routes;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.apache.camel.Exchange;
import org.junit.jupiter.api.Test;

class FindApiKeyRouteTest extends RouteTest {
  private static final Map<String, Object> VARIABLES = Map.of("apiKeyDigest", new byte[32]);

  @Test
  void setsTheKeysIdAndOwnerAndLeavesTheBodyAlone() {
    answers(
        apiKeyQuery(),
        Map.of(
            "id",
            "key-1",
            "user_id",
            "user-1",
            "return_origins",
            "https://a.example.com",
            "last_use_is_old",
            true));
    Exchange exchange = run("find-api-key", "the body", VARIABLES);
    assertThat(exchange.getVariable("apiKeyId")).isEqualTo("key-1");
    assertThat(exchange.getVariable("userId")).isEqualTo("user-1");
    assertThat(exchange.getVariable("keyReturnOrigins")).isEqualTo("https://a.example.com");
    assertThat(exchange.getMessage().getBody()).isEqualTo("the body");
    assertThat(apiKeyQuery().getExchanges().get(0).getMessage().getHeaders()).isEmpty();
  }

  @Test
  void refusesAnUnknownKey() {
    Exchange exchange = run("find-api-key", null, VARIABLES);
    assertThat(exchange.getMessage().getHeader("CamelHttpResponseCode")).isEqualTo(401);
    assertThat(exchange.getVariable("userId")).isNull();
  }
}
