package com.llmgenerator.billing.routes;

import static org.assertj.core.api.Assertions.assertThat;

import com.llmgenerator.billing.apikeys.CreatedApiKey;
import com.llmgenerator.billing.auth.ApiKey;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import org.apache.camel.Exchange;
import org.junit.jupiter.api.Test;

class CreateApiKeyRouteTest extends RouteTest {
  @Test
  void answersTheKeyWhoseDigestIsStored() {
    answers(apiKeys("store-api-key.sql"), "key-1");
    HttpResponse<String> answer = create(REALM.token());
    Exchange stored = apiKeys("store-api-key.sql").getExchanges().get(0);
    CreatedApiKey made = stored.getVariable("newApiKey", CreatedApiKey.class);
    assertThat(made.digest()).isEqualTo(new ApiKey(made.key()).digest());
    assertThat(stored.getVariable("userId")).isEqualTo("user-1");
    assertThat(answer.statusCode()).isEqualTo(201);
    assertThat(header(answer, "Cache-Control")).isEqualTo("no-store");
    assertThat(header(answer, "Content-Type")).isEqualTo("application/json");
    assertThat(answer.body())
        .contains("\"key\":\"" + made.key() + "\"")
        .contains("\"id\":\"" + made.id() + "\"")
        .contains("\"name\":\"CRM\"");
  }

  @Test
  void answersNoKeyThatWasNotStored() {
    answers(apiKeys("store-api-key.sql"), null);
    HttpResponse<String> answer = create(REALM.token());
    assertThat(answer.statusCode()).isEqualTo(409);
    assertThat(answer.body()).contains("\"code\":\"too_many_api_keys\"").doesNotContain("\"key\"");
  }

  @Test
  void storesNothingForAStranger() {
    assertThat(create("wrong").statusCode()).isEqualTo(401);
    assertThat(apiKeys("store-api-key.sql").getExchanges()).isEmpty();
  }

  private HttpResponse<String> create(String token) {
    return send(
        request("/api/v1/api-keys", token)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString("{\"name\": \"CRM\"}")));
  }
}
