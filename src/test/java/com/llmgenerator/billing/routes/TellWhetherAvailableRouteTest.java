package com.llmgenerator.billing.routes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.get;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.content;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.header;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.status;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TellWhetherAvailableRouteTest extends RouteTest {
  private static final String PATH = "/api/v1/subscriptions/portal";

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void tellsWhetherTheUserHasABillingAccount(boolean available) throws Exception {
    answers(availabilityQuery(), List.of(Map.of("available", available)));
    http.perform(get(PATH).header("Authorization", "Bearer " + REALM.token()))
        .andExpect(status().isOk())
        .andExpect(content().contentType("application/json"))
        .andExpect(header().string("Cache-Control", "no-store"))
        .andExpect(content().string("{\"available\":" + available + "}"));
    assertThat(availabilityQuery().getExchanges())
        .singleElement()
        .satisfies(asked -> assertThat(asked.getVariable("userId")).isEqualTo("user-1"))
        .satisfies(asked -> assertThat(asked.getMessage().getHeaders()).isEmpty());
    assertThat(stripe().getExchanges()).isEmpty();
  }

  @Test
  void asksNobodyWithoutAValidToken() throws Exception {
    http.perform(get(PATH).header("Authorization", "Bearer llmgen_x"))
        .andExpect(status().isUnauthorized());
    assertThat(availabilityQuery().getExchanges()).isEmpty();
  }
}
