package com.llmgenerator.billing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.ResourcePatternResolver;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.MarkedYAMLException;

/**
 * What a folder of routes holds. Camel takes whatever is there: a folder without the route that
 * finds API keys would make a service that starts, is healthy and answers 500.
 */
final class RouteFolder {
  /** As the jar was built and tested. */
  private static final String PACKAGED = "classpath:routes";

  private final String folder;
  private final ResourcePatternResolver resources;

  /**
   * @param folder where it is, as {@code PORTAL_ROUTES} says
   * @param resources the application's, which reads the names in the jar once for all who ask
   */
  RouteFolder(String folder, ResourcePatternResolver resources) {
    this.folder = folder;
    this.resources = resources;
  }

  /**
   * The names of the routes and queries that the jar has and this lacks: it may hold more and
   * change all, but not lose one.
   *
   * @throws IllegalArgumentException if a file is not YAML, saying which and where
   */
  Iterable<String> missing() throws IOException {
    if (folder.equals(PACKAGED)) {
      return List.of();
    }
    Map<String, String> missing = new RouteFolder(PACKAGED, resources).parts();
    missing.keySet().removeAll(parts().keySet());
    return missing.values();
  }

  /** Its files of routes, as {@code camel.main.routes-include-pattern} names them. */
  String routes() {
    try {
      return Arrays.stream(files("*.camel.yaml"))
          .map(file -> folder + "/" + file.getFilename())
          .sorted()
          .collect(Collectors.joining(","));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** By its name, where each part stands. */
  private Map<String, String> parts() throws IOException {
    Map<String, String> parts = new TreeMap<>();
    for (Resource query : files("*.sql")) {
      parts.put(query.getFilename(), query.getFilename());
    }
    for (Resource file : files("*.camel.yaml")) {
      if (read(file) instanceof Iterable<?> entries) {
        entries.forEach(entry -> add(entry, file.getFilename(), parts));
      }
    }
    return parts;
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

  private static Object read(Resource file) throws IOException {
    try (InputStream text = file.getInputStream()) {
      return new Yaml(new SafeConstructor(new LoaderOptions())).load(text);
    } catch (MarkedYAMLException e) {
      throw new IllegalArgumentException(
          file.getFilename()
              + ", which is no YAML in line "
              + (e.getProblemMark().getLine() + 1)
              + ": "
              + e.getProblem(),
          e);
    }
  }

  Resource[] files(String pattern) throws IOException {
    return resources.getResources(folder + "/" + pattern);
  }
}
