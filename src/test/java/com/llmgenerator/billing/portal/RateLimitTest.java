package com.llmgenerator.billing.portal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

import com.llmgenerator.billing.problem.RateLimitedException;
import org.junit.jupiter.api.Test;

class RateLimitTest {
  private final RateLimit share = new RateLimit(10, 5);

  @Test
  void servesABurstAndTellsWhenTheNextIsServed() {
    for (int i = 0; i < 5; i++) {
      share.take("user 1");
    }
    assertThatExceptionOfType(RateLimitedException.class)
        .isThrownBy(() -> share.take("user 1"))
        .withMessage("The caller asks for more than PORTAL_SESSIONS_PER_MINUTE")
        .satisfies(limited -> assertThat(limited.getRetryAfter()).isBetween(1L, 6L));
  }

  @Test
  void servesOthersMeanwhile() {
    for (int i = 0; i < 5; i++) {
      share.take("user 1");
    }
    assertThatNoException().isThrownBy(() -> share.take("user 2"));
    assertThatNoException().isThrownBy(() -> share.take("key 1"));
  }

  @Test
  void remembersNoMoreThanItMustOfAMillionCallers() {
    for (int i = 0; i < 1_000_000; i++) {
      share.take("user " + i);
    }
    assertThat(share.callers()).isBetween(1L, 100_000L);
  }
}
