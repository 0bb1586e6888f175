package com.llmgenerator.billing.k8s;

import static java.util.stream.Collectors.toCollection;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.llmgenerator.billing.Documents;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.util.unit.DataSize;

/** What is sent to a cluster is complete, known, safe, and fits the application. */
class ManifestsTest {
  private static final String NAME = "billing-portal";
  private static final Map<String, String> POD_LABELS =
      Map.of("camel.apache.org/integration", NAME);
  private static final JsonNode APPLICATION =
      Manifests.yaml(Path.of("src/main/resources/application.yaml"));
  private static final String README = Documents.text("k8s/README.md");

  private static final List<String> OVERLAYS = List.of("development", "staging", "production");
  private static final Map<String, Manifests> RENDERED = new TreeMap<>();

  /** A test of every overlay, and of production with each component. */
  @Retention(RetentionPolicy.RUNTIME)
  @ParameterizedTest
  @ValueSource(
      strings = {"development", "staging", "production", "live-routes", "gateway", "scale-to-zero"})
  private @interface OfEachVariant {}

  @TempDir private static Path folder;

  private static Manifests rendered(String variant) {
    return RENDERED.computeIfAbsent(variant, ManifestsTest::render);
  }

  private static Manifests render(String variant) {
    if (OVERLAYS.contains(variant)) {
      return Manifests.render(Path.of(""), variant);
    }
    Path project =
        Manifests.copyProject(
            folder.resolve(variant),
            "k8s/overlays/production/kustomization.yaml",
            "components:\n",
            "components:\n  - ../../components/" + variant + "\n");
    return Manifests.render(project, "production");
  }

  @OfEachVariant
  void hasNoFieldThatNobodyKnows(String variant) {
    for (JsonNode manifest : rendered(variant).all()) {
      assertThat(KnownFields.faults(manifest)).as(manifest.toPrettyString()).isEmpty();
    }
  }

  @Test
  void wouldFindAFieldThatNobodyKnows() {
    for (JsonNode manifest : rendered("gateway").all()) {
      ObjectNode wrong = manifest.deepCopy();
      JsonNode spec = wrong.path("spec");
      ObjectNode changed = spec.isObject() ? (ObjectNode) spec : wrong;
      changed.put("replica", 3);
      assertThat(KnownFields.faults(wrong)).isNotEmpty();
    }
    JsonNode integration = rendered("production").one("Integration");
    for (String place : List.of("/spec/traits/health", "/spec/template/spec/containers/0")) {
      ObjectNode wrong = integration.deepCopy();
      ((ObjectNode) wrong.at(place)).put("unknownField", true);
      assertThat(KnownFields.faults(wrong)).as(place).isNotEmpty();
    }
  }

  @OfEachVariant
  void runsAPinnedImageWithinBounds(String variant) {
    JsonNode container = rendered(variant).trait("container");
    assertThat(container.path("image").asText())
        .isEqualTo("registry.example.com/billing-portal:1.0.0");
    assertThat(container.path("requestCPU").asText()).matches("\\d+m?");
    assertThat(container.path("limitCPU").asText()).matches("\\d+m?");
    assertThat(container.path("requestMemory").asText()).isEqualTo("512Mi");
    assertThat(container.path("limitMemory").asText()).isEqualTo("512Mi");
  }

  /** Pod Security Standard "restricted", and a read-only root file system. */
  @OfEachVariant
  void isRestricted(String variant) {
    Manifests manifests = rendered(variant);
    JsonNode container = manifests.trait("container");
    assertThat(container.path("runAsNonRoot").asBoolean()).isTrue();
    assertThat(container.path("runAsUser").asInt()).isEqualTo(10001);
    assertThat(container.path("allowPrivilegeEscalation").asBoolean(true)).isFalse();
    assertThat(texts(container.path("capabilitiesDrop"))).containsExactly("ALL");
    assertThat(container.has("capabilitiesAdd")).isFalse();
    assertThat(container.path("seccompProfileType").asText()).isEqualTo("RuntimeDefault");
    JsonNode pod = manifests.one("Integration").at("/spec/template/spec");
    assertThat(pod.path("automountServiceAccountToken").asBoolean(true)).isFalse();
    assertThat(pod.has("initContainers")).isFalse();
    assertThat(pod.path("containers")).hasSize(1);
    assertThat(pod.at("/containers/0/name")).isEqualTo(container.path("name"));
    assertThat(pod.at("/containers/0/securityContext").toString())
        .isEqualTo("{\"readOnlyRootFilesystem\":true}");
    for (JsonNode volume : pod.path("volumes")) {
      assertThat(names(volume)).containsExactlyInAnyOrder("name", "configMap");
    }
    assertThat(texts(manifests.trait("mount").path("emptyDirs"))).containsExactly("tmp:/tmp:64Mi");
    assertThat(manifests.one("ServiceAccount").path("automountServiceAccountToken").asBoolean(true))
        .isFalse();
    assertThat(manifests.one("ServiceAccount").at("/metadata/name"))
        .isEqualTo(manifests.one("Integration").at("/spec/serviceAccountName"));
  }

  @OfEachVariant
  void asksThePortsThatTheApplicationListensOn(String variant) {
    Manifests manifests = rendered(variant);
    int management = usualPort("/management/server/port");
    assertThat(manifests.trait("container").path("port").asInt())
        .isEqualTo(usualPort("/server/port"));
    JsonNode health = manifests.trait("health");
    for (String probe : List.of("startup", "readiness", "liveness")) {
      assertThat(health.path(probe + "ProbeEnabled").asBoolean()).as(probe).isTrue();
      assertThat(health.path(probe + "Port").asInt()).as(probe).isEqualTo(management);
    }
    String base = "/observe";
    assertThat(health.path("startupProbe").asText()).isEqualTo(base + "/health/liveness");
    assertThat(health.path("livenessProbe").asText()).isEqualTo(base + "/health/liveness");
    assertThat(health.path("readinessProbe").asText()).isEqualTo(base + "/health/readiness");
    JsonNode scrape = manifests.one("PodMonitor").at("/spec/podMetricsEndpoints/0");
    assertThat(scrape.path("path").asText()).isEqualTo(base + "/prometheus");
    if (!variant.equals("scale-to-zero")) {
      assertThat(texts(manifests.trait("container").path("ports")))
          .containsExactly(scrape.path("port").asText() + ";" + management + ";TCP");
    }
  }

  @OfEachVariant
  void givesEveryRequiredSettingAndNoUnknownOne(String variant) {
    Manifests manifests = rendered(variant);
    Set<String> known = documented("[^|]*");
    Set<String> files = new TreeSet<>(settings(manifests).keySet());
    manifests.secrets().values().forEach(secret -> files.addAll(keysInReadme(secret)));
    Set<String> given = new TreeSet<>(manifests.environment().keySet());
    assertThat(given.remove("SPRING_CONFIG_IMPORT")).isTrue();
    given.addAll(files);
    assertThat(known).containsAll(given);
    assertThat(given).containsAll(documented(" *required *"));
    String application = read(Path.of("src/main/resources/application.yaml"));
    assertThat(files)
        .as("a file is read only where application.yaml names it")
        .allSatisfy(file -> assertThat(application).contains("${" + file + ":"));
  }

  @OfEachVariant
  void refersToWhatThereIs(String variant) {
    Manifests manifests = rendered(variant);
    assertThat(manifests.configMaps()).isNotEmpty();
    manifests
        .configMaps()
        .values()
        .forEach(name -> assertThat(manifests.configMap(name)).as(name).isNotEmpty());
    manifests.secrets().values().forEach(name -> assertThat(keysInReadme(name)).isNotEmpty());
    assertThat(README)
        .contains(
            "create secret tls " + manifests.trait("ingress").path("tlsSecretName").asText(NAME));
    Set<String> namespaces =
        manifests.all().stream()
            .map(manifest -> manifest.at("/metadata/namespace").asText())
            .collect(toCollection(TreeSet::new));
    assertThat(namespaces).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"development", "staging", "production", "live-routes", "gateway"})
  void selectsThePodsOfTheIntegration(String variant) {
    Manifests manifests = rendered(variant);
    JsonNode integration = manifests.one("Integration");
    assertThat(integration.at("/metadata/name").asText()).isEqualTo(NAME);
    List<JsonNode> selectors = new ArrayList<>();
    selectors.add(manifests.one("NetworkPolicy").at("/spec/podSelector/matchLabels"));
    selectors.add(manifests.one("PodMonitor").at("/spec/selector/matchLabels"));
    integration
        .at("/spec/template/spec/topologySpreadConstraints")
        .forEach(spread -> selectors.add(spread.at("/labelSelector/matchLabels")));
    assertThat(selectors).hasSize(4);
    for (JsonNode selector : selectors) {
      Map<String, String> labels = new TreeMap<>();
      selector.properties().forEach(label -> labels.put(label.getKey(), label.getValue().asText()));
      assertThat(labels).isEqualTo(POD_LABELS);
    }
    JsonNode scaled = manifests.one("HorizontalPodAutoscaler").at("/spec/scaleTargetRef");
    assertThat(scaled.path("kind")).isEqualTo(integration.path("kind"));
    assertThat(scaled.path("apiVersion")).isEqualTo(integration.path("apiVersion"));
    assertThat(scaled.path("name")).isEqualTo(integration.at("/metadata/name"));
    assertThat(integration.path("spec").has("replicas")).isFalse();
  }

  @OfEachVariant
  void letsThroughWhatThePortalNeedsAndNoMore(String variant) {
    Manifests manifests = rendered(variant);
    JsonNode policy = manifests.one("NetworkPolicy").path("spec");
    assertThat(texts(policy.path("policyTypes"))).containsExactly("Ingress", "Egress");
    Map<String, String> settings = settings(manifests);
    String database = settings.get("SPRING_DATASOURCE_URL").replaceFirst("^jdbc:", "");
    Set<String> needed = new TreeSet<>(Set.of("53/UDP", "53/TCP"));
    needed.add(port(database) + "/TCP");
    needed.add(port(settings.get("KEYCLOAK_ISSUER")) + "/TCP");
    needed.add(port("https://api.stripe.com") + "/TCP");
    assertThat(ports(policy.path("egress"))).isEqualTo(needed);
    Set<String> served =
        new TreeSet<>(
            Set.of(
                usualPort("/server/port") + "/TCP", usualPort("/management/server/port") + "/TCP"));
    if (variant.equals("scale-to-zero")) {
      served.addAll(Set.of("8012/TCP", "9090/TCP"));
    }
    assertThat(ports(policy.path("ingress"))).isEqualTo(served);
    for (JsonNode rule : policy.path("ingress")) {
      assertThat(rule.path("from")).isNotEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"development", "staging", "production", "live-routes", "gateway"})
  void replacesPodsWithoutLosingARequest(String variant) {
    Manifests manifests = rendered(variant);
    JsonNode deployment = manifests.trait("deployment");
    assertThat(deployment.path("strategy").asText()).isEqualTo("RollingUpdate");
    assertThat(deployment.path("rollingUpdateMaxUnavailable").asInt(1)).isZero();
    JsonNode pod = manifests.one("Integration").at("/spec/template/spec");
    int waits = pod.at("/containers/0/lifecycle/preStop/sleep/seconds").asInt();
    long ends =
        DurationStyle.SIMPLE
            .parse(APPLICATION.at("/spring/lifecycle/timeout-per-shutdown-phase").asText())
            .toSeconds();
    assertThat(waits).isPositive();
    assertThat(pod.path("terminationGracePeriodSeconds").asLong()).isGreaterThan(waits + ends);
    JsonNode health = manifests.trait("health");
    assertThat(
            health.path("startupPeriod").asInt() * health.path("startupFailureThreshold").asInt())
        .isLessThan(deployment.path("progressDeadlineSeconds").asInt());
  }

  @ParameterizedTest
  @ValueSource(strings = {"development", "staging", "production", "live-routes"})
  void comesInByTheIngressThatLeavesRefusalsToThePortal(String variant) {
    JsonNode ingress = rendered(variant).trait("ingress");
    assertThat(ingress.path("enabled").asBoolean()).isTrue();
    assertThat(texts(ingress.path("tlsHosts"))).containsExactly(ingress.path("host").asText());
    JsonNode annotations = ingress.path("annotations");
    DataSize body = size(annotations.path("nginx.org/client-max-body-size").asText());
    assertThat(body).isGreaterThan(DataSize.ofMegabytes(1));
    // The controller refuses an Ingress with snippets, unless it was started to allow them.
    assertThat(annotations.fieldNames())
        .toIterable()
        .noneMatch(annotation -> annotation.endsWith("-snippets"));
  }

  @Test
  void comesInByAGatewayInstead() {
    Manifests manifests = rendered("gateway");
    assertThat(manifests.trait("ingress").path("enabled").asBoolean(true)).isFalse();
    JsonNode route = manifests.one("HTTPRoute").path("spec");
    assertThat(route.at("/parentRefs/0/sectionName").asText()).isEqualTo(NAME);
    JsonNode backend = route.at("/rules/0/backendRefs/0");
    assertThat(backend.path("name").asText()).isEqualTo(NAME);
    assertThat(backend.path("port")).isEqualTo(manifests.trait("container").path("servicePort"));
  }

  @Test
  void leavesScalingToZeroToKnative() {
    Manifests manifests = rendered("scale-to-zero");
    assertThat(manifests.of("HorizontalPodAutoscaler")).isEmpty();
    assertThat(manifests.trait("knative-service").path("minScale").asInt(1)).isZero();
    for (String trait : List.of("service", "ingress", "pdb")) {
      assertThat(manifests.trait(trait).path("enabled").asBoolean(true)).as(trait).isFalse();
    }
    // What Knative refuses in a pod.
    JsonNode pod = manifests.one("Integration").at("/spec/template/spec");
    assertThat(names(pod))
        .containsExactlyInAnyOrder("automountServiceAccountToken", "containers", "volumes");
    assertThat(names(pod.at("/containers/0")))
        .containsExactlyInAnyOrder("name", "securityContext", "volumeMounts");
  }

  @Test
  void makesLiveRoutesOfEveryRouteAndQueryOfTheFolder() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("routes"))) {
      Map<String, String> texts = new TreeMap<>();
      files
          .filter(file -> !file.endsWith("kustomization.yaml") && !file.endsWith("README.md"))
          .forEach(file -> texts.put(file.getFileName().toString(), read(file)));
      for (String variant : List.of("development", "live-routes")) {
        Manifests manifests = rendered(variant);
        String routes = manifests.environment().get("PORTAL_ROUTES").replaceFirst("^file:", "");
        String name = manifests.configMaps().get(routes);
        assertThat(manifests.configMap(name)).isEqualTo(texts);
        assertThat(name).as("a name of its own for each content").matches(NAME + "-routes-.{10}");
      }
    }
    assertThat(rendered("production").environment()).doesNotContainKey("PORTAL_ROUTES");
  }

  @ParameterizedTest
  @ValueSource(strings = {"reconcile-accounts", "configure-portal"})
  void runsCommandsAsJobs(String command) {
    for (String variant : List.of("staging", "production")) {
      Manifests manifests = rendered(variant).ofIntegration(command);
      assertThat(manifests.one("Integration").at("/metadata/name").asText()).isEqualTo(command);
      JsonNode cron = manifests.trait("cron");
      assertThat(cron.path("auto").asBoolean(true)).isFalse();
      assertThat(cron.path("schedule").asText()).matches("\\d+ \\d+ [\\d*]+ [\\d*]+ \\*");
      assertThat(cron.path("concurrencyPolicy").asText()).isEqualTo("Forbid");
      JsonNode portal = rendered(variant).trait("container");
      JsonNode container = manifests.trait("container");
      for (String same :
          List.of(
              "image",
              "limitMemory",
              "runAsNonRoot",
              "runAsUser",
              "allowPrivilegeEscalation",
              "capabilitiesDrop",
              "seccompProfileType")) {
        assertThat(container.path(same)).as(same).isEqualTo(portal.path(same));
      }
      JsonNode pod = manifests.one("Integration").at("/spec/template/spec");
      assertThat(pod.path("automountServiceAccountToken").asBoolean(true)).isFalse();
      assertThat(String.join(" ", texts(pod.at("/containers/0/args"))))
          .isEqualTo(command.equals("configure-portal") ? command + " --dry-run" : command);
      assertThat(pod.at("/containers/0/securityContext").toString())
          .isEqualTo("{\"readOnlyRootFilesystem\":true}");
      for (String trait : List.of("health", "service", "ingress", "pdb", "knative-service")) {
        assertThat(manifests.trait(trait).path("enabled").asBoolean(true)).as(trait).isFalse();
      }
      assertThat(manifests.configMaps()).isEqualTo(rendered(variant).configMaps());
      manifests.secrets().values().forEach(name -> assertThat(keysInReadme(name)).isNotEmpty());
      JsonNode policy = manifests.ofIntegration("billing-portal-commands").one("NetworkPolicy");
      assertThat(texts(policy.at("/spec/podSelector/matchExpressions/0/values"))).contains(command);
      assertThat(policy.at("/spec/ingress")).isEmpty();
      assertThat(Documents.text("src/docs/stripe.md")).contains(" " + command + "\n");
    }
  }

  @Test
  void hasARunbookForEachAlert() {
    String runbook = README.substring(README.indexOf("\n## Alerts\n"));
    List<JsonNode> alerts = new ArrayList<>();
    rendered("production").one("PrometheusRule").at("/spec/groups/0/rules").forEach(alerts::add);
    assertThat(alerts).isNotEmpty();
    for (JsonNode alert : alerts) {
      assertThat(runbook).contains("| `" + alert.path("alert").asText() + "` |");
      assertThat(alert.at("/annotations/runbook_url").asText()).endsWith("/k8s/README.md#alerts");
      assertThat(alert.at("/labels/severity").asText()).isIn("critical", "warning");
      assertThat(alert.at("/annotations/summary").asText()).isNotBlank();
    }
  }

  private static Map<String, String> settings(Manifests manifests) {
    return manifests.configMap(manifests.configMaps().get("/etc/billing-portal/settings"));
  }

  /** The variables whose default is like this. */
  private static Set<String> documented(String byDefault) {
    Set<String> variables = new TreeSet<>();
    Pattern.compile("(?m)^\\| (`[A-Z_`, ]+`) \\|" + byDefault + "\\|")
        .matcher(Documents.text("src/docs/settings.md"))
        .results()
        .forEach(row -> variables.addAll(List.of(row.group(1).replace("`", "").split(", "))));
    return variables;
  }

  /** With which keys k8s/README.md makes a Secret. */
  private static Set<String> keysInReadme(String secret) {
    String command = "create secret generic " + secret + " ";
    int from = README.indexOf(command);
    assertThat(from).as(command).isPositive();
    String made = README.substring(from, README.indexOf("\n\n", from));
    return Pattern.compile("--from-(?:literal|file)=([A-Z_]+)")
        .matcher(made.replaceFirst("(?s)(?<!\\\\)\n.*", ""))
        .results()
        .map(key -> key.group(1))
        .collect(toCollection(TreeSet::new));
  }

  private static int port(String address) {
    int port = URI.create(address).getPort();
    return port < 0 ? 443 : port;
  }

  private static Set<String> ports(JsonNode rules) {
    Set<String> ports = new TreeSet<>();
    for (JsonNode rule : rules) {
      for (JsonNode port : rule.path("ports")) {
        ports.add(port.path("port").asText() + "/" + port.path("protocol").asText());
      }
    }
    return ports;
  }

  private static DataSize size(String nginx) {
    return DataSize.parse(nginx.replace("k", "KB"));
  }

  private static List<String> texts(JsonNode list) {
    return StreamSupport.stream(list.spliterator(), false).map(JsonNode::asText).toList();
  }

  private static List<String> names(JsonNode object) {
    return object.properties().stream().map(Map.Entry::getKey).toList();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A port of application.yaml where no variable sets another. */
  private static int usualPort(String setting) {
    return Integer.parseInt(APPLICATION.at(setting).asText().replaceAll("\\D", ""));
  }
}
