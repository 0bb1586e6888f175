package com.llmgenerator.billing.portal;

/** The caller has no customer at Stripe: nothing was bought yet. */
public final class BillingAccountNotFoundException extends RuntimeException {
  public BillingAccountNotFoundException(String message) {
    super(message);
  }
}
