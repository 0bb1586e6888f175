package com.llmgenerator.billing.startup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.llmgenerator.billing.Documents;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.core.io.ClassPathResource;
import org.springframework.mock.env.MockEnvironment;

/** The table of {@code src/docs/settings.md} is what the application binds. */
class SettingsDocumentTest {
  private static final Pattern ROW =
      Pattern.compile("(?m)^\\| ((?:`[A-Z_]+`(?:, )?)+) \\| ([^|]+) \\|");
  private static final Pattern PLACEHOLDER =
      Pattern.compile("\\$\\{([A-Z][A-Z_]+):((?:\\$\\{[^}]*}|[^}])*)}");

  private static final Map<String, String> REQUIRED =
      Map.of(
          "SPRING_DATASOURCE_URL", "jdbc:postgresql://db/billing",
          "SPRING_DATASOURCE_USERNAME", "billing",
          "SPRING_DATASOURCE_PASSWORD", "s3cret",
          "KEYCLOAK_ISSUER", "https://sso.example.com/realms/llmgenerator",
          "STRIPE_SECRET_KEY", "sk_test_1234",
          "PORTAL_RETURN_ORIGINS", "https://app.example.com",
          "PORTAL_DEFAULT_RETURN_URL", "https://app.example.com/dashboard");

  private static final Map<String, String> DOCUMENTED = documented();
  private static final Map<String, String> BOUND = bound();

  @Test
  void hasEveryVariableAndNoOther() {
    assertThat(DOCUMENTED.keySet()).isEqualTo(BOUND.keySet());
  }

  @Test
  void hasEverySettingOfTheRecords() throws IOException {
    Set<String> described = new TreeSet<>();
    JsonNode metadata =
        new ObjectMapper()
            .readTree(
                new ClassPathResource("META-INF/spring-configuration-metadata.json")
                    .getInputStream());
    for (JsonNode property : metadata.path("properties")) {
      String name = property.path("name").asText();
      if (name.matches("(keycloak|stripe|portal)\\.[a-z-]+")) {
        described.add(name.toUpperCase().replaceAll("[.-]", "_"));
      }
    }
    assertThat(DOCUMENTED.keySet().stream().filter(name -> name.matches("(KEY|STR|POR).*")))
        .containsExactlyInAnyOrderElementsOf(described);
  }

  @Test
  void hasEveryDefault() {
    BOUND.forEach(
        (variable, value) -> {
          String cell = DOCUMENTED.get(variable);
          if (value.isEmpty() || value.startsWith("$")) {
            assertThat(cell).as(variable).doesNotMatch("`[^`]*`|\\d+");
          } else {
            assertThat(cell.replace("`", "")).as(variable).isEqualTo(value);
          }
        });
  }

  @Test
  void saysWhatIsRequired() throws IOException {
    assertThat(DOCUMENTED.keySet().stream().filter(SettingsDocumentTest::isRequired))
        .containsExactlyInAnyOrderElementsOf(REQUIRED.keySet());
    assertThat(SettingsInitializer.bind(environment(REQUIRED))).isNotEmpty();
    for (String variable : REQUIRED.keySet()) {
      Map<String, String> others = new TreeMap<>(REQUIRED);
      others.remove(variable);
      assertThatExceptionOfType(InvalidConfigurationException.class)
          .isThrownBy(() -> SettingsInitializer.bind(environment(others)))
          .satisfies(
              missing ->
                  assertThat(missing.problems())
                      .anyMatch(line -> line.startsWith(variable + " must ")));
    }
  }

  private static boolean isRequired(String variable) {
    return DOCUMENTED.get(variable).equals("required");
  }

  private static MockEnvironment environment(Map<String, String> variables) throws IOException {
    MockEnvironment environment = new MockEnvironment();
    variables.forEach(environment::setProperty);
    new YamlPropertySourceLoader()
        .load("application", new ClassPathResource("application.yaml"))
        .forEach(environment.getPropertySources()::addLast);
    return environment;
  }

  private static Map<String, String> documented() {
    Map<String, String> defaults = new TreeMap<>();
    for (MatchResult row : ROW.matcher(Documents.text("src/docs/settings.md")).results().toList()) {
      for (String variable : row.group(1).replace("`", "").split(", ")) {
        assertThat(defaults.put(variable, row.group(2).strip())).as(variable).isNull();
      }
    }
    return defaults;
  }

  private static Map<String, String> bound() {
    Map<String, String> defaults = new TreeMap<>();
    PLACEHOLDER
        .matcher(Documents.text("src/main/resources/application.yaml"))
        .results()
        .forEach(found -> defaults.put(found.group(1), found.group(2)));
    return defaults;
  }
}
