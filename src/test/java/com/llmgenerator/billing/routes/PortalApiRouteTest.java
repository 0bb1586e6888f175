package com.llmgenerator.billing.routes;

import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.delete;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.get;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.post;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.header;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.status;

import org.junit.jupiter.api.Test;

class PortalApiRouteTest extends RouteTest {
  @Test
  void takesQuestionsOfUsersAndOpensForThem() throws Exception {
    http.perform(get("/api/v1/subscriptions/portal")).andExpect(status().isUnauthorized());
    http.perform(post("/api/v1/subscriptions/portal")).andExpect(status().isUnauthorized());
  }

  @Test
  void takesPostAloneWithAnApiKey() throws Exception {
    http.perform(post("/api/v1/subscriptions/portal/api")).andExpect(status().isUnauthorized());
    http.perform(get("/api/v1/subscriptions/portal/api"))
        .andExpect(status().isMethodNotAllowed())
        .andExpect(header().string("Allow", "POST"));
  }

  @Test
  void takesWhatManagesApiKeys() throws Exception {
    http.perform(get("/api/v1/api-keys")).andExpect(status().isUnauthorized());
    http.perform(post("/api/v1/api-keys")).andExpect(status().isUnauthorized());
    http.perform(delete("/api/v1/api-keys/x")).andExpect(status().isUnauthorized());
    http.perform(post("/api/v1/api-keys/x"))
        .andExpect(status().isMethodNotAllowed())
        .andExpect(header().string("Allow", "DELETE"));
  }
}
