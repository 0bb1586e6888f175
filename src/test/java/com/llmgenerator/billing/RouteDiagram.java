package com.llmgenerator.billing;

import com.llmgenerator.billing.RouteFile.Node;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * The flow as a Mermaid flowchart, read from {@code routes/}: the operations of the API and timers
 * at the left, a node for each route, and the calls between them; broken lines where the caller
 * does not wait.
 */
final class RouteDiagram {
  private final List<RouteFile> files;
  private final StringBuilder lines = new StringBuilder("flowchart LR\n");

  private RouteDiagram(List<RouteFile> files) {
    this.files = files;
  }

  static String of(Path folder) throws IOException {
    try (Stream<Path> routes = Files.list(folder)) {
      return new RouteDiagram(
              routes
                  .filter(file -> file.toString().endsWith(".camel.yaml"))
                  .sorted()
                  .map(RouteDiagram::read)
                  .toList())
          .draw();
    }
  }

  private static RouteFile read(Path file) {
    return RouteFile.of(file.getFileName().toString(), Documents.text(file.toString()));
  }

  private String draw() {
    files.forEach(this::operations);
    files.forEach(this::route);
    files.forEach(this::calls);
    for (Node handler : nodes("routeConfiguration")) {
      node(handler, "[[", "]]", "");
      lines.append("  every_route[every route] -. fails .-> ").append(id(handler)).append('\n');
    }
    return lines.toString();
  }

  private void operations(RouteFile file) {
    for (Node operation : file.nodes()) {
      for (Node target : file.nodes()) {
        if (target.path().equals(operation.path() + "/to")
            && target.kind().equals(RouteFile.REST_TARGET)) {
          String call = operation.kind().toUpperCase(Locale.ROOT) + " " + operation.text("path");
          lines.append(
              "  %s([\"%s\"]) --> %s%n".formatted(id(operation), call, id(target.direct())));
        }
      }
    }
  }

  private void route(RouteFile file) {
    Node route = find(file, "route");
    if (route == null) {
      return;
    }
    node(route, "[", "]", servers(file));
    Node from = find(file, "from");
    if (from.direct().isEmpty()) {
      lines.append(
          "  %s([\"%s\"]) --> %s%n".formatted(id(from), from.text("description"), id(route)));
    }
  }

  /** What a route asks besides other routes: its queries, and servers by HTTP. */
  private static String servers(RouteFile file) {
    return file.nodes().stream()
        .filter(node -> !node.kind().equals("from"))
        .flatMap(
            node ->
                switch (node.uri()) {
                  case "sql" ->
                      Stream.of(
                          node.body().at("/parameters/query").asText().replaceFirst(".*/", ""));
                  case "http", "https" ->
                      Stream.of(
                          node.body().at("/parameters/httpUri").asText().replaceAll("[{}]", ""));
                  default -> Stream.<String>of();
                })
        .map(server -> "<br/>" + server)
        .reduce("", String::concat);
  }

  private void calls(RouteFile file) {
    Node route = find(file, "route");
    file.nodes().stream()
        .filter(node -> !node.kind().matches("from|" + RouteFile.REST_TARGET))
        .filter(node -> !node.direct().isEmpty())
        .forEach(
            node -> {
              boolean waits = node.endpoint().startsWith("direct:") && node.kind().equals("to");
              String arrow = waits ? "-->" : "-.->";
              lines.append("  %s %s %s%n".formatted(id(route), arrow, id(node.direct())));
            });
  }

  private void node(Node node, String open, String close, String more) {
    String label = node.stem() + "<br/>" + node.text("description").replace("\"", "#quot;") + more;
    lines.append("  %s%s\"%s\"%s%n".formatted(id(node), open, label, close));
  }

  private List<Node> nodes(String kind) {
    return files.stream()
        .flatMap(file -> file.nodes().stream())
        .filter(node -> node.kind().equals(kind))
        .toList();
  }

  private static Node find(RouteFile file, String kind) {
    return file.nodes().stream().filter(n -> n.kind().equals(kind)).findFirst().orElse(null);
  }

  private static String id(Node node) {
    return id(node.id());
  }

  /** Mermaid reads "--" in a name as a line. */
  private static String id(String name) {
    return name.replace('-', '_');
  }
}
