package com.llmgenerator.billing.problem;

/**
 * 503: Stripe asks us to call less often, or we are calling as often as we may at once; or the
 * realm's signing keys were never fetched, or too long ago.
 */
public final class TemporarilyUnavailableException extends ProblemException {
  public TemporarilyUnavailableException(String reason) {
    super(reason);
  }
}
