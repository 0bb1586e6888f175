package com.llmgenerator.billing.routes;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GetPortalAvailabilityRouteTest extends RouteTest {
  private static final String PATH = "/api/v1/subscriptions/portal";

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void tellsWhetherTheUserHasABillingAccount(boolean available) {
    answers(availabilityQuery(), List.of(Map.of("available", available)));
    HttpResponse<String> answer = get(request(PATH, REALM.token()));
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(header(answer, "Content-Type")).isEqualTo("application/json");
    assertThat(header(answer, "Cache-Control")).isEqualTo("no-store");
    assertThat(answer.body()).isEqualTo("{\"available\":" + available + "}");
    assertThat(availabilityQuery().getExchanges())
        .singleElement()
        .satisfies(asked -> assertThat(asked.getVariable("userId")).isEqualTo("user-1"))
        .satisfies(asked -> assertThat(asked.getMessage().getHeaders()).isEmpty());
    assertThat(stripe().getExchanges()).isEmpty();
  }

  @Test
  void asksNobodyWithoutAValidToken() {
    assertThat(get(request(PATH, "llmgen_x")).statusCode()).isEqualTo(401);
    assertThat(availabilityQuery().getExchanges()).isEmpty();
  }
}
