package com.llmgenerator.billing.portal;

import java.time.Duration;

/** The caller asks too often. */
public final class RateLimitedException extends RuntimeException {
  private final long retryAfter;

  /**
   * @param untilNext when the caller's next request will be served
   */
  RateLimitedException(Duration untilNext) {
    super("The caller asks for more than PORTAL_SESSIONS_PER_MINUTE");
    this.retryAfter = untilNext.plusNanos(999_999_999).toSeconds();
  }

  /** What {@code Retry-After} says: whole seconds, rounded up. */
  public long getRetryAfter() {
    return retryAfter;
  }
}
