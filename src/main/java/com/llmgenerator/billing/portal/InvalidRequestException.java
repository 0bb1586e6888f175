package com.llmgenerator.billing.portal;

/** The caller's body is not a portal request. */
public final class InvalidRequestException extends RuntimeException {
  public InvalidRequestException(String message) {
    super(message);
  }
}
