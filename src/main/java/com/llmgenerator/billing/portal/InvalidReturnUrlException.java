package com.llmgenerator.billing.portal;

/** The caller asks to be sent back to where users are not sent. */
public final class InvalidReturnUrlException extends RuntimeException {
  public InvalidReturnUrlException(String message) {
    super(message);
  }
}
