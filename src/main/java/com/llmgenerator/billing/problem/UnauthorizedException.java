package com.llmgenerator.billing.problem;

/** 401: the caller did not prove who it is. */
public final class UnauthorizedException extends ProblemException {
  private static final String CHALLENGE = "Bearer realm=\"billing-portal\"";

  private final String challenge;

  /** A credential was sent and is refused; the reason is for the log, not for the caller. */
  public UnauthorizedException(String reason) {
    this(reason, CHALLENGE + ", error=\"invalid_token\"");
  }

  private UnauthorizedException(String reason, String challenge) {
    super(reason);
    this.challenge = challenge;
  }

  /** No credential was sent. */
  public static UnauthorizedException withoutCredential() {
    return new UnauthorizedException("No bearer token was sent", CHALLENGE);
  }

  /** What {@code WWW-Authenticate} says: RFC 6750, section 3. */
  public String getChallenge() {
    return challenge;
  }
}
