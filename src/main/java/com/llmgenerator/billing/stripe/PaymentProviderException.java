package com.llmgenerator.billing.stripe;

/**
 * Stripe refused what is ours (key, permission, configuration), failed, answered nonsense, or
 * cannot be reached. The message tells the operator what to do.
 */
public final class PaymentProviderException extends RuntimeException {
  public PaymentProviderException(String message) {
    super(message);
  }
}
