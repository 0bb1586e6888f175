package com.llmgenerator.billing;

import java.util.List;
import java.util.Map;
import org.springframework.boot.actuate.autoconfigure.tracing.MicrometerTracingAutoConfiguration;
import org.springframework.boot.actuate.autoconfigure.tracing.NoopTracerAutoConfiguration;
import org.springframework.boot.actuate.autoconfigure.tracing.OpenTelemetryTracingAutoConfiguration;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;

/**
 * Reads the settings before anything else is made: nothing starts with an insecure one. And sees to
 * it that virtual threads are used only where waiting for a slow caller costs none of the few
 * carriers: Tomcat waits in synchronized blocks, which hold them until Java 24 (JEP 491). Where
 * traces are off, none are begun: Spring Boot would make them with every request, and send none.
 */
final class SettingsInitializer
    implements ApplicationContextInitializer<ConfigurableApplicationContext> {
  private static final int FREE_CARRIERS = 24;

  private static final List<String> TRACING =
      List.of(
          OpenTelemetryTracingAutoConfiguration.class.getName(),
          MicrometerTracingAutoConfiguration.class.getName(),
          NoopTracerAutoConfiguration.class.getName());

  @Override
  public void initialize(ConfigurableApplicationContext context) {
    ConfigurableEnvironment environment = context.getEnvironment();
    if (Runtime.version().feature() < FREE_CARRIERS) {
      put(environment, "threads of this JDK", "spring.threads.virtual.enabled", false);
    }
    if (!environment.getProperty("management.tracing.enabled", Boolean.class, false)) {
      put(environment, "no traces", "spring.autoconfigure.exclude", String.join(",", TRACING));
    }
    Settings settings = Settings.from(environment);
    context.getBeanFactory().registerSingleton("settings", settings);
  }

  private static void put(
      ConfigurableEnvironment environment, String source, String name, Object value) {
    environment.getPropertySources().addFirst(new MapPropertySource(source, Map.of(name, value)));
  }
}
