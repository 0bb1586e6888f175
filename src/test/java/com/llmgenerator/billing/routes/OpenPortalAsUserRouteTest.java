package com.llmgenerator.billing.routes;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;

class OpenPortalAsUserRouteTest extends RouteTest {
  @Test
  void opensThePortalOfTheTokensUser() {
    answers(billingAccountQuery(), "cus_1");
    stripeAnswersASession();
    HttpResponse<String> answer = post(request("/api/v1/subscriptions/portal", REALM.token()));
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo("{\"url\":\"" + STRIPE_URL + "\"}");
    assertThat(billingAccountQuery().getExchanges().get(0).getVariable("userId"))
        .isEqualTo("user-1");
  }

  @Test
  void asksNobodyWithoutAValidToken() {
    String token = REALM.token(claims -> claims.issuer("x"));
    HttpResponse<String> answer = post(request("/api/v1/subscriptions/portal", token));
    assertThat(answer.statusCode()).isEqualTo(401);
    assertThat(header(answer, "WWW-Authenticate"))
        .isEqualTo("Bearer realm=\"billing-portal\", error=\"invalid_token\"");
    assertThat(billingAccountQuery().getExchanges()).isEmpty();
    assertThat(stripe().getExchanges()).isEmpty();
  }
}
