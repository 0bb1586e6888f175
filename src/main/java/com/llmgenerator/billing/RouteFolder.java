package com.llmgenerator.billing;

import com.llmgenerator.billing.startup.PlainText;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.ResourcePatternResolver;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;

/**
 * What a folder of routes holds. Camel takes whatever is there: a folder without the route that
 * finds API keys would make a service that starts, is healthy and answers 500.
 */
public final class RouteFolder {
  /** What systems and editors leave beside files: they hold no routes, whatever they are called. */
  private static final Pattern LEFT_BESIDE = Pattern.compile("[.#].*|.*(~|\\.swp|\\.bak|\\.orig)");

  /** As the jar was built and tested. */
  private static final String PACKAGED = "classpath:routes";

  private static final String ROUTES = "*.camel.yaml";
  private static final String QUERIES = "*.sql";

  private final String folder;
  private final ResourcePatternResolver resources;

  /**
   * @param folder where it is, as {@code PORTAL_ROUTES} says
   * @param resources the application's, which reads the names in the jar once for all who ask
   */
  public RouteFolder(String folder, ResourcePatternResolver resources) {
    this.folder = folder;
    this.resources = resources;
  }

  /** Whether a file of this name counts for nothing. */
  public static boolean ignores(String name) {
    return LEFT_BESIDE.matcher(name).matches();
  }

  /**
   * What is wrong with it, as {@code with 30-open-portal.camel.yaml, which is …} or {@code without
   * find-api-key.sql}: a file that cannot be read, or a route or query that the jar has and this
   * lacks. It may hold more and change all, but not lose one.
   */
  List<String> problems() throws IOException {
    if (folder.equals(PACKAGED)) {
      return List.of();
    }
    List<String> broken = new ArrayList<>();
    Set<String> parts = parts(broken).keySet();
    if (!broken.isEmpty()) {
      return broken;
    }
    Map<String, String> missing = new RouteFolder(PACKAGED, resources).parts(broken);
    missing.keySet().removeAll(parts);
    return missing.values().stream().map(part -> "without " + part).toList();
  }

  /** The names of its queries; none for those of the jar, which its tests know. */
  public List<String> queries() {
    return folder.equals(PACKAGED) ? List.of() : names(QUERIES);
  }

  /** Its files of routes, as {@code camel.main.routes-include-pattern} names them. */
  String routes() {
    return names(ROUTES).stream()
        .map(name -> folder + "/" + name)
        .sorted()
        .collect(Collectors.joining(","));
  }

  private List<String> names(String pattern) {
    try {
      return files(pattern).stream().map(Resource::getFilename).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** By its name, where each part stands; adds what cannot be read to a list. */
  private Map<String, String> parts(List<String> broken) throws IOException {
    Map<String, String> parts = new TreeMap<>();
    for (String pattern : List.of(QUERIES, ROUTES)) {
      for (Resource file : files(pattern)) {
        String name = file.getFilename();
        try {
          byte[] bytes = file.getContentAsByteArray();
          if (pattern.equals(ROUTES)) {
            entries(PlainText.decode(bytes)).forEach(entry -> add(entry, name, parts));
          } else {
            PlainText.decodeQuery(bytes);
            parts.put(name, name);
          }
        } catch (IllegalArgumentException e) {
          broken.add("with " + name + ", which " + e.getMessage());
        }
      }
    }
    return parts;
  }

  private static Iterable<?> entries(String text) {
    try {
      Object yaml = new Yaml(new SafeConstructor(new LoaderOptions())).load(text);
      return yaml instanceof Iterable<?> entries ? entries : List.of();
    } catch (MarkedYAMLException e) {
      int line = e.getProblemMark().getLine() + 1;
      throw new IllegalArgumentException("is no YAML in line " + line + ": " + e.getProblem(), e);
    } catch (YAMLException e) {
      throw new IllegalArgumentException("is no YAML: " + e.getMessage(), e);
    }
  }

  private static void add(Object entry, String file, Map<String, String> parts) {
    if (entry instanceof Map<?, ?> kinds) {
      kinds.forEach(
          (kind, body) -> {
            if (body instanceof Map<?, ?> node) {
              String name = kind + " " + node.get("id");
              parts.put(name, name + " (" + file + ")");
            }
          });
    }
  }

  private List<Resource> files(String pattern) throws IOException {
    return Arrays.stream(resources.getResources(folder + "/" + pattern))
        .filter(file -> !ignores(file.getFilename()))
        .toList();
  }
}
