package com.llmgenerator.billing.problem;

/** The caller has no customer at Stripe: nothing was bought yet. */
public final class BillingAccountNotFoundException extends BadRequestException {
  public BillingAccountNotFoundException(String reason) {
    super("billing_account_not_found", reason);
  }
}
