package com.llmgenerator.billing.portal;

/** The caller asks for a flow that there is not. */
public final class InvalidFlowException extends RuntimeException {
  public InvalidFlowException(String message) {
    super(message);
  }
}
