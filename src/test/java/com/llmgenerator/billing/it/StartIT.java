package com.llmgenerator.billing.it;

import static com.llmgenerator.billing.it.Problems.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import com.llmgenerator.billing.it.Caller.Answer;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.jar.JarFile;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the packaged jar does with its settings, its routes and its ports when it starts. */
@Execution(ExecutionMode.CONCURRENT)
class StartIT {
  @Nested
  class Stops {
    @Test
    void withOneLineForEachMissingSetting() {
      try (PackagedPortal portal = PackagedPortal.launch(Map.of())) {
        assertThat(portal.awaitEnd()).isEqualTo(1);
        assertThat(errors(portal))
            .containsExactly(
                "KEYCLOAK_ISSUER must be the https address of the Keycloak realm, without a slash"
                    + " at its end. Found: nothing",
                "STRIPE_SECRET_KEY must be a restricted or secret key of Stripe (rk_live_…,"
                    + " sk_test_…). Found: nothing",
                "PORTAL_RETURN_ORIGINS must list https origins. Found: nothing",
                "PORTAL_DEFAULT_RETURN_URL must be an address on an origin of"
                    + " PORTAL_RETURN_ORIGINS. Found: nothing",
                "SPRING_DATASOURCE_URL must be the JDBC address of PostgreSQL, as"
                    + " jdbc:postgresql://host:5432/database. Found: nothing",
                "SPRING_DATASOURCE_USERNAME must name the database user. Found: nothing",
                "SPRING_DATASOURCE_PASSWORD must be the database user's password. Found: nothing");
      }
    }

    @Test
    void withOneLineForAnInsecureSetting() {
      Map<String, String> environment = Servers.environment();
      environment.put("KEYCLOAK_ISSUER", "http://sso.example.com/realms/llmgenerator");
      environment.put("KEYCLOAK_JWKS_URL", "https://sso.example.com/certs");
      assertStops(
          environment,
          "KEYCLOAK_ISSUER must be the https address of the Keycloak realm, without a slash at its"
              + " end. Found: http://sso.example.com/realms/llmgenerator");
    }

    @Test
    void withoutShowingASecret() {
      Map<String, String> environment = Servers.environment();
      environment.put("STRIPE_SECRET_KEY", "pk_live_verysecret");
      try (PackagedPortal portal = PackagedPortal.launch(environment)) {
        assertThat(portal.awaitEnd()).isEqualTo(1);
        assertThat(portal.log()).doesNotContain("verysecret");
      }
    }

    @Test
    void withoutShowingASecretThatRefersToNothing() {
      Map<String, String> environment = Servers.environment();
      environment.put("SPRING_DATASOURCE_PASSWORD", "very${missing}secret");
      assertStops(environment, "A setting refers to ${missing}, which is not set");
    }

    @Test
    void withOneLineForAPortInUse() throws IOException {
      try (ServerSocket taken = new ServerSocket(0)) {
        Map<String, String> environment = Servers.environment();
        environment.put("SERVER_PORT", String.valueOf(taken.getLocalPort()));
        assertStops(
            environment,
            "Port "
                + taken.getLocalPort()
                + " is in use: stop what listens there, or set SERVER_PORT or"
                + " MANAGEMENT_SERVER_PORT");
      }
    }

    @Test
    void withOneLineForABrokenRoute(@TempDir Path folder) throws IOException {
      copyRoutes(folder);
      Path route = folder.resolve("32-find-billing-account.camel.yaml");
      Files.writeString(route, Files.readString(route).replace("uri: sql", "uri: nosql"));
      Map<String, String> environment = Servers.environment();
      environment.put("PORTAL_ROUTES", "file:" + folder);
      try (PackagedPortal portal = PackagedPortal.launch(environment)) {
        assertThat(portal.awaitEnd()).isEqualTo(1);
        assertThat(errors(portal))
            .singleElement()
            .asString()
            .startsWith("A route is broken: Failed to create route: find-billing-account");
      }
    }

    /** QueryCheckIT has the other kinds. */
    @Test
    void withOneLineForABrokenQuery(@TempDir Path folder) throws IOException {
      copyRoutes(folder);
      Path query = folder.resolve("find-billing-account.sql");
      Files.writeString(query, Files.readString(query).replace("customer_id", "customer"));
      Map<String, String> environment = Servers.environment();
      environment.put("PORTAL_ROUTES", "file:" + folder);
      assertStops(
          environment,
          "A query is broken: find-billing-account.sql: ERROR: column \"stripe_customer\" does not exist");
    }

    /** SettingsTest has the other kinds. */
    @Test
    void withOneLineForAFileThatIsNotUtf8(@TempDir Path folder) throws IOException {
      copyRoutes(folder);
      Files.writeString(
          folder.resolve("32-find-billing-account.camel.yaml"),
          "# Benutzer\n# für Stripe\n",
          StandardCharsets.ISO_8859_1);
      Map<String, String> environment = Servers.environment();
      environment.put("PORTAL_ROUTES", "file:" + folder);
      assertStops(
          environment,
          "PORTAL_ROUTES must be a folder with each route and query of the jar. Found: file:"
              + folder
              + " with 32-find-billing-account.camel.yaml, which is not UTF-8 in line 2");
    }

    @Test
    void withOneLineForADatabaseThatRefuses() {
      Map<String, String> environment = Servers.environment();
      environment.put("SPRING_DATASOURCE_USERNAME", "nobody");
      environment.put("SPRING_FLYWAY_CONNECTRETRIES", "0");
      assertStops(
          environment, "The database cannot be used: FATAL: role \"nobody\" does not exist");
    }

    private void assertStops(Map<String, String> environment, String line) {
      try (PackagedPortal portal = PackagedPortal.launch(environment)) {
        assertThat(portal.awaitEnd()).isEqualTo(1);
        assertThat(errors(portal)).containsExactly(line);
      }
    }

    @ParameterizedTest
    @ValueSource(strings = {"reconcile-account", "-h"})
    void atACommandThatThereIsNot(String name) {
      try (PackagedPortal process = PackagedPortal.launchCommand(Servers.environment(), name)) {
        assertThat(process.awaitEndWithoutPorts()).isEqualTo(2);
        assertThat(process.log())
            .isEqualTo(
                """
                Usage: configure-portal [--apply | --dry-run]
                Usage: reconcile-accounts [--anew]
                """);
      }
    }

    private List<String> errors(PackagedPortal portal) {
      return portal
          .log()
          .lines()
          .filter(line -> line.contains(" ERROR "))
          .map(line -> line.replaceFirst(".*BillingPortalApplication : ", ""))
          .toList();
    }
  }

  @Nested
  class Serves {
    @Test
    void fromTheJarAlone() {
      List<String> command =
          List.of(
              ArchivedPortal.java(),
              "-XX:TieredStopAtLevel=1",
              "-jar",
              PackagedPortal.jar().toString());
      String token = Servers.KEYCLOAK.login("demo").accessToken();
      try (PackagedPortal portal = PackagedPortal.launch(command, Servers.environment())) {
        portal.await(() -> portal.health("/readiness") == 200);
        assertThat(Caller.post(portal, Caller.AS_USER, token, null).status()).isEqualTo(200);
      }
    }
  }

  @Nested
  class Carries {
    @Test
    void theListOfItsParts() throws IOException {
      try (JarFile jar = new JarFile(PackagedPortal.jar().toFile())) {
        assertThat(jar.getEntry("META-INF/sbom/application.cdx.json")).isNotNull();
      }
    }

    /** Not what tells people of them, nor what makes a ConfigMap of them. */
    @Test
    void routesAndQueriesAlone() throws IOException {
      try (JarFile jar = new JarFile(ArchivedPortal.jar().toFile());
          var routes = Files.list(Path.of("routes"))) {
        assertThat(
                jar.stream()
                    .map(entry -> entry.getName())
                    .filter(name -> name.matches("routes/.+")))
            .containsExactlyInAnyOrderElementsOf(
                routes
                    .map(Path::toString)
                    .filter(name -> name.matches(".+\\.(camel\\.yaml|sql)"))
                    .toList());
      }
    }
  }

  @Nested
  class Reads {
    @Test
    void routesFromAFolder(@TempDir Path folder) throws IOException {
      copyRoutes(folder);
      Path problems = folder.resolve("90-problem-responses.camel.yaml");
      Files.writeString(
          problems,
          Files.readString(problems)
              .replace("answer(401, 'unauthorized')", "answer(401, 'not_found')"));
      Map<String, String> environment = Servers.environment();
      environment.put("PORTAL_ROUTES", "file:" + folder);
      try (PackagedPortal portal = PackagedPortal.start(environment)) {
        Answer answer =
            Caller.sendUnchecked(
                HttpRequest.newBuilder(URI.create(portal.url(Caller.AS_USER)))
                    .POST(BodyPublishers.noBody())
                    .build());
        assertThat(answer.status()).isEqualTo(401);
        assertThat(answer.body()).contains("\"code\":\"not_found\"");
      }
    }

    @Test
    void settingsAndSecretsFromFiles(@TempDir Path folder) throws IOException {
      for (Map.Entry<String, String> setting : Servers.environment().entrySet()) {
        Files.writeString(folder.resolve(setting.getKey()), setting.getValue() + "\n");
      }
      Map<String, String> environment = new HashMap<>();
      environment.put("SPRING_CONFIG_IMPORT", "configtree:" + folder + "/");
      try (PackagedPortal portal = PackagedPortal.start(environment)) {
        String token = Servers.KEYCLOAK.login("demo").accessToken();
        assertThat(Caller.post(portal, Caller.AS_USER, token, null).status()).isEqualTo(200);
      }
    }
  }

  @Nested
  class OpensItsPorts {
    /** Between the ports and the readiness are milliseconds, in which callers get 503. */
    @Test
    void whenTheRoutesRun() {
      try (PackagedPortal portal = PackagedPortal.launch(Servers.environment())) {
        portal.await(portal::isListening);
        assertThat(portal.log()).contains("(billing-portal) started");
        portal.await(() -> isServed(portal));
      }
    }

    private boolean isServed(PackagedPortal portal) {
      boolean ready = portal.health("/readiness") == 200;
      Answer answer = Caller.post(portal, Caller.AS_USER, null, null);
      if (answer.status() == 401) {
        return true;
      }
      assertThat(ready).isFalse();
      assertProblem(answer, 503, "temporarily_unavailable", "Try again in a moment.");
      assertThat(answer.header("Retry-After")).isEqualTo("1");
      return false;
    }
  }

  static void copyRoutes(Path folder) throws IOException {
    try (var files = Files.list(Path.of("routes"))) {
      for (Path file : files.toList()) {
        Files.copy(file, folder.resolve(file.getFileName()));
      }
    }
  }
}
