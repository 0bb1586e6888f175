package com.llmgenerator.billing.routes;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;

class RestApiRouteTest extends RouteTest {
  @Test
  void takesQuestionsOfUsersAndOpensForThem() {
    assertThat(get(request("/api/v1/subscriptions/portal")).statusCode()).isEqualTo(401);
    assertThat(post(request("/api/v1/subscriptions/portal")).statusCode()).isEqualTo(401);
  }

  @Test
  void takesPostAloneWithAnApiKey() {
    assertThat(post(request("/api/v1/subscriptions/portal/api")).statusCode()).isEqualTo(401);
    assertTakesOnly("POST", get(request("/api/v1/subscriptions/portal/api")));
  }

  @Test
  void takesWhatManagesApiKeys() {
    assertThat(get(request("/api/v1/api-keys")).statusCode()).isEqualTo(401);
    assertThat(post(request("/api/v1/api-keys")).statusCode()).isEqualTo(401);
    assertThat(delete(request("/api/v1/api-keys/x")).statusCode()).isEqualTo(401);
    assertTakesOnly("DELETE", post(request("/api/v1/api-keys/x")));
  }

  private static void assertTakesOnly(String method, HttpResponse<String> answer) {
    assertThat(answer.statusCode()).isEqualTo(405);
    assertThat(header(answer, "Allow")).isEqualTo(method);
  }
}
