package com.llmgenerator.billing.stripe;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import org.springframework.context.annotation.Bean;

/** Where a command's calls of Stripe are measured: nobody reads it, since the command ends. */
public class CommandMetrics {
  @Bean
  MeterRegistry metrics() {
    return new SimpleMeterRegistry();
  }

  @Bean
  ObservationRegistry observations() {
    return ObservationRegistry.create();
  }
}
