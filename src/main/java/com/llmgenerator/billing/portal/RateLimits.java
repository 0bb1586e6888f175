package com.llmgenerator.billing.portal;

import com.llmgenerator.billing.config.PortalProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What each caller may ask for; one share does not take from another. */
@Configuration(proxyBeanMethods = false)
class RateLimits {
  private static final int QUESTIONS_PER_SESSION = 10;

  /** Sessions of the portal. */
  @Bean
  RateLimit sessionRateLimit(PortalProperties portal) {
    return new RateLimit(portal.sessionsPerMinute(), portal.sessionsInBurst());
  }

  /** Questions of pages whether there is a portal: every view of a page may ask. */
  @Bean
  RateLimit queryRateLimit(PortalProperties portal) {
    return new RateLimit(
        QUESTIONS_PER_SESSION * portal.sessionsPerMinute(),
        QUESTIONS_PER_SESSION * portal.sessionsInBurst());
  }
}
