package com.llmgenerator.billing.portal;

import com.llmgenerator.billing.Settings;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What each caller may ask for; one share does not take from another. */
@Configuration(proxyBeanMethods = false)
class FairShares {
  private static final int QUESTIONS_PER_SESSION = 10;

  /** Sessions of the portal. */
  @Bean
  FairShare fairShare(Settings settings) {
    return new FairShare(
        settings.portal().sessionsPerMinute(), settings.portal().sessionsInBurst());
  }

  /** Questions of pages whether there is a portal: every view of a page may ask. */
  @Bean
  FairShare fairShareOfQuestions(Settings settings) {
    return new FairShare(
        QUESTIONS_PER_SESSION * settings.portal().sessionsPerMinute(),
        QUESTIONS_PER_SESSION * settings.portal().sessionsInBurst());
  }
}
