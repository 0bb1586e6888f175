package com.llmgenerator.billing.keys;

/** The user has no such API key: it is unknown, another user's, or was revoked before. */
public final class ApiKeyNotFoundException extends RuntimeException {
  public ApiKeyNotFoundException(String message) {
    super(message);
  }
}
