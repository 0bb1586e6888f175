package com.llmgenerator.billing.problem;

/** 504: Stripe did not answer in time, nor when asked again. */
public final class PaymentProviderTimeoutException extends ProblemException {
  public PaymentProviderTimeoutException(String reason) {
    super(reason);
  }
}
