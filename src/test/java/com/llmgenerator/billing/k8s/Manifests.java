package com.llmgenerator.billing.k8s;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.springframework.util.FileSystemUtils;

/** What {@code kubectl apply -k} sends for an overlay, and the pod that Camel K makes of it. */
public final class Manifests {
  private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());
  private static final List<List<String>> TOOLS =
      List.of(List.of("kubectl", "kustomize"), List.of("kustomize", "build"));

  private final List<JsonNode> all;
  private final String name;

  private Manifests(List<JsonNode> all, String name) {
    this.all = all;
    this.name = name;
  }

  /**
   * Renders an overlay of a project. Skips the test where there is neither kubectl nor kustomize:
   * the JDK and Maven are all that the build needs, and {@code .ci/run} installs one.
   */
  public static Manifests render(Path project, String overlay) {
    List<String> tool = tool();
    assumeTrue(tool != null, "Needs kubectl (1.22 or later) or kustomize (4 or later) in the PATH");
    List<String> command = new ArrayList<>(tool);
    command.add(project.resolve("k8s/overlays").resolve(overlay).toString());
    try {
      Path faults = Files.createTempFile("kustomize", ".log");
      Process process = new ProcessBuilder(command).redirectError(faults.toFile()).start();
      String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new IllegalStateException(command + ": " + Files.readString(faults));
      }
      Files.delete(faults);
      return new Manifests(
          YAML.readerFor(JsonNode.class).<JsonNode>readValues(text).readAll(), "billing-portal");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A copy of what is rendered, to change something. */
  static Path copyProject(Path folder) {
    try {
      for (String part : List.of("k8s", "routes")) {
        FileSystemUtils.copyRecursively(Path.of(part), folder.resolve(part));
      }
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A copy of what is rendered, with a file in which one text is replaced by another. */
  public static Path copyProject(Path folder, String file, String text, String replacement) {
    copyProject(folder);
    Path path = folder.resolve(file);
    try {
      String before = Files.readString(path);
      if (!before.contains(text)) {
        throw new IllegalArgumentException(file + " does not contain " + text);
      }
      Files.writeString(path, before.replace(text, replacement));
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> tool() {
    List<Path> folders = Stream.of(System.getenv("PATH").split(":")).map(Path::of).toList();
    return TOOLS.stream()
        .filter(
            tool ->
                folders.stream()
                    .anyMatch(folder -> Files.isExecutable(folder.resolve(tool.get(0)))))
        .findFirst()
        .orElse(null);
  }

  static JsonNode yaml(Path file) {
    try {
      return YAML.readTree(file.toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  List<JsonNode> all() {
    return all;
  }

  List<JsonNode> of(String kind) {
    return all.stream().filter(one -> one.path("kind").asText().equals(kind)).toList();
  }

  /** The same, of which another Integration is asked for than that of the portal. */
  public Manifests ofIntegration(String other) {
    return new Manifests(all, other);
  }

  /** The only one of a kind, or the one with the Integration's name. */
  public JsonNode one(String kind) {
    List<JsonNode> found = of(kind);
    if (found.size() > 1) {
      found = found.stream().filter(one -> one.at("/metadata/name").asText().equals(name)).toList();
    }
    if (found.size() != 1) {
      throw new IllegalStateException("Expected one " + kind + ". Found: " + found.size());
    }
    return found.get(0);
  }

  /** What a ConfigMap holds. */
  public Map<String, String> configMap(String name) {
    JsonNode found =
        of("ConfigMap").stream()
            .filter(one -> one.at("/metadata/name").asText().equals(name))
            .findFirst()
            .orElseThrow(() -> new IllegalStateException("No ConfigMap is named " + name));
    Map<String, String> data = new LinkedHashMap<>();
    found
        .path("data")
        .properties()
        .forEach(entry -> data.put(entry.getKey(), entry.getValue().asText()));
    return data;
  }

  JsonNode trait(String name) {
    return one("Integration").at("/spec/traits").path(name);
  }

  /** The environment variables of the container. */
  public Map<String, String> environment() {
    Map<String, String> environment = new LinkedHashMap<>();
    for (JsonNode variable : trait("environment").path("vars")) {
      String[] parts = variable.asText().split("=", 2);
      environment.put(parts[0], parts[1]);
    }
    return environment;
  }

  /** By the folder where it is mounted, the name of each Secret. */
  public Map<String, String> secrets() {
    Map<String, String> secrets = new LinkedHashMap<>();
    for (JsonNode resource : trait("mount").path("resources")) {
      String[] parts = resource.asText().split("[:@]");
      if (!parts[0].equals("secret") || parts.length != 3) {
        throw new IllegalStateException("Expected secret:name@folder. Found: " + resource);
      }
      secrets.put(parts[2], parts[1]);
    }
    return secrets;
  }

  /** By the folder where it is mounted, the name of each ConfigMap. */
  public Map<String, String> configMaps() {
    JsonNode pod = one("Integration").at("/spec/template/spec");
    Map<String, String> names = new LinkedHashMap<>();
    for (JsonNode volume : pod.path("volumes")) {
      names.put(volume.path("name").asText(), volume.at("/configMap/name").asText());
    }
    Map<String, String> mounted = new LinkedHashMap<>();
    for (JsonNode mount : pod.at("/containers/0/volumeMounts")) {
      mounted.put(mount.path("mountPath").asText(), names.get(mount.path("name").asText()));
    }
    return mounted;
  }

  /** The queries of alerts and dashboards. */
  public List<String> queries() {
    List<String> queries = new ArrayList<>(one("PrometheusRule").findValuesAsText("expr"));
    try {
      String dashboard = configMap("billing-portal-dashboard").get("billing-portal.json");
      queries.addAll(YAML.readTree(dashboard).findValuesAsText("expr"));
      return queries;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
