package com.llmgenerator.billing.stripe;

/** Stripe asks us to call less often, or we are calling as often as we may at once. */
public final class PaymentProviderBusyException extends RuntimeException {
  public PaymentProviderBusyException(String message) {
    super(message);
  }
}
