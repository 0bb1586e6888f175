package com.llmgenerator.billing.problem;

/**
 * Why a route has a problem for its answer. There is one class below it for each HTTP status, which
 * {@code routes/90-problem-responses.camel.yaml} names, and below that one where a route throws it.
 * None has a cause: Camel would look at the cause first.
 */
public abstract class ProblemException extends RuntimeException {
  /**
   * @param reason for the log, not for the caller
   */
  ProblemException(String reason) {
    super(reason);
  }
}
