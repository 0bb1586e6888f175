package com.llmgenerator.billing.stripe;

/** What came is not an event that Stripe signed; the reason is for the log. */
public final class InvalidEventException extends RuntimeException {
  InvalidEventException(String message) {
    super(message);
  }
}
