package com.llmgenerator.billing.stripe;

/** Stripe did not answer in time, nor when asked again. */
public final class PaymentProviderTimeoutException extends RuntimeException {
  public PaymentProviderTimeoutException(String message) {
    super(message);
  }
}
