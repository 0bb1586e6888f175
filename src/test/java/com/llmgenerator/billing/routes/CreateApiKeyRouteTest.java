package com.llmgenerator.billing.routes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.post;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.header;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.jsonPath;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.status;

import com.llmgenerator.billing.auth.ApiKey;
import com.llmgenerator.billing.keys.NewApiKey;
import org.apache.camel.Exchange;
import org.junit.jupiter.api.Test;
import org.springframework.test.web.servlet.ResultActions;

class CreateApiKeyRouteTest extends RouteTest {
  @Test
  void answersTheKeyWhoseDigestIsStored() throws Exception {
    answers(apiKeys("add-api-key.sql"), "key-1");
    ResultActions answer = create(REALM.token());
    Exchange stored = apiKeys("add-api-key.sql").getExchanges().get(0);
    NewApiKey made = stored.getVariable("newApiKey", NewApiKey.class);
    assertThat(made.digest()).isEqualTo(ApiKey.parse(made.key()).digest());
    assertThat(stored.getVariable("userId")).isEqualTo("user-1");
    answer
        .andExpect(status().isCreated())
        .andExpect(header().string("Cache-Control", "no-store"))
        .andExpect(header().string("Content-Type", "application/json"))
        .andExpect(jsonPath("$.key").value(made.key()))
        .andExpect(jsonPath("$.id").value(made.id()))
        .andExpect(jsonPath("$.name").value("CRM"));
  }

  @Test
  void answersNoKeyThatWasNotStored() throws Exception {
    answers(apiKeys("add-api-key.sql"), null);
    create(REALM.token())
        .andExpect(status().isConflict())
        .andExpect(jsonPath("$.code").value("too_many_api_keys"))
        .andExpect(jsonPath("$.key").doesNotExist());
  }

  @Test
  void storesNothingForAStranger() throws Exception {
    create("wrong").andExpect(status().isUnauthorized());
    assertThat(apiKeys("add-api-key.sql").getExchanges()).isEmpty();
  }

  private ResultActions create(String token) throws Exception {
    return http.perform(
        post("/api/v1/api-keys")
            .header("Authorization", "Bearer " + token)
            .contentType("application/json")
            .content("{\"name\": \"CRM\"}"));
  }
}
