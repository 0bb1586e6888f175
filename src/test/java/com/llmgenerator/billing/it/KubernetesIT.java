package com.llmgenerator.billing.it;

import static com.llmgenerator.billing.it.Caller.AS_USER;
import static com.llmgenerator.billing.it.Caller.WITH_API_KEY;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.llmgenerator.billing.dev.EmbeddedPostgres;
import com.llmgenerator.billing.it.Caller.Answer;
import com.llmgenerator.billing.k8s.Manifests;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The packaged jar with exactly the variables and mounted folders of a rendered Integration, below
 * a root of the test: only the addresses of PostgreSQL, Keycloak and Stripe are the test's.
 */
@Execution(ExecutionMode.CONCURRENT)
class KubernetesIT {
  private static final Path PROJECT = Path.of("");
  private static final String HEALTH = "/observe/health";

  @TempDir Path root;
  @TempDir Path changed;

  @Nested
  class Returns200 {
    @ParameterizedTest
    @ValueSource(strings = {"development", "staging", "production"})
    void toAnApiKeyAndToItsProbes(String overlay) throws IOException {
      Manifests manifests = Manifests.render(PROJECT, overlay);
      try (PackagedPortal portal = PackagedPortal.start(environment(manifests))) {
        assertServes(portal);
        JsonNode health = manifests.one("Integration").at("/spec/traits/health");
        for (String probe : List.of("startupProbe", "readinessProbe", "livenessProbe")) {
          String path = health.path(probe).asText();
          assertThat(path).startsWith(HEALTH);
          assertThat(portal.health(path.substring(HEALTH.length()))).as(probe).isEqualTo(200);
        }
        assertAllowsOrigin(portal, mounted(manifests, "PORTAL_CORS_ORIGINS"));
      }
    }

    @Test
    void withSecretsAsVariables() throws IOException {
      Map<String, String> environment = environment(Manifests.render(PROJECT, "production"));
      Files.delete(root.resolve("etc/billing-portal/stripe/STRIPE_SECRET_KEY"));
      environment.put("STRIPE_SECRET_KEY", Servers.STRIPE_KEY);
      try (PackagedPortal portal = PackagedPortal.start(environment)) {
        assertServes(portal);
      }
    }
  }

  @Nested
  class RunsCommands {
    @ParameterizedTest
    @CsvSource({
      "reconcile-accounts, Done",
      "configure-portal, Nothing was changed. Say --apply to change it"
    })
    void asTheirJobsDo(String name, String end) throws Exception {
      Manifests manifests = Manifests.render(PROJECT, "production").ofIntegration(name);
      List<String> command = new ArrayList<>(ArchivedPortal.command("-XX:TieredStopAtLevel=1"));
      manifests
          .one("Integration")
          .at("/spec/template/spec/containers/0/args")
          .forEach(word -> command.add(word.asText()));
      try (EmbeddedPostgres postgres = EmbeddedPostgres.start(0)) {
        Map<String, String> environment = environment(manifests);
        environment.put("SPRING_DATASOURCE_URL", postgres.url());
        try (PackagedPortal process = PackagedPortal.launch(command, environment)) {
          assertThat(process.awaitEnd()).as(process.log()).isZero();
          assertThat(process.log().lines()).last().asString().startsWith(end);
        }
      }
    }
  }

  @Nested
  class TakesLiveRoutes {
    private static final String ANSWERS = "routes/90-problem-responses.camel.yaml";

    @Test
    void asTheyWereEdited() throws IOException {
      Path project =
          Manifests.copyProject(
              changed, ANSWERS, "answer(401, 'unauthorized')", "answer(401, 'not_found')");
      Manifests manifests = Manifests.render(project, "development");
      assertThat(manifests.configMaps().values())
          .as("new pods, since the ConfigMap is another")
          .isNotEqualTo(Manifests.render(PROJECT, "development").configMaps().values());
      try (PackagedPortal portal = PackagedPortal.start(environment(manifests))) {
        HttpRequest request =
            HttpRequest.newBuilder(URI.create(portal.url(AS_USER)))
                .POST(BodyPublishers.noBody())
                .build();
        Answer answer = Caller.sendUnchecked(request);
        assertThat(answer.status()).isEqualTo(401);
        assertThat(answer.body()).contains("\"code\":\"not_found\"");
        assertServes(portal);
      }
    }

    @Test
    void notIfOneIsBroken() throws IOException {
      assertNeverReady(
          Manifests.copyProject(
              changed, "routes/32-find-billing-account.camel.yaml", "uri: sql", "uri: nosql"),
          "A route is broken: Failed to create route: find-billing-account");
    }

    @Test
    void notIfOneIsNoYaml() throws IOException {
      assertNeverReady(
          Manifests.copyProject(
              changed, "routes/30-open-portal.camel.yaml", "id: open-portal\n", "id: [open\n"),
          "A route is broken: while parsing a flow sequence in file:"
              + root
              + "/etc/camel/routes/30-open-portal.camel.yaml, line 4, column ");
    }

    @Test
    void notIfOneIsMissing() throws IOException {
      assertNeverReady(
          Manifests.copyProject(
              changed, "routes/kustomization.yaml", "      - 22-find-api-key.camel.yaml\n", ""),
          "PORTAL_ROUTES must be a folder with each route and query of the jar. Found: file:"
              + root
              + "/etc/camel/routes without find-api-key (22-find-api-key.camel.yaml)");
    }

    private void assertNeverReady(Path project, String line) throws IOException {
      Manifests manifests = Manifests.render(project, "development");
      try (PackagedPortal portal = PackagedPortal.launch(environment(manifests))) {
        assertThat(portal.awaitEndWithoutPorts()).isEqualTo(1);
        assertThat(portal.log().lines().filter(logged -> logged.contains(" ERROR ")))
            .singleElement()
            .asString()
            .contains(line);
      }
    }
  }

  private static void assertServes(PackagedPortal portal) {
    String key = Servers.addPayingUsers(Servers.DATABASE, 1, "cus_demo").get(0);
    assertThat(Caller.post(portal, WITH_API_KEY, key, null).status()).isEqualTo(200);
  }

  /** That the mounted settings are read, not only defaults. */
  private static void assertAllowsOrigin(PackagedPortal portal, String origin) {
    Answer answer =
        Caller.sendUnchecked(
            HttpRequest.newBuilder(URI.create(portal.url(AS_USER)))
                .header("Origin", origin)
                .POST(BodyPublishers.noBody())
                .build());
    assertThat(answer.header("Access-Control-Allow-Origin")).isEqualTo(origin);
  }

  private String mounted(Manifests manifests, String setting) throws IOException {
    for (String folder : manifests.configMaps().keySet()) {
      Path file = below(folder).resolve(setting);
      if (Files.exists(file)) {
        return Files.readString(file);
      }
    }
    throw new IllegalStateException(setting + " is in no mounted ConfigMap");
  }

  /** Mounts what the pod has below the root, and returns its variables with the root's paths. */
  private Map<String, String> environment(Manifests manifests) throws IOException {
    Map<String, String> servers = Servers.environment();
    Map<String, Map<String, String>> secrets =
        Map.of(
            "billing-portal-database",
            pick(servers, "SPRING_DATASOURCE_USERNAME", "SPRING_DATASOURCE_PASSWORD"),
            "billing-portal-stripe",
            pick(servers, "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRETS"),
            "billing-portal-commands",
            pick(servers, "STRIPE_SECRET_KEY"));
    for (Map.Entry<String, String> mount : manifests.secrets().entrySet()) {
      mount(mount.getKey(), secrets.get(mount.getValue()));
    }
    for (Map.Entry<String, String> mount : manifests.configMaps().entrySet()) {
      Map<String, String> data = manifests.configMap(mount.getValue());
      pick(servers, "KEYCLOAK_ISSUER", "SPRING_DATASOURCE_URL").forEach(data::replace);
      mount(mount.getKey(), data);
    }
    Map<String, String> environment = manifests.environment();
    environment.replaceAll((name, value) -> value.replaceFirst(":(?=/etc/)", ":" + root));
    environment.put("STRIPE_API_BASE", servers.get("STRIPE_API_BASE"));
    // As Camel K's trait "environment" does.
    environment.put("CAMEL_K_INTEGRATION", "billing-portal");
    environment.put("CAMEL_K_VERSION", "2.10.1");
    environment.put("CAMEL_VERSION", "4.22.0");
    return environment;
  }

  private static Map<String, String> pick(Map<String, String> variables, String... names) {
    Map<String, String> picked = new LinkedHashMap<>();
    for (String name : names) {
      picked.put(name, variables.get(name));
    }
    return picked;
  }

  /** As the kubelet does: files are links into a folder that is a link itself. */
  private void mount(String folder, Map<String, String> files) throws IOException {
    Path mounted = Files.createDirectories(below(folder));
    Path data = Files.createDirectory(mounted.resolve("..2026_11_22_00_00_00.1"));
    Files.createSymbolicLink(mounted.resolve("..data"), data.getFileName());
    for (Map.Entry<String, String> file : files.entrySet()) {
      Files.writeString(data.resolve(file.getKey()), file.getValue());
      Files.createSymbolicLink(
          mounted.resolve(file.getKey()), Path.of("..data").resolve(file.getKey()));
    }
  }

  private Path below(String folder) {
    return root.resolve(folder.substring(1));
  }
}
