package com.llmgenerator.billing.problem;

import java.time.Duration;

/** 429: the caller asks too often. */
public final class RateLimitedException extends ProblemException {
  private final long retryAfter;

  /**
   * @param untilNext when the caller's next request will be served
   */
  public RateLimitedException(Duration untilNext) {
    super("The caller asks for more than PORTAL_SESSIONS_PER_MINUTE");
    this.retryAfter = untilNext.plusNanos(999_999_999).toSeconds();
  }

  /** What {@code Retry-After} says: whole seconds, rounded up. */
  public long getRetryAfter() {
    return retryAfter;
  }
}
