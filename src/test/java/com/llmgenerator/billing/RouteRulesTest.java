package com.llmgenerator.billing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.util.FileSystemUtils;

/** Each rule finds the fault it is for: a good project, and what one change of it breaks. */
class RouteRulesTest {
  private static final String ROUTE = "routes/20-open-portal.camel.yaml";
  private static final Map<String, String> PROJECT =
      Map.of(
          "routes/10-rest-api.camel.yaml",
          """
          # The API.
          - rest:
              id: rest-api
              description: Open the portal
              path: /api
              post:
                - id: post-portal
                  description: For a signed-in user
                  path: /portal
                  to: direct:open-portal
          """,
          ROUTE,
          """
          # In: a request.
          # Out: a URL.
          - route:
              id: open-portal
              description: Open the portal
              routeConfigurationId: problem-responses
              from:
                id: from-api
                description: A request of somebody
                uri: direct
                parameters:
                  name: open-portal
                steps:
                  - removeHeaders:
                      id: clear-headers
                      description: Nothing steers the query
                      pattern: "*"
                  - to:
                      id: query-account
                      description: Find the user's account
                      uri: sql
                      parameters:
                        query: "{{portal.routes}}/find-account.sql"
                      variableReceive: account
                  - choice:
                      id: check-account
                      description: Is there an account?
                      when:
                        - id: when-account-absent
                          description: Nothing was bought yet
                          expression:
                            simple:
                              expression: ${variable.account} == null
                          steps:
                            - throwException:
                                id: refuse
                                description: There is no portal
                                exceptionType: java.lang.IllegalStateException
                                message: No account
                  - setHeader:
                      id: set-type
                      description: The answer is JSON
                      name: Content-Type
                      expression:
                        constant:
                          expression: application/json
          """,
          "routes/90-problem-responses.camel.yaml",
          """
          - routeConfiguration:
              id: problem-responses
              description: Answer every failure
              onException:
                - onException:
                    id: internal-error
                    description: A fault of ours
                    exception:
                      - java.lang.Throwable
                    handled:
                      constant:
                        expression: "true"
                    steps:
                      - bean:
                          id: answer-internal-error
                          description: Answer 500 internal_error
                          ref: problem
                          method: answer(500, 'internal_error')
          """,
          "routes/find-account.sql",
          """
          -- Whose account? The key's mode decides.
          select id from account where user_id = :#${variable.userId} and live = :#live
          """,
          "src/main/resources/application.yaml",
          """
          portal:
            routes: classpath:routes
          """,
          "src/main/resources/problems.properties",
          """
          internal_error=Sorry.
          """,
          "src/main/resources/openapi.yaml",
          """
          examples:
            sorry:
              value: {status: 500, code: internal_error, detail: Sorry.}
          """,
          "src/main/java/Problem.java",
          """
          @Component("problem")
          final class Problem {}
          """,
          "src/test/java/OpenPortalRouteTest.java",
          "",
          "routes/README.md",
          """
          The flow is `routes/`, its entry `10-rest-api.camel.yaml`, sent as `text/html`.
          """);

  @TempDir Path base;

  @BeforeEach
  void writeProject() throws IOException {
    for (Map.Entry<String, String> file : PROJECT.entrySet()) {
      Files.createDirectories(base.resolve(file.getKey()).getParent());
      Files.writeString(base.resolve(file.getKey()), file.getValue());
    }
  }

  @Test
  void accepts() {
    assertThat(RouteRules.all().values())
        .allSatisfy(rule -> assertThat(RouteRules.faults(base, rule)).isEmpty());
  }

  @Test
  void acceptsARouteThatIsCalledAsynchronously() throws IOException {
    String api = "routes/10-rest-api.camel.yaml";
    Files.writeString(base.resolve(api), PROJECT.get(api).replace("direct:", "seda:"));
    Files.writeString(base.resolve(ROUTE), PROJECT.get(ROUTE).replace("uri: direct", "uri: seda"));
    accepts();
  }

  @Test
  void ignoresWhatSystemsAndEditorsLeave() throws IOException {
    Files.writeString(base.resolve("routes/._20-open-portal.camel.yaml"), "\0");
    Files.writeString(base.resolve("routes/#find-account.sql#"), "?");
    accepts();
  }

  @Test
  void refusesAFolderWithoutRoutes() {
    RouteRules.all()
        .forEach(
            (name, rule) ->
                assertThat(RouteRules.faults(base.resolve("src"), rule))
                    .as(name)
                    .contains("routes: has no routes. Run it in the project."));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          valid Camel YAML | uri: sql | uri: sql\\n            frequency: often | 20-open-portal.camel.yaml: /0/route/from/steps/1/to property 'frequency' is not defined in the schema and the schema does not allow additional properties. Write what the schema of camel-yaml-dsl has.
          valid Camel YAML | id: set-type | id: {} | 20-open-portal.camel.yaml: /0/route/from/steps/3/setHeader/id object found, string expected. Write what the schema of camel-yaml-dsl has.
          one route per file, named like it | id: open-portal\\n | id: open-door\\n | 20-open-portal.camel.yaml: route open-door: is not named like its file. Set id: open-portal
          one route per file, named like it | uri: direct\\n      parameters:\\n        name: open-portal | uri: seda\\n      parameters:\\n        name: open-door | 20-open-portal.camel.yaml: from from-api: is not named like its file. Set name: open-portal
          one route per file, named like it | name: open-portal | name: open-door | 20-open-portal.camel.yaml: from from-api: is not named like its file. Set name: open-portal
          a description on every node | description: A request of somebody | note: none | 20-open-portal.camel.yaml: from from-api: is described in 0 words. Say in 3 to 8 what a reader should think.
          a description on every node | Is there an account? | There is an account | 20-open-portal.camel.yaml: choice check-account: does not ask. Make the description a question.
          a hand-made id on every node | id: set-type | id: setHeader-4821 | 20-open-portal.camel.yaml: setHeader setHeader-4821: has no hand-made id. Set words, as reject-without-account.
          a hand-made id on every node | id: when-account-absent\\n | name: x\\n | 20-open-portal.camel.yaml: when at /0/route/from/steps/2/choice/when/0: has no hand-made id. Set words, as reject-without-account.
          a hand-made id on every node | id: refuse | id: post-portal | 20-open-portal.camel.yaml: throwException post-portal: has the id of another node (10-rest-api.camel.yaml: post post-portal). Set a new one.
          a routeConfiguration for every route | problem-responses | problem-response | 20-open-portal.camel.yaml: route open-portal: has the routeConfigurationId 'problem-response', which is none. Set one of [problem-responses].
          the canonical form | uri: direct | uri: direct:open-portal | 20-open-portal.camel.yaml: from from-api: has all in its uri. Split it into uri and parameters.
          the canonical form | uri: sql | uri: sql?outputType=SelectOne | 20-open-portal.camel.yaml: to query-account: has all in its uri. Split it into uri and parameters.
          the canonical form | - route: | - from: | 20-open-portal.camel.yaml: starts with from. Write - route:
          the canonical form | - setHeader: | - log: short\\n        - setHeader: | 20-open-portal.camel.yaml: log at /0/route/from/steps/3/log: is written short. Write it as a block.
          the canonical form | expression:\\n              constant:\\n                expression: application/json | constant: application/json | 20-open-portal.camel.yaml: setHeader set-type: has a short constant. Write expression: {constant: {expression: …}}
          the canonical form | simple:\\n                    expression: ${variable.account} == null | simple: ${body} | 20-open-portal.camel.yaml: when when-account-absent: has a short simple. Write expression: {simple: {expression: …}}
          the canonical form | name: open-portal | name: open-portal\\n        block: "true" | 20-open-portal.camel.yaml: from from-api: has quotes that Kaoto shows as true. Write block: true
          the canonical form | {{portal.routes}}/find-account.sql" | {{portal.routes}}/find-account.sql"\\n              noop: 'False' | 20-open-portal.camel.yaml: to query-account: has quotes that Kaoto shows as true. Write noop: False
          plain text with one header comment | uri: sql | uri: sql # why | 20-open-portal.camel.yaml:21: has a comment, which designers drop. Use description.
          plain text with one header comment | uri: sql | uri: &u sql | 20-open-portal.camel.yaml:21: has an anchor or an alias. Write the value out.
          plain text with one header comment | message: No account | message: >-\\n                        No account | 20-open-portal.camel.yaml:39: has a text of several lines. Write it on one.
          plain text with one header comment | # Out: a URL.\\n | # Out: a URL.\\r\\n | 20-open-portal.camel.yaml: has other line ends. End every line with LF.
          every setting declared and used | {{portal.routes}} | {{portal.rotues:x}} | 20-open-portal.camel.yaml: uses {{portal.rotues}}, which is no setting. Declare it in application.yaml.; application.yaml: declares portal.routes, which nothing reads. Delete it.
          every exception exists | java.lang.IllegalStateException | java.lang.Oops | 20-open-portal.camel.yaml: throwException refuse: names java.lang.Oops, which is no class. Correct the name.
          every exception exists | java.lang.IllegalStateException | java.lang.StackStreamFactory | 20-open-portal.camel.yaml: throwException refuse: names java.lang.StackStreamFactory, which is not public. Make it public.
          every exception exists | java.lang.IllegalStateException | java.lang.reflect.InvocationTargetException | 20-open-portal.camel.yaml: throwException refuse: throws java.lang.reflect.InvocationTargetException, which has no public (String) constructor. Add one.
          headers stay home | name: Content-Type | name: userId | 20-open-portal.camel.yaml: setHeader set-type: sets the header userId. Use a variable; headers are what is sent.
          headers stay home | pattern: "*" | pattern: Camel* | 20-open-portal.camel.yaml: to query-account: may send headers of the caller. Put removeHeaders with pattern "*" before it.
          headers stay home | pattern: "*" | pattern: "*"\\n            excludePattern: X-* | 20-open-portal.camel.yaml: to query-account: may send headers of the caller. Put removeHeaders with pattern "*" before it.
          SQL in files, with named parameters | {{portal.routes}}/find-account.sql | select 1 | 20-open-portal.camel.yaml: to query-account: names no SQL file of routes/. Set query: "{{portal.routes}}/….sql"; find-account.sql: is used by no route. Delete it.
          """)
  void refusesRoute(String rule, String right, String wrong, String faults) throws IOException {
    refuses(rule, ROUTE, right, wrong, faults);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          a description on every node | routes/10-rest-api.camel.yaml | For a signed-in user | For users | 10-rest-api.camel.yaml: post post-portal: is described in 2 words. Say in 3 to 8 what a reader should think.
          every direct resolves, every route is called | routes/10-rest-api.camel.yaml | direct:open-portal | direct:open-door | 10-rest-api.camel.yaml: target at /0/rest/post/0/to: calls direct:open-door, which is no route. Correct the name.; 20-open-portal.camel.yaml: is called by no route. Call it or delete it.
          every direct resolves, every route is called | routes/10-rest-api.camel.yaml | direct:open-portal | seda:open-portal | 10-rest-api.camel.yaml: target at /0/rest/post/0/to: calls seda:open-portal, which is no route. Correct the name.; 20-open-portal.camel.yaml: is called by no route. Call it or delete it.
          every bean exists | routes/90-problem-responses.camel.yaml | ref: problem | ref: problems | 90-problem-responses.camel.yaml: names the bean problems, which is none. Name a @Component or @Bean.
          every bean exists | routes/find-account.sql | :#live | :#${bean:settings.live} | find-account.sql: names the bean settings, which is none. Name a @Component or @Bean.
          every exception exists | routes/90-problem-responses.camel.yaml | java.lang.Throwable | Throwable | 90-problem-responses.camel.yaml: onException internal-error: names Throwable, which is no class. Correct the name.
          SQL in files, with named parameters | routes/find-account.sql | :#live | ? | find-account.sql: has a nameless parameter. Write :#${variable.name}.
          SQL in files, with named parameters | routes/find-account.sql | :#live | ${body} | find-account.sql: has a nameless parameter. Write :#${variable.name}.
          every setting declared and used | routes/find-account.sql | :#live | {{stripe.live}} | find-account.sql: uses {{stripe.live}}, which is no setting. Declare it in application.yaml.
          every setting declared and used | src/main/resources/application.yaml | portal:\\n | portal:\\n  colour: red\\n | application.yaml: declares portal.colour, which nothing reads. Delete it.
          every answer is in openapi.yaml | routes/90-problem-responses.camel.yaml | answer(500 | answer(501 | openapi.yaml: has no example 501, 'internal_error', which a route answers. Document it.
          every answer is in openapi.yaml | routes/90-problem-responses.camel.yaml | 'internal_error') | code) | 90-problem-responses.camel.yaml: has answer(500, code). Write answer(status, 'code').; openapi.yaml: has 'internal_error', which nothing answers. Delete it.; openapi.yaml: has no example 500, code, which a route answers. Document it.
          every answer is in openapi.yaml | src/main/resources/problems.properties | Sorry | Sad | openapi.yaml: has another text for 'internal_error' than problems.properties. Make them the same.
          every answer is in openapi.yaml | src/main/resources/openapi.yaml | internal_error | other | openapi.yaml: has 'other', which nothing answers. Delete it.; openapi.yaml: has another text for 'other' than problems.properties. Make them the same.; openapi.yaml: has no example 500, 'internal_error', which a route answers. Document it.
          every file that a document names exists | routes/README.md | 10-rest-api | 11-portal-api | routes/README.md: names `11-portal-api.camel.yaml`, which is no file here. Correct the name.
          every file that a document names exists | routes/README.md | text/html | OpenPortalAsUserIT | routes/README.md: names `OpenPortalAsUserIT`, which is no file here. Correct the name.
          every file that a document names exists | routes/README.md | `routes/` | `routes/x/` | routes/README.md: names `routes/x/`, which is no file here. Correct the name.
          """)
  void refuses(String rule, String file, String right, String wrong, String faults)
      throws IOException {
    String text = PROJECT.get(file);
    assertThat(text).contains(unescaped(right));
    Files.writeString(base.resolve(file), text.replaceFirst(quoted(right), replaced(wrong)));
    assertThat(String.join("; ", RouteRules.faults(base, RouteRules.all().get(rule))))
        .isEqualTo(faults);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          file names NN-verb-noun         | routes/20-open-portal.camel.yaml       | routes/20-portal.camel.yaml | 20-portal.camel.yaml: is no name of a route. Take NN-verb-noun.camel.yaml.
          file names NN-verb-noun         | routes/20-open-portal.camel.yaml       | routes/open-portal.yaml     | open-portal.yaml: is no name of a route. Take NN-verb-noun.camel.yaml.
          a test for each route           | src/test/java/OpenPortalRouteTest.java | src/test/java/Portal.java   | 20-open-portal.camel.yaml: has no test. Write OpenPortalRouteTest.java.
          """)
  void refusesName(String rule, String right, String wrong, String faults) throws IOException {
    Files.move(base.resolve(right), base.resolve(wrong));
    assertThat(RouteRules.faults(base, RouteRules.all().get(rule))).containsExactly(faults);
  }

  @Test
  void refusesTwoRoutesInAFile() throws IOException {
    Files.writeString(base.resolve(ROUTE), PROJECT.get(ROUTE) + PROJECT.get(ROUTE));
    assertThat(RouteRules.faults(base, RouteRules.all().get("one route per file, named like it")))
        .containsExactly("20-open-portal.camel.yaml: has not one entry. Make one file for each.");
  }

  @Test
  void refusesACallAfterHeadersAreClearedInABranchOnly() throws IOException {
    String clear =
        """
                - removeHeaders:
                    id: clear-headers
                    description: Nothing steers the query
                    pattern: "*"
        """;
    String early = PROJECT.get(ROUTE);
    assertThat(early).contains(clear);
    String branch =
        """
                - choice:
                    id: check
                    description: Is it so?
                    otherwise:
                      id: otherwise
                      description: It is not so
                      steps:
        """;
    String moved = early.replace(clear, branch + clear.indent(8));
    Files.writeString(base.resolve(ROUTE), moved);
    assertThat(RouteRules.faults(base, RouteRules.all().get("headers stay home")))
        .containsExactly(
            "20-open-portal.camel.yaml: to query-account: may send headers of the caller. Put"
                + " removeHeaders with pattern \"*\" before it.");
  }

  @Test
  void refusesWhatItCannotRead() throws IOException {
    Files.writeString(
        base.resolve(ROUTE), PROJECT.get(ROUTE).replace("message:", "exceptionType:"));
    assertThatThrownBy(() -> RouteRules.faults(base, rules -> {}))
        .hasMessageStartingWith("20-open-portal.camel.yaml: is not YAML. Correct it: ")
        .hasMessageContaining("found duplicate key exceptionType");
    Files.writeString(base.resolve(ROUTE), "# é\n", StandardCharsets.ISO_8859_1);
    assertThatThrownBy(() -> RouteRules.faults(base, rules -> {}))
        .hasMessageEndingWith("20-open-portal.camel.yaml: is not UTF-8. Save it as UTF-8.");
  }

  @Test
  void findsAllThatIsWrongInAnotherFolder(@TempDir Path folder) throws IOException {
    Path routes = copiedRoutes(folder);
    assertThat(RouteRules.faults(base, routes)).isEmpty();
    Path route = routes.resolve("20-open-portal.camel.yaml");
    String text = Files.readString(route);
    Files.writeString(route, text.replace("id: refuse\n", "id: refuse-2\n").replace("\"*\"", "a"));
    assertThat(RouteRules.faults(base, routes))
        .containsExactly(
            "20-open-portal.camel.yaml: throwException refuse-2: has no hand-made id. Set words, as"
                + " reject-without-account.",
            "20-open-portal.camel.yaml: to query-account: may send headers of the caller. Put"
                + " removeHeaders with pattern \"*\" before it.");
  }

  @Test
  void saysOfWhatIsNoRouteNothingElse(@TempDir Path folder) throws IOException {
    Path routes = copiedRoutes(folder);
    Path route = routes.resolve("20-open-portal.camel.yaml");
    Files.writeString(
        route, Files.readString(route).replace("id: refuse\n", "id: refuse-2\nx: 1\n"));
    assertThat(RouteRules.faults(base, routes))
        .singleElement(STRING)
        .startsWith("20-open-portal.camel.yaml: is not YAML. Correct it: ");
    Files.writeString(route, "- route: {}\n");
    assertThat(RouteRules.faults(base, routes))
        .containsExactly(
            "20-open-portal.camel.yaml: /0/route required property 'from' not found. Write what the"
                + " schema of camel-yaml-dsl has.");
  }

  @ParameterizedTest
  @CsvSource({
    "routes/20-open-portal.camel.yaml, 80",
    "routes/90-problem-responses.camel.yaml, 300"
  })
  void refusesLongFiles(String file, int most) throws IOException {
    int lines = (int) PROJECT.get(file).lines().count();
    Files.writeString(base.resolve(file), "#\n".repeat(most - lines) + PROJECT.get(file));
    assertThat(RouteRules.faults(base, RouteRules.all().get("short files"))).isEmpty();
    Files.writeString(base.resolve(file), "#\n".repeat(most - lines + 1) + PROJECT.get(file));
    assertThat(RouteRules.faults(base, RouteRules.all().get("short files")))
        .containsExactly(
            "%s: has %d lines of at most %d. Move steps to a route of their own."
                .formatted(file.substring(7), most + 1, most));
  }

  private Path copiedRoutes(Path folder) throws IOException {
    Path routes = folder.resolve("routes");
    FileSystemUtils.copyRecursively(base.resolve("routes"), routes);
    return routes;
  }

  private static String unescaped(String text) {
    return text.replace("\\n", "\n").replace("\\r", "\r");
  }

  private static String quoted(String text) {
    return Pattern.quote(unescaped(text));
  }

  private static String replaced(String text) {
    return Matcher.quoteReplacement(unescaped(text));
  }
}
