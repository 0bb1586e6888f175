package com.llmgenerator.billing.routes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.delete;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.content;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.header;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.jsonPath;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.status;

import org.apache.camel.Exchange;
import org.junit.jupiter.api.Test;
import org.springframework.test.web.servlet.ResultActions;

class RevokeApiKeyRouteTest extends RouteTest {
  @Test
  void revokesTheKeyOfTheAddressForTheUserOfTheToken() throws Exception {
    answers(apiKeys("revoke-api-key.sql"), "key-1");
    revoke("key-1", REALM.token())
        .andExpect(status().isNoContent())
        .andExpect(header().string("Cache-Control", "no-store"))
        .andExpect(header().doesNotExist("Content-Type"))
        .andExpect(content().string(""));
    Exchange asked = apiKeys("revoke-api-key.sql").getExchanges().get(0);
    assertThat(asked.getVariable("revokedKeyId")).isEqualTo("key-1");
    assertThat(asked.getVariable("userId")).isEqualTo("user-1");
    assertThat(asked.getMessage().getHeaders()).isEmpty();
  }

  @Test
  void findsNoOtherKey() throws Exception {
    revoke("key-1", REALM.token())
        .andExpect(status().isNotFound())
        .andExpect(jsonPath("$.code").value("not_found"));
  }

  @Test
  void asksNothingForAStranger() throws Exception {
    revoke("key-1", "wrong").andExpect(status().isUnauthorized());
    assertThat(apiKeys("revoke-api-key.sql").getExchanges()).isEmpty();
  }

  private ResultActions revoke(String id, String token) throws Exception {
    return http.perform(
        delete("/api/v1/api-keys/" + id).header("Authorization", "Bearer " + token));
  }
}
