package com.llmgenerator.billing.routes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.get;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.content;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.header;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.status;

import org.junit.jupiter.api.Test;

class ListApiKeysRouteTest extends RouteTest {
  @Test
  void answersWhatTheDatabaseTellsOfTheUser() throws Exception {
    answers(apiKeys("list-api-keys.sql"), "{\"apiKeys\" : []}");
    http.perform(get("/api/v1/api-keys").header("Authorization", "Bearer " + REALM.token()))
        .andExpect(status().isOk())
        .andExpect(header().string("Content-Type", "application/json"))
        .andExpect(header().string("Cache-Control", "no-store"))
        .andExpect(content().string("{\"apiKeys\" : []}"));
    assertThat(apiKeys("list-api-keys.sql").getExchanges().get(0).getVariable("userId"))
        .isEqualTo("user-1");
  }

  @Test
  void asksNothingForAStranger() throws Exception {
    http.perform(get("/api/v1/api-keys")).andExpect(status().isUnauthorized());
    assertThat(apiKeys("list-api-keys.sql").getExchanges()).isEmpty();
  }
}
