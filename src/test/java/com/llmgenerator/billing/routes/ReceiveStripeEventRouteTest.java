package com.llmgenerator.billing.routes;

import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.post;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.content;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.header;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.jsonPath;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.status;

import com.llmgenerator.billing.dev.SignedEvent;
import java.util.HashMap;
import java.util.Map;
import org.apache.camel.component.mock.MockEndpoint;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.test.web.servlet.ResultActions;

class ReceiveStripeEventRouteTest extends RouteTest {
  private static final String SECRET = "whsec_0123456789abcdef";

  private MockEndpoint query;

  @BeforeEach
  void rowIsStored() {
    query = camel.getEndpoint("mock:sql:file:routes/store-customer-event.sql", MockEndpoint.class);
  }

  @ParameterizedTest
  @CsvSource({"stored,", "known,", "conflict, Two users"})
  void tellsWhatBecameOfTheEvent(String outcome, String conflict) throws Exception {
    Map<String, String> row = new HashMap<>();
    row.put("outcome", outcome);
    row.put("conflict", conflict);
    answers(query, row);
    assertReceipt(send(SignedEvent.purchase("evt_1", 1, false, "cus_1", "user-1")), outcome);
  }

  @Test
  void ignoresEventsOfTheOtherMode() throws Exception {
    query.expectedMessageCount(0);
    assertReceipt(send(SignedEvent.purchase("evt_1", 1, true, "cus_1", "user-1")), "ignored");
    query.assertIsSatisfied();
  }

  @Test
  void refusesWhatStripeDidNotSign() throws Exception {
    query.expectedMessageCount(0);
    SignedEvent event = SignedEvent.purchase("evt_1", 1, false, "cus_1", "user-1");
    send(event, event.signature("whsec_another"))
        .andExpect(status().isBadRequest())
        .andExpect(jsonPath("$.code").value("invalid_event"));
    query.assertIsSatisfied();
  }

  private ResultActions send(SignedEvent event) throws Exception {
    return send(event, event.signature(SECRET));
  }

  private ResultActions send(SignedEvent event, String signature) throws Exception {
    return http.perform(
        post("/api/v1/stripe/events")
            .contentType("application/json; charset=utf-8")
            .header("Stripe-Signature", signature)
            .content(event.bytes()));
  }

  private static void assertReceipt(ResultActions answer, String outcome) throws Exception {
    answer
        .andExpect(status().isOk())
        .andExpect(header().string("Cache-Control", "no-store"))
        .andExpect(content().contentType("application/json"))
        .andExpect(content().string("{\"outcome\":\"" + outcome + "\"}"));
  }
}
