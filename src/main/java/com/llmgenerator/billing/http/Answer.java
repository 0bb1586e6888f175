package com.llmgenerator.billing.http;

import com.llmgenerator.billing.problem.Problem;
import java.util.Map;

/**
 * An answer to a request, but for what every answer carries.
 *
 * @param status its HTTP status
 * @param headers its own headers, with the type of a body
 * @param body its bytes
 */
record Answer(int status, Map<String, String> headers, byte[] body) {
  private static final byte[] NOTHING = new byte[0];

  /** The refusal of what reaches no route: a problem. */
  static Answer refusal(RejectedRequest refusal, String requestId) {
    Problem problem = Problem.of(refusal.status(), refusal.code(), requestId);
    return new Answer(problem.status(), refusal.headers(), problem.json());
  }

  static Answer withoutBody(int status, Map<String, String> headers) {
    return new Answer(status, headers, NOTHING);
  }
}
