package com.llmgenerator.billing.portal;

/**
 * The caller's body is not a portal request. No route throws it any more, but routes that were
 * mounted before name it in their problem responses.
 */
public final class InvalidRequestException extends RuntimeException {
  public InvalidRequestException(String message) {
    super(message);
  }
}
