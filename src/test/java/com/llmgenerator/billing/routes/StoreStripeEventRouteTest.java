package com.llmgenerator.billing.routes;

import static org.assertj.core.api.Assertions.assertThat;

import com.llmgenerator.billing.stripe.webhook.StripeEvent;
import java.time.OffsetDateTime;
import java.util.Map;
import org.apache.camel.Exchange;
import org.apache.camel.component.mock.MockEndpoint;
import org.junit.jupiter.api.Test;
import org.springframework.dao.DataAccessResourceFailureException;

class StoreStripeEventRouteTest extends RouteTest {
  private static final OffsetDateTime NOW = OffsetDateTime.now();

  @Test
  void storesWhatIsToldOfCustomers() throws Exception {
    Map<String, String> row = Map.of("outcome", "stored");
    answers(query("store-customer-event"), row);
    query("store-customer-event").expectedMessageCount(1);
    query("store-subscription-event").expectedMessageCount(0);
    assertThat(store("customer").getVariable("stored")).isEqualTo(row);
    MockEndpoint.assertIsSatisfied(camel);
  }

  @Test
  void storesWhatIsToldOfSubscriptions() throws Exception {
    answers(query("store-subscription-event"), "known");
    query("store-customer-event").expectedMessageCount(0);
    query("store-subscription-event").expectedMessageCount(1);
    assertThat(store("subscription").getVariable("stored")).isEqualTo("known");
    MockEndpoint.assertIsSatisfied(camel);
  }

  @Test
  void storesNothingElse() throws Exception {
    query("store-customer-event").expectedMessageCount(0);
    query("store-subscription-event").expectedMessageCount(0);
    assertThat(store("nothing").getVariable("stored")).isNull();
    MockEndpoint.assertIsSatisfied(camel);
  }

  @Test
  void givesNoHeaderToTheQuery() {
    answers(query("store-customer-event"), Map.of("outcome", "stored"));
    store("customer");
    assertThat(query("store-customer-event").getExchanges().get(0).getMessage().getHeaders())
        .isEmpty();
  }

  @Test
  void tellsWhenTheDatabaseIsDown() {
    fail(query("store-customer-event"), new DataAccessResourceFailureException("down"));
    assertProblem(store("customer"), 503, "temporarily_unavailable", "Try again in a moment.");
  }

  private Exchange store(String subject) {
    StripeEvent event =
        new StripeEvent(
            "evt_1", "x", NOW, false, subject, "cus_1", "user-1", false, null, null, null);
    return template.request(
        "direct:store-stripe-event",
        exchange -> {
          exchange.getMessage().setHeader("CamelSqlQuery", "drop table api_key");
          exchange.setVariable("event", event);
        });
  }

  private MockEndpoint query(String file) {
    return camel.getEndpoint("mock:sql:file:routes/" + file + ".sql", MockEndpoint.class);
  }
}
