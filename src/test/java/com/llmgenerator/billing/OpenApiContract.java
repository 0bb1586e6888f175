package com.llmgenerator.billing;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.dialect.Dialect;
import com.networknt.schema.dialect.Dialects;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * The HTTP contract of {@code openapi.yaml}, against which tests check what really went over the
 * wire.
 *
 * <p>It reads the document's schemas as what OpenAPI 3.1 says they are, JSON Schema 2020-12. It
 * knows what this document uses: parameters of paths and headers, bearer credentials.
 */
public final class OpenApiContract {
  private static final SchemaRegistry SCHEMAS =
      SchemaRegistry.withDialect(
          Dialect.builder(Dialects.getOpenApi31()).format(new DateTimeFormat()).build(),
          registry ->
              registry.schemaRegistryConfig(
                  SchemaRegistryConfig.builder().formatAssertionsEnabled(true).build()));
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  /** In bytes: room for fixed texts, and for no stack trace. */
  private static final int LONGEST_PROBLEM = 1024;

  private final JsonNode document;

  private OpenApiContract(String yaml) {
    try {
      JsonNode read =
          YAMLMapper.builder()
              .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
              .build()
              .readTree(yaml);
      document = inline(read, read);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("openapi.yaml is not YAML: " + e.getMessage(), e);
    }
  }

  /** Reads the document that the application serves. */
  public static OpenApiContract load() {
    return parse(text());
  }

  static OpenApiContract parse(String yaml) {
    return new OpenApiContract(yaml);
  }

  static String text() {
    try (InputStream in = OpenApiContract.class.getResourceAsStream("/openapi.yaml")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The document with every {@code $ref} replaced by what it points to. */
  JsonNode document() {
    return document;
  }

  /**
   * Checks a request that should be acceptable, and its answer.
   *
   * @param path the path, with or without a query
   * @param requestBody null if none was sent
   * @throws AssertionError naming everything that the document does not allow
   */
  public void check(
      String method,
      String path,
      Map<String, List<String>> requestHeaders,
      String requestBody,
      int status,
      Map<String, List<String>> responseHeaders,
      String responseBody) {
    List<String> faults = new ArrayList<>();
    requestFaults(operation(method, path), path, requestHeaders, requestBody, faults);
    responseFaults(method, path, status, responseHeaders, responseBody, faults);
    refuse(faults, method, path, status, responseBody);
  }

  /**
   * Checks the answer alone: for requests that are wrong on purpose.
   *
   * <p>A path or a method that is not documented must be answered with {@code NotFound} or {@code
   * MethodNotAllowed}.
   *
   * @throws AssertionError naming everything that the document does not allow
   */
  public void checkResponse(
      String method,
      String path,
      int status,
      Map<String, List<String>> responseHeaders,
      String responseBody) {
    List<String> faults = new ArrayList<>();
    responseFaults(method, path, status, responseHeaders, responseBody, faults);
    refuse(faults, method, path, status, responseBody);
  }

  /** Whether the document allows a JSON body of an operation that needs one. */
  public Predicate<String> allowedBodies(String method, String path) {
    Schema schema =
        SCHEMAS.getSchema(
            operation(method, path).at("/requestBody/content/application~1json/schema"));
    return body -> {
      try {
        JsonNode read = JSON.readTree(body);
        return !read.isMissingNode() && schema.validate(read).isEmpty();
      } catch (JsonProcessingException e) {
        return false;
      }
    };
  }

  /** What is wrong with a value by a schema of the document; empty if nothing is. */
  static List<String> faults(String where, JsonNode schema, JsonNode value) {
    return SCHEMAS.getSchema(schema).validate(value).stream()
        .map(error -> where + " " + error.getInstanceLocation() + ": " + error.getMessage())
        .toList();
  }

  private void requestFaults(
      JsonNode operation,
      String path,
      Map<String, List<String>> headers,
      String body,
      List<String> faults) {
    if (operation.isMissingNode()) {
      faults.add("request: the document has no such operation");
      return;
    }
    if (!operation.path("security").isEmpty()
        && values(headers, "Authorization").filter(v -> v.startsWith("Bearer ")).count() != 1) {
      faults.add("request: needs exactly one header Authorization: Bearer …");
    }
    for (JsonNode parameter : operation.path("parameters")) {
      String name = parameter.path("name").asText();
      if (parameter.path("in").asText().equals("path")) {
        // Only the last part of a path is a parameter here.
        JsonNode value = JsonNodeFactory.instance.textNode(path.replaceFirst(".*/", ""));
        faults.addAll(faults("request path " + name, parameter.path("schema"), value));
      } else {
        headerFaults("request", name, parameter, headers, faults);
      }
    }
    if (body == null && operation.at("/requestBody/required").asBoolean()) {
      faults.add("request body: is missing");
    }
    if (body != null) {
      contentFaults("request", operation.path("requestBody"), headers, body, faults);
    }
  }

  private void responseFaults(
      String method,
      String path,
      int status,
      Map<String, List<String>> headers,
      String body,
      List<String> faults) {
    JsonNode responses = responses(method, path);
    JsonNode response = responses.path(String.valueOf(status));
    if (response.isMissingNode()) {
      faults.add("status: %d is not documented here, only %s".formatted(status, names(responses)));
      return;
    }
    response
        .path("headers")
        .properties()
        .forEach(
            header ->
                headerFaults("response", header.getKey(), header.getValue(), headers, faults));
    int bytes = body == null ? 0 : body.getBytes(StandardCharsets.UTF_8).length;
    if (status >= 400 && bytes >= LONGEST_PROBLEM) {
      faults.add(
          "response body: has %d bytes, a problem less than %d".formatted(bytes, LONGEST_PROBLEM));
    }
    if (!response.has("content")) {
      if (bytes > 0 || values(headers, "Content-Type").findAny().isPresent()) {
        faults.add("response body: there is one, where none is documented");
      }
      return;
    }
    JsonNode read = contentFaults("response", response, headers, body, faults);
    String requestId = read.path("requestId").asText(null);
    if (requestId != null && values(headers, "X-Request-Id").noneMatch(requestId::equals)) {
      faults.add("response body: requestId is not the X-Request-Id of the response");
    }
  }

  private JsonNode operation(String method, String path) {
    return document.path("paths").path(documented(path)).path(method.toLowerCase(Locale.ROOT));
  }

  /** The path as the document has it: with names in braces in place of what stands there. */
  private String documented(String path) {
    String plain = path.replaceFirst("\\?.*", "");
    return names(document.path("paths")).stream()
        .filter(name -> plain.matches(name.replaceAll("\\{\\w+}", "[^/]+")))
        .findFirst()
        .orElse(plain);
  }

  private JsonNode responses(String method, String path) {
    JsonNode operation = operation(method, path);
    if (!operation.isMissingNode()) {
      return operation.path("responses");
    }
    JsonNode shared = document.path("components").path("responses");
    ObjectNode responses = JsonNodeFactory.instance.objectNode();
    return document.path("paths").has(documented(path))
        ? responses.set("405", shared.path("MethodNotAllowed"))
        : responses.set("404", shared.path("NotFound"));
  }

  private static void headerFaults(
      String where,
      String name,
      JsonNode header,
      Map<String, List<String>> headers,
      List<String> faults) {
    List<String> values = values(headers, name).toList();
    if (values.isEmpty() && header.path("required").asBoolean()) {
      faults.add(where + " header " + name + ": is missing");
    }
    if (values.size() > 1) {
      faults.add(where + " header " + name + ": is there " + values.size() + " times");
    }
    for (String value : values) {
      // A header is text; only the schema can say that this text is a number.
      boolean number =
          header.path("schema").path("type").asText().equals("integer")
              && value.matches("[0-9]{1,18}");
      JsonNodeFactory nodes = JsonNodeFactory.instance;
      JsonNode node = number ? nodes.numberNode(Long.parseLong(value)) : nodes.textNode(value);
      faults.addAll(faults(where + " header " + name, header.path("schema"), node));
    }
  }

  /** Checks content type and body; returns the body as it was read. */
  private static JsonNode contentFaults(
      String where,
      JsonNode documented,
      Map<String, List<String>> headers,
      String body,
      List<String> faults) {
    JsonNode none = JsonNodeFactory.instance.missingNode();
    JsonNode content = documented.path("content");
    String contentType = values(headers, "Content-Type").findFirst().orElse("none");
    String mediaType = contentType.replaceFirst("\\s*;.*", "").toLowerCase(Locale.ROOT);
    if (!content.has(mediaType)) {
      faults.add(
          "%s content type: %s is not documented here, only %s"
              .formatted(where, contentType, names(content)));
      return none;
    }
    if (body == null || body.isEmpty()) {
      faults.add(where + " body: is empty");
      return none;
    }
    try {
      JsonNode read =
          mediaType.endsWith("json")
              ? JSON.readTree(body)
              : JsonNodeFactory.instance.textNode(body);
      faults.addAll(faults(where + " body", content.path(mediaType).path("schema"), read));
      return read;
    } catch (JsonProcessingException e) {
      faults.add(where + " body: is not JSON: " + e.getOriginalMessage());
      return none;
    }
  }

  private static void refuse(
      List<String> faults, String method, String path, int status, String body) {
    if (!faults.isEmpty()) {
      throw new AssertionError(
          "%s %s answered %d, not as openapi.yaml says:%n- %s%nThe body was: %s"
              .formatted(
                  method, path, status, String.join(System.lineSeparator() + "- ", faults), body));
    }
  }

  private static Stream<String> values(Map<String, List<String>> headers, String name) {
    return headers.entrySet().stream()
        .filter(header -> name.equalsIgnoreCase(header.getKey()))
        .flatMap(header -> header.getValue().stream());
  }

  private static List<String> names(JsonNode object) {
    return StreamSupport.stream(object.properties().spliterator(), false)
        .map(Map.Entry::getKey)
        .toList();
  }

  private static JsonNode inline(JsonNode node, JsonNode root) {
    if (node.has("$ref")) {
      JsonNode target = root.at(node.path("$ref").asText().substring(1));
      if (target.isMissingNode()) {
        throw new IllegalArgumentException("openapi.yaml has no " + node.path("$ref").asText());
      }
      return inline(target, root);
    }
    if (node.isObject()) {
      ObjectNode copy = JsonNodeFactory.instance.objectNode();
      node.properties().forEach(e -> copy.set(e.getKey(), inline(e.getValue(), root)));
      return copy;
    }
    if (node.isArray()) {
      ArrayNode copy = JsonNodeFactory.instance.arrayNode();
      node.forEach(item -> copy.add(inline(item, root)));
      return copy;
    }
    return node;
  }
}
