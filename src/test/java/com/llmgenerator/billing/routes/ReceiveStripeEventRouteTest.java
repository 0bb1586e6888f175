package com.llmgenerator.billing.routes;

import static org.assertj.core.api.Assertions.assertThat;

import com.llmgenerator.billing.dev.SignedEvent;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.HashMap;
import java.util.Map;
import org.apache.camel.component.mock.MockEndpoint;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
  void ignoresEventsOfConnectedAccounts() throws Exception {
    query.expectedMessageCount(0);
    SignedEvent event = SignedEvent.purchase("evt_1", 1, false, "cus_1", "user-1");
    assertReceipt(send(event.with("account", "\"acct_1\"")), "ignored");
    query.assertIsSatisfied();
  }

  @Test
  void refusesWhatStripeDidNotSign() throws Exception {
    query.expectedMessageCount(0);
    SignedEvent event = SignedEvent.purchase("evt_1", 1, false, "cus_1", "user-1");
    HttpResponse<String> answer = send(event, event.signature("whsec_another"));
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).contains("\"code\":\"invalid_event\"");
    query.assertIsSatisfied();
  }

  private HttpResponse<String> send(SignedEvent event) {
    return send(event, event.signature(SECRET));
  }

  private HttpResponse<String> send(SignedEvent event, String signature) {
    return send(
        request("/api/v1/stripe/events")
            .header("Content-Type", "application/json; charset=utf-8")
            .header("Stripe-Signature", signature)
            .POST(BodyPublishers.ofByteArray(event.bytes())));
  }

  private static void assertReceipt(HttpResponse<String> answer, String outcome) {
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(header(answer, "Cache-Control")).isEqualTo("no-store");
    assertThat(header(answer, "Content-Type")).isEqualTo("application/json");
    assertThat(answer.body()).isEqualTo("{\"outcome\":\"" + outcome + "\"}");
  }
}
