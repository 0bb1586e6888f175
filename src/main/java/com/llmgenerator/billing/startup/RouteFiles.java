package com.llmgenerator.billing.startup;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.apache.camel.model.ModelCamelContext;
import org.apache.camel.model.OptionalIdentifiedDefinition;
import org.apache.camel.spi.OnCamelContextInitializing;
import org.apache.camel.spi.Resource;
import org.apache.camel.spring.boot.CamelSpringBootRoutesCollector;
import org.apache.camel.support.ResourceHelper;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.ApplicationContext;
import org.springframework.stereotype.Component;

/**
 * The files of {@code PORTAL_ROUTES}. A folder may change and add all, but must not lack a route or
 * query of the jar: without the route that finds API keys the portal would start, be healthy and
 * answer 500.
 */
@Component
final class RouteFiles extends CamelSpringBootRoutesCollector
    implements OnCamelContextInitializing {
  private static final String PACKAGED = "classpath:routes";
  private static final String ROUTE = ".camel.yaml";
  private static final String QUERY = ".sql";

  /** Control characters but tab and line ends, and what stands for bytes that are not UTF-8. */
  private static final Pattern UNREADABLE =
      Pattern.compile("[\\p{Cntrl}\\x80-\\x9f\\ufffd&&[^\\t\\n\\r]]");

  private final ApplicationContext resources;
  private final String folder;

  RouteFiles(ApplicationContext resources, @Value("${portal.routes}") String folder) {
    super(resources, false);
    this.resources = resources;
    this.folder = folder;
  }

  /**
   * The files of routes in the order of their names. Camel's own search would unpack the whole jar,
   * which takes a second of the start.
   *
   * @throws InvalidConfigurationException if there are none, or one of a route or query is not
   *     plain text
   */
  @Override
  public Collection<Resource> findRouteResourcesFromDirectory(
      CamelContext camel, String exclude, String include) {
    List<String> routes = names(folder, ROUTE);
    if (routes.isEmpty()) {
      throw new InvalidConfigurationException(
          List.of(
              "PORTAL_ROUTES must be a folder of *.camel.yaml files, as file:/etc/camel/routes."
                  + (" Found: " + folder)));
    }
    reject(
        Stream.concat(names(folder, QUERY).stream(), routes.stream())
            .flatMap(
                name -> fault(name).map(fault -> "with " + name + ", which " + fault).stream()));
    return routes.stream()
        .map(name -> ResourceHelper.resolveResource(camel, folder + "/" + name))
        .toList();
  }

  /**
   * Compares what Camel has read with the files of the jar, which are named like what they hold.
   *
   * @throws InvalidConfigurationException naming each that the folder lacks
   */
  @Override
  public void onContextInitializing(CamelContext camel) {
    ModelCamelContext model = (ModelCamelContext) camel;
    Set<String> ids =
        Stream.of(
                model.getRestDefinitions(),
                model.getRouteDefinitions(),
                model.getRouteConfigurationDefinitions())
            .flatMap(Collection::stream)
            .map(OptionalIdentifiedDefinition::getId)
            .collect(Collectors.toSet());
    List<String> lacking = new ArrayList<>(names(PACKAGED, QUERY));
    lacking.removeAll(queries());
    for (String name : names(PACKAGED, ROUTE)) {
      String id = name.replaceAll("^\\d+-|\\.camel\\.yaml$", "");
      if (!ids.contains(id)) {
        lacking.add(id + " (" + name + ")");
      }
    }
    reject(lacking.stream().map(part -> "without " + part));
  }

  /** The names of its queries. */
  List<String> queries() {
    return names(folder, QUERY);
  }

  /** The texts of its routes. */
  Stream<String> routes() {
    return names(folder, ROUTE).stream().map(this::text);
  }

  /** Without what systems and editors leave beside files: {@code ._a.sql}, {@code .#a.sql}. */
  private List<String> names(String folder, String ending) {
    try {
      return Stream.of(resources.getResources(folder + "/*" + ending))
          .map(org.springframework.core.io.Resource::getFilename)
          .filter(name -> !name.matches("[.#].*"))
          .sorted()
          .toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  private Optional<String> fault(String name) {
    String text;
    try {
      text = text(name);
    } catch (UncheckedIOException e) {
      return Optional.of("cannot be read: " + e.getCause().getMessage());
    }
    if (name.endsWith(QUERY) && text.startsWith("\ufeff")) {
      return Optional.of("begins with a byte-order mark: save it without one");
    }
    Matcher found = UNREADABLE.matcher(text);
    if (!found.find()) {
      return Optional.empty();
    }
    int character = found.group().charAt(0);
    long line = (text.substring(0, found.start()) + ".").lines().count();
    return Optional.of(
        character == '\ufffd'
            ? "is not UTF-8 in line " + line
            : "has the control character U+%04X in line %d".formatted(character, line));
  }

  private String text(String name) {
    try {
      return resources.getResource(folder + "/" + name).getContentAsString(StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void reject(Stream<String> found) {
    List<String> problems =
        found
            .map(
                problem ->
                    "PORTAL_ROUTES must be a folder with each route and query of the jar."
                        + (" Found: " + folder + " " + problem))
            .toList();
    if (!problems.isEmpty()) {
      throw new InvalidConfigurationException(problems);
    }
  }
}
