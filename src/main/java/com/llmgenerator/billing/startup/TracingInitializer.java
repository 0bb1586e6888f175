package com.llmgenerator.billing.startup;

import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springframework.boot.micrometer.tracing.autoconfigure.MicrometerTracingAutoConfiguration;
import org.springframework.boot.micrometer.tracing.autoconfigure.NoopTracerAutoConfiguration;
import org.springframework.boot.micrometer.tracing.opentelemetry.autoconfigure.OpenTelemetryTracingAutoConfiguration;
import org.springframework.boot.micrometer.tracing.opentelemetry.autoconfigure.otlp.OtlpTracingAutoConfiguration;
import org.springframework.boot.opentelemetry.autoconfigure.OpenTelemetrySdkAutoConfiguration;
import org.springframework.boot.opentelemetry.autoconfigure.logging.OpenTelemetryLoggingAutoConfiguration;
import org.springframework.boot.opentelemetry.autoconfigure.logging.otlp.OtlpLoggingAutoConfiguration;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;

/**
 * Leaves out all of OpenTelemetry where traces are off: Spring Boot would begin one with every
 * request, and send none.
 */
final class TracingInitializer
    implements ApplicationContextInitializer<ConfigurableApplicationContext> {

  @Override
  public void initialize(ConfigurableApplicationContext context) {
    ConfigurableEnvironment environment = context.getEnvironment();
    if (environment.getProperty("management.tracing.enabled", Boolean.class, false)) {
      return;
    }
    String excluded =
        Stream.of(
                OpenTelemetryTracingAutoConfiguration.class,
                MicrometerTracingAutoConfiguration.class,
                NoopTracerAutoConfiguration.class,
                OpenTelemetrySdkAutoConfiguration.class,
                OpenTelemetryLoggingAutoConfiguration.class,
                OtlpLoggingAutoConfiguration.class,
                OtlpTracingAutoConfiguration.class)
            .map(Class::getName)
            .collect(Collectors.joining(","));
    environment
        .getPropertySources()
        .addFirst(
            new MapPropertySource(
                "no OpenTelemetry", Map.of("spring.autoconfigure.exclude", excluded)));
  }
}
