package com.llmgenerator.billing.problem;

/** 404: the user has no such API key, or nobody set the secrets of Stripe's events. */
public final class NotFoundException extends ProblemException {
  public NotFoundException(String reason) {
    super(reason);
  }
}
