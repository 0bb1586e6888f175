package com.llmgenerator.billing.routes;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.apache.camel.Exchange;
import org.junit.jupiter.api.Test;

class FindSubscriptionRouteTest extends RouteTest {
  @Test
  void setsTheSubscriptionAndLeavesTheBodyAlone() {
    answers(subscriptionQuery(), "sub_1");
    Exchange exchange = run("find-subscription", "the body", Map.of("stripeCustomer", "cus_1"));
    assertThat(exchange.getVariable("subscription")).isEqualTo("sub_1");
    assertThat(exchange.getMessage().getBody()).isEqualTo("the body");
  }

  @Test
  void givesNoHeaderToTheQuery() {
    answers(subscriptionQuery(), "sub_1");
    template.request(
        "direct:find-subscription",
        exchange -> exchange.getMessage().setHeader("CamelSqlQuery", "select 'sub_2'"));
    assertThat(subscriptionQuery().getExchanges())
        .singleElement()
        .satisfies(asked -> assertThat(asked.getMessage().getHeaders()).isEmpty());
  }

  @Test
  void refusesACustomerWithoutSubscription() {
    assertProblem(
        run("find-subscription", null, Map.of("stripeCustomer", "cus_1")),
        400,
        "subscription_not_found",
        "No subscription found that goes on: there is nothing to cancel or change.");
  }
}
