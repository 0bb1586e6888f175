package com.llmgenerator.billing;

import java.util.Map;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.MapPropertySource;

/**
 * Reads the settings before anything else is made: nothing starts with an insecure one. And sees to
 * it that virtual threads are used only where waiting for a slow caller costs none of the few
 * carriers: Tomcat waits in synchronized blocks, which hold them until Java 24 (JEP 491).
 */
final class SettingsInitializer
    implements ApplicationContextInitializer<ConfigurableApplicationContext> {
  private static final int FREE_CARRIERS = 24;

  @Override
  public void initialize(ConfigurableApplicationContext context) {
    if (Runtime.version().feature() < FREE_CARRIERS) {
      context
          .getEnvironment()
          .getPropertySources()
          .addFirst(
              new MapPropertySource(
                  "threads of this JDK", Map.of("spring.threads.virtual.enabled", false)));
    }
    Settings settings = Settings.from(context.getEnvironment());
    context.getBeanFactory().registerSingleton("settings", settings);
  }
}
