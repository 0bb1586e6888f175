package com.llmgenerator.billing;

import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toCollection;
import static java.util.stream.Collectors.toSet;

import com.fasterxml.jackson.databind.JsonNode;
import com.llmgenerator.billing.RouteFile.Node;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.beans.Introspector;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.comments.CommentType;
import org.yaml.snakeyaml.events.CommentEvent;
import org.yaml.snakeyaml.events.Event;
import org.yaml.snakeyaml.events.NodeEvent;
import org.yaml.snakeyaml.events.ScalarEvent;
import org.yaml.snakeyaml.parser.ParserImpl;
import org.yaml.snakeyaml.reader.StreamReader;

/**
 * The conventions of {@code routes/}. Each rule notes what breaks it: the file, what is wrong with
 * it, and what to do.
 */
public final class RouteRules {
  private static final Schema SCHEMA =
      SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_4).getSchema(RouteFile.SCHEMA);
  private static final String CODE_OF_EXCEPTION = "${exception.code}";

  private static final String SENT_HEADERS =
      "Authorization|Content-Type|Idempotency-Key|Stripe-Version"
          + "|Cache-Control|Retry-After|WWW-Authenticate|CamelHttpResponseCode";

  private final Path base;
  private final Path routes;
  private final List<RouteFile> files;
  private final List<Node> nodes;
  private final List<Node> calls;
  private final Set<String> faults = new TreeSet<>();

  private RouteRules(Path base, Path routes) {
    this.base = base;
    this.routes = routes;
    files = found("routes/", ".camel.yaml").map(p -> RouteFile.of(name(p), text(p))).toList();
    List<Node> all = files.stream().flatMap(file -> file.nodes().stream()).toList();
    nodes = all.stream().filter(node -> !node.kind().equals(RouteFile.REST_TARGET)).toList();
    calls = all.stream().filter(n -> !n.kind().equals("from") && !n.uri().isEmpty()).toList();
  }

  /** The rules by what they demand of {@code routes/}. */
  static Map<String, Consumer<RouteRules>> all() {
    Map<String, Consumer<RouteRules>> rules = new LinkedHashMap<>();
    rules.put("valid Camel YAML", RouteRules::schema);
    rules.put("file names NN-verb-noun", RouteRules::fileNames);
    rules.put("one route per file, named like it", RouteRules::oneRouteEach);
    rules.put("a test for each route", RouteRules::tests);
    rules.put("short files", RouteRules::length);
    rules.put("a description on every node", RouteRules::descriptions);
    rules.put("a hand-made id on every node", RouteRules::ids);
    rules.put("a routeConfiguration for every route", RouteRules::routeConfigurations);
    rules.put("every direct resolves, every route is called", RouteRules::directs);
    rules.put("the canonical form", RouteRules::canonicalForm);
    rules.put("plain text with one header comment", RouteRules::plainText);
    rules.put("every setting declared and used", RouteRules::settings);
    rules.put("every bean exists", RouteRules::beans);
    rules.put("every exception exists", RouteRules::exceptions);
    rules.put("headers stay home", RouteRules::headers);
    rules.put("SQL in files, with named parameters", RouteRules::sql);
    rules.put("every answer is in openapi.yaml", RouteRules::answers);
    rules.put("every file that a document names exists", RouteRules::documents);
    return rules;
  }

  /** What breaks a rule in the project below a folder. */
  static Set<String> faults(Path base, Consumer<RouteRules> rule) {
    RouteRules rules = new RouteRules(base, base.resolve("routes"));
    rules.demand(!rules.files.isEmpty(), "routes", "has no routes. Run it in the project.");
    rule.accept(rules);
    return rules.faults;
  }

  /** What breaks the rules in another folder of routes: what is no Camel YAML comes alone. */
  public static Set<String> faults(Path base, Path routes) {
    try {
      RouteRules rules = new RouteRules(base, routes);
      rules.schema();
      if (rules.faults.isEmpty()) {
        all().values().forEach(rule -> rule.accept(rules));
      }
      return rules.faults;
    } catch (RuntimeException e) {
      return Set.of(String.valueOf(e.getMessage()));
    }
  }

  private void schema() {
    String echo = ".*(object found, string expected|one and only one schema.*)";
    for (RouteFile file : files) {
      List<String> errors =
          SCHEMA.validate(file.yaml()).stream()
              .map(error -> error.getInstanceLocation() + " " + error.getMessage())
              .toList();
      // Of a step that may also be a text, the schema says besides that it is none.
      List<String> telling = errors.stream().filter(error -> !error.matches(echo)).toList();
      for (String error : telling.isEmpty() ? errors : telling) {
        demand(false, file, error + ". Write what the schema of camel-yaml-dsl has.");
      }
    }
  }

  private void fileNames() {
    String name =
        "\\d\\d(-[a-z]+){2,}\\.camel\\.yaml|[a-z]+(-[a-z]+)+\\.sql|kustomization\\.yaml|README\\.md";
    for (Path path : found("routes/", "").toList()) {
      boolean named = name(path).matches(name);
      demand(named, name(path), "is no name of a route. Take NN-verb-noun.camel.yaml.");
    }
  }

  private void oneRouteEach() {
    for (RouteFile file : files) {
      demand(file.yaml().size() == 1, file, "has not one entry. Make one file for each.");
    }
    for (Node node : nodes("route", "rest", "routeConfiguration")) {
      boolean same = node.id().equals(node.stem());
      demand(same, node, "is not named like its file. Set id: " + node.stem());
    }
    for (Node node : nodes("from")) {
      boolean same = node.direct().isEmpty() || node.direct().equals(node.stem());
      demand(same, node, "is not named like its file. Set name: " + node.stem());
    }
  }

  private void tests() {
    for (Node route : nodes("route")) {
      String test =
          Stream.of(route.stem().split("-"))
              .map(word -> Character.toUpperCase(word.charAt(0)) + word.substring(1))
              .collect(joining("", "", "RouteTest.java"));
      boolean there = found("src/test/java/", "/" + test).findAny().isPresent();
      demand(there, route.file(), "has no test. Write " + test + ".");
    }
  }

  private void length() {
    for (RouteFile file : files) {
      long lines = file.text().lines().count();
      int most = file.yaml().findValue("routeConfiguration") == null ? 80 : 300;
      String fault = "has " + lines + " lines of at most " + most;
      demand(lines <= most, file, fault + ". Move steps to a route of their own.");
    }
  }

  private void descriptions() {
    for (Node node : nodes) {
      String said = node.text("description").strip();
      int words = said.isEmpty() ? 0 : said.split("\\s+").length;
      boolean whole = node.kind().matches("route|rest|routeConfiguration|get|post|put|delete");
      String fault =
          "is described in " + words + " words. Say in 3 to 8 what a reader should think.";
      demand(words >= 3 && (words <= 8 || whole), node, fault);
      boolean asks = !node.kind().equals("choice") || said.endsWith("?");
      demand(asks, node, "does not ask. Make the description a question.");
    }
  }

  private void ids() {
    Map<String, Node> seen = new HashMap<>();
    for (Node node : nodes) {
      boolean words = node.id().matches("[a-z]+(-[a-z]+)*");
      demand(words, node, "has no hand-made id. Set words, as reject-without-account.");
      Node other = node.id().isEmpty() ? null : seen.putIfAbsent(node.id(), node);
      demand(other == null, node, "has the id of another node (" + other + "). Set a new one.");
    }
  }

  private void routeConfigurations() {
    Set<String> known = nodes("routeConfiguration").stream().map(Node::id).collect(toSet());
    for (Node route : nodes("route")) {
      String id = route.text("routeConfigurationId");
      String fault = "has the routeConfigurationId '" + id + "', which is none. Set one of ";
      demand(known.contains(id), route, fault + known + ".");
    }
  }

  private void directs() {
    Set<String> routes = nodes("from").stream().map(Node::endpoint).collect(toSet());
    Set<String> called = calls.stream().map(Node::endpoint).collect(toSet());
    for (Node node : calls) {
      boolean there = node.endpoint().isEmpty() || routes.contains(node.endpoint());
      demand(there, node, "calls " + node.endpoint() + ", which is no route. Correct the name.");
    }
    for (Node from : nodes("from")) {
      boolean reached = from.endpoint().isEmpty() || called.contains(from.endpoint());
      demand(reached, from.file(), "is called by no route. Call it or delete it.");
    }
  }

  private void canonicalForm() {
    for (RouteFile file : files) {
      for (JsonNode entry : file.yaml()) {
        String name = entry.fieldNames().next();
        boolean known = name.matches("route|rest|routeConfiguration");
        demand(known, file, "starts with " + name + ". Write - route:");
      }
    }
    for (Node node : nodes) {
      boolean plain = !node.uri().matches("[a-z-]+[:?].*");
      demand(plain, node, "has all in its uri. Split it into uri and parameters.");
      demand(node.body().isObject(), node, "is written short. Write it as a block.");
      for (Map.Entry<String, JsonNode> parameter : node.body().path("parameters").properties()) {
        String set = parameter.getKey() + ": " + parameter.getValue().asText();
        boolean quoted =
            parameter.getValue().isTextual()
                && set.toLowerCase(Locale.ROOT).matches(".*: (true|false)");
        demand(!quoted, node, "has quotes that Kaoto shows as true. Write " + set);
      }
      for (String language : RouteFile.LANGUAGES) {
        boolean bare = node.body().has(language) && node.canHave("expression");
        JsonNode written = node.body().path("expression").path(language);
        String form = ". Write expression: {" + language + ": {expression: …}}";
        demand(!bare && !written.isValueNode(), node, "has a short " + language + form);
      }
    }
  }

  private void plainText() {
    for (RouteFile file : files) {
      boolean lines = file.text().endsWith("\n") && !file.text().contains("\r");
      demand(lines, file, "has other line ends. End every line with LF.");
      LoaderOptions options = new LoaderOptions().setProcessComments(true);
      ParserImpl parser = new ParserImpl(new StreamReader(file.text()), options);
      boolean header = true;
      while (parser.peekEvent() != null) {
        Event event = parser.getEvent();
        int line = event.getStartMark().getLine();
        String at = file + ":" + (line + 1);
        header &= event instanceof CommentEvent || event.is(Event.ID.StreamStart);
        boolean comment =
            event instanceof CommentEvent c && c.getCommentType() != CommentType.BLANK_LINE;
        demand(header || !comment, at, "has a comment, which designers drop. Use description.");
        boolean anchor = event instanceof NodeEvent node && node.getAnchor() != null;
        demand(!anchor, at, "has an anchor or an alias. Write the value out.");
        boolean folded = event instanceof ScalarEvent && event.getEndMark().getLine() != line;
        demand(!folded, at, "has a text of several lines. Write it on one.");
        boolean folds =
            event instanceof ScalarEvent scalar
                && scalar.getValue().contains(" ")
                && event.getEndMark().getColumn() > 80;
        demand(!folds, at, "has a text beyond column 80, which Kaoto folds. Shorten it.");
      }
    }
  }

  /** Whether a record of {@code @ConfigurationProperties} has a component for the key. */
  private static boolean isBound(String key, String java) {
    return all(java, "@ConfigurationProperties\\(\"([a-z.-]+)\"\\)").stream()
        .filter(prefix -> key.startsWith(prefix + "."))
        .map(prefix -> key.substring(prefix.length() + 1))
        .map(
            name ->
                Pattern.compile("-(.)")
                    .matcher(name)
                    .replaceAll(m -> m.group(1).toUpperCase(Locale.ROOT)))
        .anyMatch(name -> !all(java, "( " + name + "[,)])").isEmpty());
  }

  private void settings() {
    String application = textOf("src/main/resources/application.yaml");
    String java = java();
    Set<String> declared = all(java, "\"([a-z-]+(?:\\.[a-z-]+)+)\"");
    addNames("", RouteFile.yaml(application), declared);
    String users = java + application;
    for (Path path : found("routes/", "").toList()) {
      users += text(path);
      for (String key : all(text(path), "\\{\\{[?!]?([^}:]+)[^}]*}}")) {
        String fault = "uses {{" + key + "}}, which is no setting. Declare it in application.yaml.";
        demand(declared.contains(key), name(path), fault);
      }
    }
    for (String key : declared) {
      boolean ours = key.matches("(keycloak|portal|stripe)\\..*");
      boolean used =
          isBound(key, java) || !all(users, "([{\"]" + Pattern.quote(key) + "[:}\"/])").isEmpty();
      String fault = "declares " + key + ", which nothing reads. Delete it.";
      demand(used || !ours, "application.yaml", fault);
    }
  }

  private void beans() {
    Set<String> known = all(java(), "(?:@Component|@Bean|\\.register\\w+)\\(\"([^\"]+)\"");
    known.addAll(all(java(), "@Bean\\s[^(]*\\b(\\w+)\\("));
    for (String type : all(java(), "@Component\\s[^{]*?class (\\w+)")) {
      known.add(Introspector.decapitalize(type));
    }
    String named = "(?:\\$\\{bean:| (?:ref|objectMapper|beanName): |[\"']#(?:bean:)?)(\\w+)";
    for (Path path : found("routes/", "").toList()) {
      for (String bean : all(text(path), named)) {
        String fault = "names the bean " + bean + ", which is none. Name a @Component or @Bean.";
        demand(known.contains(bean), name(path), fault);
      }
    }
  }

  private void exceptions() {
    for (Node node : nodes) {
      boolean thrown = node.kind().equals("throwException");
      Set<String> names = new TreeSet<>(thrown ? Set.of(node.text("exceptionType")) : Set.of());
      node.body().path("exception").forEach(caught -> names.add(caught.asText()));
      for (String name : names) {
        demand(exceptionFault(name, thrown).isEmpty(), node, exceptionFault(name, thrown));
      }
    }
  }

  private static String exceptionFault(String name, boolean thrown) {
    try {
      Class<?> type = Class.forName(name, false, RouteRules.class.getClassLoader());
      if (!Modifier.isPublic(type.getModifiers())) {
        return "names " + name + ", which is not public. Make it public.";
      }
      return !thrown || type.getConstructor(String.class) != null ? "" : name;
    } catch (ClassNotFoundException e) {
      return "names " + name + ", which is no class. Correct the name.";
    } catch (NoSuchMethodException e) {
      return "throws " + name + ", which has no public (String) constructor. Add one.";
    }
  }

  private void headers() {
    for (Node node : nodes("setHeader", "headers")) {
      String fault = "sets the header " + node.text("name");
      boolean sent = node.text("name").matches(SENT_HEADERS);
      demand(sent, node, fault + ". Use a variable; headers are what is sent.");
    }
    List<Node> removals =
        nodes("removeHeaders").stream()
            .filter(node -> node.text("pattern").equals("*") && !node.body().has("excludePattern"))
            .toList();
    for (Node call : calls) {
      boolean clean =
          !call.uri().matches("(sql|https?)\\b.*")
              || removals.stream().anyMatch(removal -> removal.runsBefore(call));
      String remedy = "Put removeHeaders with pattern \"*\" before it.";
      demand(clean, call, "may send headers of the caller. " + remedy);
    }
  }

  private void sql() {
    Set<String> used = new TreeSet<>();
    for (Node call : calls) {
      String file = call.body().at("/parameters/query").asText().replaceFirst(".*/", "");
      used.add(file);
      boolean there = file.endsWith(".sql") && Files.exists(routes.resolve(file));
      String remedy = "Set query: \"{{portal.routes}}/….sql\"";
      demand(there || !call.uri().equals("sql"), call, "names no SQL file of routes/. " + remedy);
    }
    for (Path path : found("routes/", ".sql").toList()) {
      String rest = text(path).replaceAll("--.*|:#(\\w+|\\$\\{[\\w.:]+})", "");
      boolean named = all(rest, "([#?]|\\{\\{|\\$\\{)").isEmpty();
      demand(named, name(path), "has a nameless parameter. Write :#${variable.name}.");
      demand(used.contains(name(path)), name(path), "is used by no route. Delete it.");
    }
  }

  private void answers() {
    String document = textOf("src/main/resources/openapi.yaml");
    String details = "\n" + textOf("src/main/resources/problems.properties");
    Set<String> answered = new TreeSet<>();
    for (RouteFile file : files) {
      for (String answer : all(file.text(), "\\banswer\\((.*)\\)")) {
        if (answer.endsWith(CODE_OF_EXCEPTION)) {
          all(java(), "(?:BadRequestException|super)\\(\\s*\"([a-z_]+)\"")
              .forEach(code -> answered.add(answer.replace(CODE_OF_EXCEPTION, "'" + code + "'")));
        } else {
          answered.add(answer);
          boolean whole = answer.matches("\\d+, '\\w+'");
          demand(whole, file, "has answer(" + answer + "). Write answer(status, 'code').");
        }
      }
    }
    Set<String> documented = new TreeSet<>();
    for (JsonNode example : OpenApiContract.parse(document).document().findValues("value")) {
      String code = "'" + example.path("code").asText() + "'";
      documented.add(example.path("status").asText() + ", " + code);
      String line =
          "\n" + example.path("code").asText() + "=" + example.path("detail").asText() + "\n";
      demand(
          !example.has("code") || details.contains(line),
          "openapi.yaml",
          "has another text for " + code + " than problems.properties. Make them the same.");
      boolean kept =
          !example.has("code")
              || answered.stream().anyMatch(answer -> answer.contains(code))
              || java().contains(code.replace('\'', '"'));
      demand(kept, "openapi.yaml", "has " + code + ", which nothing answers. Delete it.");
    }
    for (String answer : answered) {
      String fault = "has no example " + answer + ", which a route answers. Document it.";
      demand(documented.contains(answer), "openapi.yaml", fault);
    }
  }

  private void documents() {
    Set<String> paths = found("", "").map(path -> "/" + base.relativize(path)).collect(toSet());
    for (Path document : found("", ".md").toList()) {
      for (String name : all(text(document), "`(?!NN-|target/)(\\w[\\w./-]*)`")) {
        // Without an ending only what is in one of our folders is a path: text/html is none.
        boolean isPath =
            name.matches(".+\\.(yaml|yml|sql|java|md|xml|json|sh|png)|[A-Z]\\w+(Test|IT)")
                || name.contains("/") && Files.exists(base.resolve(name.replaceFirst("/.*", "")));
        String end = "/" + name.replaceFirst("/$", "");
        boolean there =
            paths.stream()
                .anyMatch(
                    p -> p.endsWith(end) || p.endsWith(end + ".java") || p.contains(end + "/"));
        String fault = "names `" + name + "`, which is no file here. Correct the name.";
        demand(there || !isPath, base.relativize(document), fault);
      }
    }
  }

  private void demand(boolean holds, Object about, String fault) {
    if (!holds) {
      faults.add(about + ": " + fault);
    }
  }

  private List<Node> nodes(String... kinds) {
    return nodes.stream().filter(node -> List.of(kinds).contains(node.kind())).toList();
  }

  /** The files below a folder, without what was built; none if there is no such folder. */
  private Stream<Path> found(String folder, String ending) {
    Path root = folder.equals("routes/") ? routes : base.resolve(folder);
    if (!Files.isDirectory(root)) {
      return Stream.of();
    }
    try (Stream<Path> walk = Files.walk(root)) {
      return walk
          .filter(path -> path.toString().endsWith(ending) && Files.isRegularFile(path))
          .filter(path -> !(folder + root.relativize(path)).matches("(target|\\.git)/.*"))
          .filter(path -> !folder.equals("routes/") || !name(path).matches("[.#].*"))
          .sorted()
          .toList()
          .stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String java() {
    return found("src/main/java/", ".java").map(RouteRules::text).collect(joining());
  }

  private String textOf(String path) {
    return Files.exists(base.resolve(path)) ? text(base.resolve(path)) : "";
  }

  private static String text(Path path) {
    try {
      return Files.readString(path);
    } catch (IOException e) {
      throw new UncheckedIOException(path + ": is not UTF-8. Save it as UTF-8.", e);
    }
  }

  private static String name(Path path) {
    return path.getFileName().toString();
  }

  private static void addNames(String prefix, JsonNode node, Set<String> names) {
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      if (entry.getValue().isValueNode()) {
        names.add(prefix + entry.getKey());
      }
      addNames(prefix + entry.getKey() + ".", entry.getValue(), names);
    }
  }

  /** What the first group of a pattern matches in a text. */
  private static Set<String> all(String text, String pattern) {
    return Pattern.compile(pattern)
        .matcher(text)
        .results()
        .map(found -> found.group(1))
        .collect(toCollection(TreeSet::new));
  }
}
