package com.llmgenerator.billing.portal;

/** The caller's locale is no language tag. */
public final class InvalidLocaleException extends RuntimeException {
  public InvalidLocaleException(String message) {
    super(message);
  }
}
