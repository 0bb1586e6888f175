package com.llmgenerator.billing.problem;

/** The caller has no subscription that a flow could act on. */
public final class SubscriptionNotFoundException extends BadRequestException {
  public SubscriptionNotFoundException(String reason) {
    super("subscription_not_found", reason);
  }
}
