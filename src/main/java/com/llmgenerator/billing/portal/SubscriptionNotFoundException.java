package com.llmgenerator.billing.portal;

/** The caller has no subscription that a flow could act on. */
public final class SubscriptionNotFoundException extends RuntimeException {
  public SubscriptionNotFoundException(String message) {
    super(message);
  }
}
