package com.llmgenerator.billing.portal;

/** Stripe does not open this flow for the caller's subscription now. */
public final class FlowUnavailableException extends RuntimeException {
  public FlowUnavailableException(String message) {
    super(message);
  }
}
