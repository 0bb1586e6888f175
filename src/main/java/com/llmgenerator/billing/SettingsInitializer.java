package com.llmgenerator.billing;

import java.util.List;
import java.util.Map;
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
 * Reads the settings before anything else is made: nothing starts with an insecure one. And sets
 * what depends on the Java that runs: how much may be under way at once is a matter of its threads
 * and its heap. Waiting in {@code synchronized} blocks keeps a virtual one on one of the few
 * carriers until Java 24 (JEP 491), so that older ones use others. Where traces are off, all of
 * OpenTelemetry is left out: Spring Boot would begin one with every request, and send none.
 */
final class SettingsInitializer
    implements ApplicationContextInitializer<ConfigurableApplicationContext> {
  private static final int JAVA_WITH_FREE_CARRIERS = 24;

  /** A request that waits for Stripe keeps up to 50 KB, and Java needs room to collect. */
  private static final long HEAP_FOR_A_REQUEST = 100 * 1024;

  private static final long MOST_REQUESTS = 2500;
  private static final long MOST_PLATFORM_THREADS = 250;

  private static final List<String> OPEN_TELEMETRY =
      List.of(
          OpenTelemetryTracingAutoConfiguration.class.getName(),
          MicrometerTracingAutoConfiguration.class.getName(),
          NoopTracerAutoConfiguration.class.getName(),
          OpenTelemetrySdkAutoConfiguration.class.getName(),
          OpenTelemetryLoggingAutoConfiguration.class.getName(),
          OtlpLoggingAutoConfiguration.class.getName(),
          OtlpTracingAutoConfiguration.class.getName());

  @Override
  public void initialize(ConfigurableApplicationContext context) {
    ConfigurableEnvironment environment = context.getEnvironment();
    boolean virtual = Runtime.version().feature() >= JAVA_WITH_FREE_CARRIERS;
    long fits = Runtime.getRuntime().maxMemory() / HEAP_FOR_A_REQUEST;
    long requests = Math.min(fits, virtual ? MOST_REQUESTS : MOST_PLATFORM_THREADS);
    put(
        environment,
        "threads of this Java",
        Map.of("threads.virtual", virtual, "threads.requests-at-once", requests));
    if (!environment.getProperty("management.tracing.enabled", Boolean.class, false)) {
      put(
          environment,
          "no OpenTelemetry",
          Map.of("spring.autoconfigure.exclude", String.join(",", OPEN_TELEMETRY)));
    }
    Settings settings = Settings.from(environment);
    put(
        environment,
        "what settings say",
        Map.of(
            "threads.calls-at-once",
            Math.max(1, settings.portal().requestsAtOnce() * (virtual ? 19 : 16) / 20)));
    context.getBeanFactory().registerSingleton("settings", settings);
  }

  private static void put(
      ConfigurableEnvironment environment, String source, Map<String, Object> properties) {
    environment.getPropertySources().addFirst(new MapPropertySource(source, properties));
  }
}
