package com.llmgenerator.billing.routes;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import org.apache.camel.Exchange;
import org.junit.jupiter.api.Test;

class RevokeApiKeyRouteTest extends RouteTest {
  @Test
  void revokesTheKeyOfTheAddressForTheUserOfTheToken() {
    answers(apiKeys("revoke-api-key.sql"), "key-1");
    HttpResponse<String> answer = revoke("key-1", REALM.token());
    assertThat(answer.statusCode()).isEqualTo(204);
    assertThat(header(answer, "Cache-Control")).isEqualTo("no-store");
    assertThat(header(answer, "Content-Type")).isNull();
    assertThat(answer.body()).isEmpty();
    Exchange asked = apiKeys("revoke-api-key.sql").getExchanges().get(0);
    assertThat(asked.getVariable("revokedKeyId")).isEqualTo("key-1");
    assertThat(asked.getVariable("userId")).isEqualTo("user-1");
    assertThat(asked.getMessage().getHeaders()).isEmpty();
  }

  @Test
  void findsNoOtherKey() {
    HttpResponse<String> answer = revoke("key-1", REALM.token());
    assertThat(answer.statusCode()).isEqualTo(404);
    assertThat(answer.body()).contains("\"code\":\"not_found\"");
  }

  @Test
  void asksNothingForAStranger() {
    assertThat(revoke("key-1", "wrong").statusCode()).isEqualTo(401);
    assertThat(apiKeys("revoke-api-key.sql").getExchanges()).isEmpty();
  }

  private HttpResponse<String> revoke(String id, String token) {
    return delete(request("/api/v1/api-keys/" + id, token));
  }
}
