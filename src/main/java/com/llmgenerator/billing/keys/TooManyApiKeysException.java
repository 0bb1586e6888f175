package com.llmgenerator.billing.keys;

/** The user has as many API keys in force as a user may have. */
public final class TooManyApiKeysException extends RuntimeException {
  public TooManyApiKeysException(String message) {
    super(message);
  }
}
