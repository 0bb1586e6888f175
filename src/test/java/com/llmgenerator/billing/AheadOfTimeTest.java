package com.llmgenerator.billing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

class AheadOfTimeTest {
  private final StandardEnvironment environment = new StandardEnvironment();

  AheadOfTimeTest() {
    environment.getPropertySources().forEach(this::forget);
  }

  private void forget(PropertySource<?> machine) {
    environment.getPropertySources().remove(machine.getName());
  }

  @ParameterizedTest
  @CsvSource({
    "CAMEL_COMPONENT_HTTP_RESPONSETIMEOUT, camel.component.http.responsetimeout",
    "CAMEL_MAIN_NAME, camel.main.name",
    "MANAGEMENT_TRACING_ENABLED, management.tracing.enabled",
    "SPRING_AUTOCONFIGURE_EXCLUDE, spring.autoconfigure.exclude",
    "SPRING_DATASOURCE_TYPE, spring.datasource.type",
    "SPRING_FLYWAY_ENABLED, spring.flyway.enabled",
    "SPRING_PROFILES_ACTIVE, spring.profiles.active"
  })
  void knowsTheVariableThatMayDecide(String variable, String name) {
    setVariable(variable);

    assertThat(AheadOfTime.deciding(environment)).containsExactly(name);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "CAMEL_K_INTEGRATION",
        "CAMEL_VERSION",
        "HOME",
        "KEYCLOAK_ISSUER",
        "LOGGING_LEVEL_ROOT",
        "MANAGEMENT_SERVER_PORT",
        "PORTAL_DEADLINE",
        "SPRING_CONFIG_IMPORT",
        "SPRING_DATASOURCE_HIKARI_MAXIMUMPOOLSIZE",
        "SPRING_DATASOURCE_URL",
        "STRIPE_SECRET_KEY"
      })
  void knowsTheVariableThatDoesNot(String variable) {
    setVariable(variable);

    assertThat(AheadOfTime.deciding(environment)).isEmpty();
  }

  @Test
  void knowsWhatIsSetByOtherMeans() {
    environment
        .getPropertySources()
        .addFirst(
            new MapPropertySource(
                "Config resource 'file [/etc/camel/application.properties]'",
                Map.of("camel.main.name", "a", "management.tracing.enabled", "true")));

    assertThat(AheadOfTime.deciding(environment))
        .containsExactly("camel.main.name", "management.tracing.enabled");
  }

  private void setVariable(String name) {
    environment
        .getPropertySources()
        .addFirst(
            new SystemEnvironmentPropertySource(
                StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
                Map.of(name, "value")));
  }
}
