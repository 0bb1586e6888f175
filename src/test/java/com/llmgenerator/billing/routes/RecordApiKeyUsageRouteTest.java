package com.llmgenerator.billing.routes;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.camel.component.mock.MockEndpoint;
import org.junit.jupiter.api.Test;

class RecordApiKeyUsageRouteTest extends RouteTest {
  @Test
  void updatesTheKey() throws Exception {
    MockEndpoint update =
        camel.getEndpoint("mock:sql:file:routes/record-api-key-usage.sql", MockEndpoint.class);
    update.expectedMessageCount(1);
    template.send(
        camel.getRoute("record-api-key-usage").getEndpoint(),
        exchange -> {
          exchange.setVariable("apiKeyId", "key-1");
          exchange.getMessage().setHeader("CamelSqlQuery", "drop table api_key");
        });
    update.assertIsSatisfied();
    assertThat(update.getExchanges().get(0).getVariable("apiKeyId")).isEqualTo("key-1");
    assertThat(update.getExchanges().get(0).getMessage().getHeaders()).isEmpty();
  }
}
