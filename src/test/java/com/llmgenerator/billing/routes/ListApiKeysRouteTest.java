package com.llmgenerator.billing.routes;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;

class ListApiKeysRouteTest extends RouteTest {
  @Test
  void answersWhatTheDatabaseTellsOfTheUser() {
    answers(apiKeys("list-api-keys.sql"), "{\"apiKeys\" : []}");
    HttpResponse<String> answer = get(request("/api/v1/api-keys", REALM.token()));
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(header(answer, "Content-Type")).isEqualTo("application/json");
    assertThat(header(answer, "Cache-Control")).isEqualTo("no-store");
    assertThat(answer.body()).isEqualTo("{\"apiKeys\" : []}");
    assertThat(apiKeys("list-api-keys.sql").getExchanges().get(0).getVariable("userId"))
        .isEqualTo("user-1");
  }

  @Test
  void asksNothingForAStranger() {
    assertThat(get(request("/api/v1/api-keys")).statusCode()).isEqualTo(401);
    assertThat(apiKeys("list-api-keys.sql").getExchanges()).isEmpty();
  }
}
