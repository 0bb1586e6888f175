package com.llmgenerator.billing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.core.io.ClassPathResource;

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

  /** A name is a variable's or a property's, whatever it stands in: files, arguments. */
  @ParameterizedTest
  @CsvSource({
    "camel.main.name, camel.main.name",
    "management.tracing.enabled, management.tracing.enabled",
    "MANAGEMENT_TRACING_ENABLED, management.tracing.enabled"
  })
  void knowsWhatIsSetByOtherMeans(String set, String name) {
    set(new MapPropertySource("Config tree '/etc/billing-portal/settings'", Map.of(set, "value")));

    assertThat(AheadOfTime.deciding(environment)).containsExactly(name);
  }

  @Test
  void leavesOutWhatTheJarSets() throws IOException {
    for (PropertySource<?> packaged :
        new YamlPropertySourceLoader()
            .load(
                "Config resource 'class path resource [application.yaml]'",
                new ClassPathResource("application.yaml"))) {
      set(packaged);
    }

    assertThat(AheadOfTime.deciding(environment)).isEmpty();
  }

  private void set(PropertySource<?> source) {
    environment.getPropertySources().addFirst(source);
  }

  private void setVariable(String name) {
    set(
        new SystemEnvironmentPropertySource(
            StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME, Map.of(name, "value")));
  }
}
