package com.llmgenerator.billing.stripe;

import io.github.resilience4j.bulkhead.BulkheadRegistry;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.github.resilience4j.micrometer.tagged.TaggedBulkheadMetrics;
import io.github.resilience4j.micrometer.tagged.TaggedCircuitBreakerMetrics;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Where the routes' circuit breakers and bulkheads are registered, so that they can be measured:
 * Camel does so by itself only with its starter.
 */
@Configuration(proxyBeanMethods = false)
class Breakers {
  @Bean
  CircuitBreakerRegistry circuitBreakers() {
    return CircuitBreakerRegistry.ofDefaults();
  }

  @Bean
  BulkheadRegistry bulkheads() {
    return BulkheadRegistry.ofDefaults();
  }

  @Bean
  MeterBinder circuitBreakerMetrics(CircuitBreakerRegistry circuitBreakers) {
    return TaggedCircuitBreakerMetrics.ofCircuitBreakerRegistry(circuitBreakers);
  }

  @Bean
  MeterBinder bulkheadMetrics(BulkheadRegistry bulkheads) {
    return TaggedBulkheadMetrics.ofBulkheadRegistry(bulkheads);
  }
}
