package com.llmgenerator.billing.problem;

/** 400: the caller asks for what cannot be. */
public class BadRequestException extends ProblemException {
  private final String code;

  /**
   * @param code what programs compare; its text is in {@code problems.properties}
   * @param reason for the log, not for the caller
   */
  public BadRequestException(String code, String reason) {
    super(reason);
    this.code = code;
  }

  /** What programs compare. */
  public String getCode() {
    return code;
  }
}
