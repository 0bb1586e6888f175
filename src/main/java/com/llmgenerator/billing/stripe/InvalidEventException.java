package com.llmgenerator.billing.stripe;

/** What came is not signed by Stripe just now, or no JSON; the reason is for the log. */
public final class InvalidEventException extends RuntimeException {
  InvalidEventException(String message) {
    super(message);
  }
}
