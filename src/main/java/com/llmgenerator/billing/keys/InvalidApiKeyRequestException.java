package com.llmgenerator.billing.keys;

/** The caller's body does not ask for a key that can be made. */
public final class InvalidApiKeyRequestException extends RuntimeException {
  public InvalidApiKeyRequestException(String message) {
    super(message);
  }
}
