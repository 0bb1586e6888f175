package com.llmgenerator.billing.routes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.post;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.content;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.header;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.status;

import org.junit.jupiter.api.Test;

class OpenPortalAsUserRouteTest extends RouteTest {
  @Test
  void opensThePortalOfTheTokensUser() throws Exception {
    answers(billingAccountQuery(), "cus_1");
    stripeAnswersASession();
    http.perform(
            post("/api/v1/subscriptions/portal").header("Authorization", "Bearer " + REALM.token()))
        .andExpect(status().isOk())
        .andExpect(content().json("{\"url\": \"" + STRIPE_URL + "\"}"));
    assertThat(billingAccountQuery().getExchanges().get(0).getVariable("userId"))
        .isEqualTo("user-1");
  }

  @Test
  void asksNobodyWithoutAValidToken() throws Exception {
    http.perform(
            post("/api/v1/subscriptions/portal")
                .header("Authorization", "Bearer " + REALM.token(claims -> claims.issuer("x"))))
        .andExpect(status().isUnauthorized())
        .andExpect(
            header()
                .string(
                    "WWW-Authenticate",
                    "Bearer realm=\"billing-portal\", error=\"invalid_token\""));
    assertThat(billingAccountQuery().getExchanges()).isEmpty();
    assertThat(stripe().getExchanges()).isEmpty();
  }
}
