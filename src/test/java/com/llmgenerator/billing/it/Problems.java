package com.llmgenerator.billing.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.llmgenerator.billing.it.Caller.Answer;

/** What every answer that is no success looks like. */
final class Problems {
  private Problems() {}

  /** The whole answer: nothing but the fixed texts and its own request id stands in it. */
  static void assertProblem(Answer answer, int status, String code, String detail) {
    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.body())
        .matches(
            "\\{\"type\":\"about:blank\",\"title\":\"[A-Za-z ]+\",\"status\":%d,\"code\":\"%s\","
                    .formatted(status, code)
                + "\"detail\":\"\\Q%s\\E\",\"requestId\":\"\\Q%s\\E\"\\}"
                    .formatted(detail, answer.header("X-Request-Id")));
    assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
    assertThat(answer.header("Cache-Control")).isEqualTo("no-store");
  }
}
