package com.llmgenerator.billing.routes;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.apache.camel.Exchange;
import org.junit.jupiter.api.Test;

class FindBillingAccountRouteTest extends RouteTest {
  @Test
  void setsTheStripeCustomerAndLeavesTheBodyAlone() {
    answers(billingAccountQuery(), "cus_1");
    Exchange exchange = run("find-billing-account", "the body", Map.of("userId", "user-1"));
    assertThat(exchange.getVariable("stripeCustomer")).isEqualTo("cus_1");
    assertThat(exchange.getMessage().getBody()).isEqualTo("the body");
  }

  @Test
  void givesNoHeaderToTheQuery() throws Exception {
    answers(billingAccountQuery(), "cus_1");
    billingAccountQuery().expectedMessageCount(1);
    template.request(
        "direct:find-billing-account",
        exchange -> exchange.getMessage().setHeader("CamelSqlQuery", "drop table api_key"));
    billingAccountQuery().assertIsSatisfied();
    assertThat(billingAccountQuery().getExchanges().get(0).getMessage().getHeaders()).isEmpty();
  }

  @Test
  void refusesAUserWithoutAccount() {
    Exchange exchange = run("find-billing-account", null, Map.of("userId", "user-1"));
    assertProblem(
        exchange,
        400,
        "billing_account_not_found",
        "No billing account found. User must make a purchase first.");
  }
}
