package com.llmgenerator.billing.problem;

/** 409: the user has as many API keys in force as a user may have. */
public final class TooManyApiKeysException extends ProblemException {
  public TooManyApiKeysException(String reason) {
    super(reason);
  }
}
