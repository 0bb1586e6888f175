package com.llmgenerator.billing.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.llmgenerator.billing.it.Caller.Answer;

/** What Stripe is answered to an event that is one. */
final class Outcomes {
  private Outcomes() {}

  static void assertOutcome(String outcome, Answer answer) {
    assertThat(answer.body()).isEqualTo("{\"outcome\":\"" + outcome + "\"}");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("Content-Type")).isEqualTo("application/json");
    assertThat(answer.header("Cache-Control")).isEqualTo("no-store");
  }
}
