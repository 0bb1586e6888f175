package com.llmgenerator.billing.stripe;

import com.llmgenerator.billing.config.JsonConfiguration;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import java.util.List;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;

/** The client for Stripe in a command, which ends: nobody reads its metrics. */
@Import({JsonConfiguration.class, StripeClient.class, StripeGuard.class, StripeAccountClient.class})
public class CommandConfiguration {
  /** Nobody waits for a command, and a long list takes Stripe a while. */
  public static final List<String> TIMEOUTS =
      List.of("--stripe.client.response-timeout=30s", "--stripe.client.deadline=60s");

  @Bean
  MeterRegistry metrics() {
    return new SimpleMeterRegistry();
  }

  @Bean
  ObservationRegistry observations() {
    return ObservationRegistry.create();
  }
}
