package com.llmgenerator.billing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;

/**
 * A file {@code NN-verb-noun.camel.yaml}.
 *
 * @param name the file's name
 * @param text what stands in it
 * @param yaml the same, read
 * @param nodes everything in it to which Camel gives an id, in the order of the file
 */
record RouteFile(String name, String text, JsonNode yaml, List<Node> nodes) {
  /**
   * The kind of the endpoint of a REST operation. Designers show both as one, so it needs neither
   * id nor description.
   */
  static final String REST_TARGET = "target";

  private static final ObjectMapper JSON = new ObjectMapper();

  /** What Camel says of its YAML: comes with camel-yaml-dsl. */
  static final JsonNode SCHEMA = schema();

  /** The languages in which Camel takes an expression. */
  static final Set<String> LANGUAGES =
      properties("#/items/definitions/org.apache.camel.model.language.ExpressionDefinition");

  /** What has id and description by the schema, and which other properties it has. */
  private static final Map<String, Set<String>> KINDS = new HashMap<>();

  static {
    collectKinds(SCHEMA);
  }

  /**
   * A step, or another part of a route that a designer shows.
   *
   * @param order its place among the nodes of its file
   * @param path where it stands, as {@code /0/route/from/steps/1/choice/when/0}
   */
  record Node(String file, int order, String kind, String path, JsonNode body) {

    String text(String name) {
      return body.path(name).asText("");
    }

    String id() {
      return text("id");
    }

    /** The file's name without number and ending: what route, endpoint and test are called. */
    String stem() {
      return file.replaceFirst("^[0-9]+-", "").replaceFirst("\\.camel\\.yaml$", "");
    }

    /** Where it sends to or starts from; empty if it does neither. */
    String uri() {
      return body.isTextual() && kind.matches("to|" + REST_TARGET) ? body.asText() : text("uri");
    }

    /** The name in its {@code direct} or {@code seda} endpoint; empty if it has none. */
    String direct() {
      String[] uri = uri().split("[:?]");
      String name = uri.length > 1 ? uri[1] : body.at("/parameters/name").asText();
      return uri[0].matches("direct|seda") ? name : "";
    }

    /** The same with its scheme, as {@code direct:open-portal}: what others call. */
    String endpoint() {
      return direct().isEmpty() ? "" : uri().split("[:?]")[0] + ":" + direct();
    }

    boolean canHave(String property) {
      return KINDS.get(kind).contains(property);
    }

    /** Whether this step has run whenever the other one runs. */
    boolean runsBefore(Node other) {
      String list = path.replaceFirst("[0-9]+/[^/]+$", "");
      return file.equals(other.file) && order < other.order && other.path.startsWith(list);
    }

    @Override
    public String toString() {
      return file + ": " + kind + " " + (id().isEmpty() ? "at " + path : id());
    }
  }

  static RouteFile of(String name, String text) {
    try {
      RouteFile file = new RouteFile(name, text, yaml(text), new ArrayList<>());
      file.collect(file.yaml, "");
      return file;
    } catch (YAMLException e) {
      throw new IllegalArgumentException(name + ": is not YAML. Correct it: " + e.getMessage(), e);
    }
  }

  static JsonNode yaml(String text) {
    LoaderOptions options = new LoaderOptions();
    options.setAllowDuplicateKeys(false);
    return JSON.valueToTree(new Yaml(new SafeConstructor(options)).load(text));
  }

  @Override
  public String toString() {
    return name;
  }

  private void collect(JsonNode value, String path) {
    for (int i = 0; value.isArray() && i < value.size(); i++) {
      collect(value.get(i), path + "/" + i);
    }
    for (Map.Entry<String, JsonNode> entry : value.properties()) {
      String kind = entry.getKey();
      String here = path + "/" + kind;
      JsonNode body = entry.getValue();
      if (KINDS.containsKey(kind) && !body.isArray()) {
        boolean restTarget = here.matches("/\\d+/rest/.*/to");
        add(restTarget ? REST_TARGET : kind, here, body);
      }
      // A list is of nodes of that kind (when), or of wrapped nodes (onException).
      for (int i = 0; KINDS.containsKey(kind) && body.isArray() && i < body.size(); i++) {
        if (!body.get(i).has(kind)) {
          add(kind, here + "/" + i, body.get(i));
        }
      }
      if (!kind.equals("parameters")) {
        collect(body, here);
      }
    }
  }

  private void add(String kind, String path, JsonNode body) {
    nodes.add(new Node(name, nodes.size(), kind, path, body));
  }

  private static JsonNode schema() {
    try {
      return JSON.readTree(RouteFile.class.getResourceAsStream("/schema/camelYamlDsl.json"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void collectKinds(JsonNode node) {
    for (Map.Entry<String, JsonNode> entry : node.path("properties").properties()) {
      JsonNode value = entry.getValue();
      Set<String> has = properties(value.path("$ref").asText(value.at("/items/$ref").asText()));
      if (has.contains("id") && has.contains("description")) {
        KINDS.computeIfAbsent(entry.getKey(), kind -> new HashSet<>()).addAll(has);
      }
    }
    node.forEach(RouteFile::collectKinds);
  }

  private static Set<String> properties(String reference) {
    Set<String> names = new HashSet<>();
    JsonNode definition = SCHEMA.at(reference.isEmpty() ? "/none" : reference.substring(1));
    definition.path("properties").fieldNames().forEachRemaining(names::add);
    for (JsonNode form : definition.path("oneOf")) {
      form.path("properties").fieldNames().forEachRemaining(names::add);
    }
    return names;
  }
}
