package com.llmgenerator.billing;

import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;

/** Reads the settings before anything else is made: nothing starts with an insecure one. */
final class SettingsInitializer
    implements ApplicationContextInitializer<ConfigurableApplicationContext> {

  @Override
  public void initialize(ConfigurableApplicationContext context) {
    Settings settings = Settings.from(context.getEnvironment());
    context.getBeanFactory().registerSingleton("settings", settings);
  }
}
