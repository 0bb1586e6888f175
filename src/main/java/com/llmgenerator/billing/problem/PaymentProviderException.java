package com.llmgenerator.billing.problem;

/**
 * 502: Stripe refused what is ours (key, permission, configuration), failed, answered nonsense, or
 * cannot be reached. The message tells the operator what to do.
 */
public final class PaymentProviderException extends ProblemException {
  public PaymentProviderException(String reason) {
    super(reason);
  }
}
