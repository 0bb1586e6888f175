package com.llmgenerator.billing.portal;

/** The caller asks for a language that Stripe's portal does not have. */
public final class InvalidLocaleException extends RuntimeException {
  public InvalidLocaleException(String message) {
    super(message);
  }
}
