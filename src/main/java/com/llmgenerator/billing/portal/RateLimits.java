package com.llmgenerator.billing.portal;

import com.llmgenerator.billing.Settings;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What each caller may ask for; one share does not take from another. */
@Configuration(proxyBeanMethods = false)
class RateLimits {
  private static final int QUESTIONS_PER_SESSION = 10;

  /** Sessions of the portal. */
  @Bean
  RateLimit sessionRateLimit(Settings settings) {
    return new RateLimit(
        settings.portal().sessionsPerMinute(), settings.portal().sessionsInBurst());
  }

  /** Questions of pages whether there is a portal: every view of a page may ask. */
  @Bean
  RateLimit queryRateLimit(Settings settings) {
    return new RateLimit(
        QUESTIONS_PER_SESSION * settings.portal().sessionsPerMinute(),
        QUESTIONS_PER_SESSION * settings.portal().sessionsInBurst());
  }
}
