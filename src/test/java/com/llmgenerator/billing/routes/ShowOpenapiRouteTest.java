package com.llmgenerator.billing.routes;

import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.get;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.content;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.status;

import org.junit.jupiter.api.Test;
import org.springframework.core.io.ClassPathResource;

class ShowOpenapiRouteTest extends RouteTest {
  @Test
  void showsTheDocumentToAnybody() throws Exception {
    http.perform(get("/openapi.yaml"))
        .andExpect(status().isOk())
        .andExpect(content().contentType("application/yaml"))
        .andExpect(content().bytes(new ClassPathResource("openapi.yaml").getContentAsByteArray()));
  }
}
