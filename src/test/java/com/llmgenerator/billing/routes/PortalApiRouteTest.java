package com.llmgenerator.billing.routes;

import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.delete;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.get;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.post;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.header;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.status;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PortalApiRouteTest extends RouteTest {
  @ParameterizedTest
  @ValueSource(strings = {"/api/v1/subscriptions/portal", "/api/v1/subscriptions/portal/api"})
  void takesPostAlone(String path) throws Exception {
    http.perform(post(path)).andExpect(status().isUnauthorized());
    http.perform(get(path))
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
