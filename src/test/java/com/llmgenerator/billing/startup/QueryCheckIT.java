package com.llmgenerator.billing.startup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.llmgenerator.billing.BillingPortalApplication;
import com.llmgenerator.billing.dev.EmbeddedPostgres;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.util.FileSystemUtils;

/** What becomes of folders of routes whose queries do not work, each tried in this process. */
@ExtendWith(OutputCaptureExtension.class)
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock(Resources.SYSTEM_OUT)
class QueryCheckIT {
  private static final String MORE =
      """
      - route:
          id: more
          from:
            uri: direct
            parameters:
              name: more
            steps:
              - to:
                  uri: sql
                  parameters:
                    query: "{{portal.routes}}/more.sql"
                    outputType: %s
                  variableReceive: more
              - log:
                  message: %s
      """;

  private static EmbeddedPostgres postgres;

  @TempDir Path folder;

  private static String renamed(String route, String name) {
    return route
        .replace("id: more", "id: " + name)
        .replace("name: more", "name: " + name)
        .replace("more.sql", name + ".sql");
  }

  @BeforeAll
  static void startPostgres() {
    postgres = EmbeddedPostgres.start(0);
  }

  @AfterAll
  static void stopPostgres() {
    postgres.close();
  }

  @BeforeEach
  void copyRoutes() throws IOException {
    FileSystemUtils.copyRecursively(Path.of("routes"), folder);
  }

  @Nested
  class Stops {
    @Test
    void withWhatPostgresqlSaysOfEachQuery(CapturedOutput output) throws IOException {
      write("store-api-key.sql", "selct :#${variable.userId}");
      replace("find-api-key.sql", "user_id,", "usr_id,");
      write("get-portal-availability.sql", "select exist(:#${variable.userId}) as available");
      replace("find-billing-account.sql", ":#${variable.userId}", ":#");
      replace("find-subscription.sql", "from subscription", "from subscriptions");
      replace("purge-stripe-events.sql", "'30 days'", "'thirty days'");
      replace("record-api-key-usage.sql", "cast(:#${variable.apiKeyId} as uuid)", "1");
      write("list-api-keys.sql", "");
      write("revoke-api-key.sql", "-- Later.\n/* Later,\n or never. */ ;\n");
      // As Macs of old end lines: all of it is the comment's.
      write("store-customer-event.sql", "-- All.\rselect 1\r");
      write("70-more.camel.yaml", MORE.formatted("SelectOne", "${variable.usrId}"));
      write("more.sql", "select :#${variable.usrId}");
      replace("store-subscription-event.sql", ":#${variable.event.id}", ":#in:${varable.id}");
      assertStops(
          output,
          "store-api-key.sql: ERROR: syntax error at or near \"selct\"",
          "find-api-key.sql: ERROR: column \"usr_id\" does not exist",
          "get-portal-availability.sql: ERROR: function exist(unknown) does not exist",
          "find-billing-account.sql: ERROR: syntax error at or near \":\"",
          "find-subscription.sql: ERROR: relation \"subscriptions\" does not exist",
          "purge-stripe-events.sql: ERROR: invalid input syntax for type interval:"
              + " \"thirty days\"",
          "record-api-key-usage.sql: ERROR: operator does not exist: uuid = integer",
          "list-api-keys.sql must hold a query. Found: nothing",
          "revoke-api-key.sql must hold a query. Found: nothing",
          "store-customer-event.sql must hold a query. Found: nothing",
          "store-subscription-event.sql: Unknown function: varable.id at location 0",
          "more.sql must read variables that routes set. Found: ${variable.usrId}");
    }

    @Test
    void withOneLineForEachQueryThatDoesNotFitTheRoutes(CapturedOutput output) throws IOException {
      replace("find-api-key.sql", "as return_origins", "as origins");
      replace("find-billing-account.sql", "select ", "select user_id, ");
      replace("find-subscription.sql", "select id", "select id, status");
      replace(
          "find-subscription.sql",
          "= :#${variable.stripeCustomer}",
          "= ':#${variable.stripeCustomer}'");
      replace("store-api-key.sql", "returning id::text", "");
      replace("revoke-api-key.sql", "returning id::text", "returning id, name");
      replace("25-get-portal-availability.camel.yaml", "Count: 2", "Count: 3");
      write("more.sql", "select 'a' as a");
      write("70-more.camel.yaml", MORE.formatted("SelectOne", "${variable.more[a]}"));
      assertStops(
          output,
          "store-api-key.sql must return columns, since its outputType is"
              + " SelectOne. Found: nothing",
          "find-api-key.sql must return the column return_origins, which is read"
              + " as ${variable.apiKey[return_origins]}. Found: id, last_use_is_old, origins, user_id",
          "get-portal-availability.sql must have as many parameters as its parametersCount. Found: 2, not"
              + " 3",
          "find-billing-account.sql must return one column, since routes read"
              + " ${variable.stripeCustomer} as a value. Found: stripe_customer_id, user_id",
          "find-subscription.sql must name its parameters, outside of quotes and comments. Found: 2"
              + " named, 1 to bind",
          "more.sql must return several columns, since one makes"
              + " ${variable.more} a value, not a row. Found: a",
          "revoke-api-key.sql must return one column, since routes read"
              + " ${variable.managedApiKeyId} as a value. Found: id, name");
    }

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        value = {
          ":#${varable.userId} | Unknown function: varable.userId at location 0",
          ":#${bean:stripeProprties.livemode} | No bean could be found in the registry for: stripeProprties",
          ":#${bean:stripeProperties.mode} | Method with name: mode not found on bean: .*",
        })
    void withOneLineForAParameterThatDoesNotExist(
        String parameter, String said, CapturedOutput output) throws IOException {
      replace("find-billing-account.sql", "= :#${variable.userId}", "in (" + parameter + ")");
      assertThatThrownBy(() -> start(postgres.url()));
      assertThat(errors(output))
          .singleElement()
          .asString()
          .matches("A query is broken: find-billing-account\\.sql: " + said);
    }

    @Test
    void withOneLineForAQueryThatIsNotThere(CapturedOutput output) throws IOException {
      write("70-more.camel.yaml", MORE.formatted("SelectOne", "${body}"));
      assertStops(output, "more.sql: " + folder + "/more.sql does not exist");
    }

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        value = {
          "- route:\\n  id: [open\\n | while parsing a flow sequence in FILE, line 2, column 7: id:"
              + " [open ^ expected ',' or ']', but got <stream end> in FILE, line 3, column 1: ^",
          "# Later.\\n | Unable to parse resource: FILE",
          "- rout: x\\n | Unknown node id: rout in FILE, line 1, column 3: - rout: x ^",
          "- - x | Unable to find constructor for node in FILE, line 1, column 3: - - x ^",
        })
    void withOneLineForARouteThatCamelCannotRead(String yaml, String said, CapturedOutput output)
        throws IOException {
      write("30-open-portal.camel.yaml", yaml.translateEscapes());
      assertThatThrownBy(() -> start(postgres.url()));
      assertThat(errors(output))
          .containsExactly(
              "A route is broken: "
                  + said.replace("FILE", "file:" + folder + "/30-open-portal.camel.yaml"));
    }

    @Test
    void withOneLineForARouteThatIsNestedTooDeep(CapturedOutput output) throws IOException {
      write("30-open-portal.camel.yaml", "[".repeat(100_000));
      assertThatThrownBy(() -> start(postgres.url()));
      assertThat(errors(output)).containsExactly("A route is broken: it is nested too deeply");
    }

    @Test
    void withOneLineForADatabaseThatIsAway(CapturedOutput output) {
      assertThatThrownBy(
          () ->
              start(
                  "jdbc:postgresql://localhost:1/none",
                  "--spring.flyway.enabled=false",
                  "--spring.datasource.hikari.connection-timeout=250"));
      assertThat(errors(output))
          .containsExactly(
              "The database cannot be used: Connection to localhost:1 refused. Check that the"
                  + " hostname and port are correct and that the postmaster is accepting TCP/IP"
                  + " connections.");
    }

    private void assertStops(CapturedOutput output, String... lines) {
      assertThatThrownBy(() -> start(postgres.url()));
      assertThat(errors(output))
          .containsExactlyInAnyOrderElementsOf(
              Stream.of(lines).map(line -> "A query is broken: " + line).toList());
    }
  }

  @Nested
  class Starts {
    @Test
    void withQueriesInAllFormsThatWork(CapturedOutput output) throws IOException {
      replace("find-api-key.sql", "\n", "\r\n");
      replace("find-api-key.sql", "as return_origins", "as RETURN_ORIGINS, 1 as more");
      replace("get-portal-availability.sql", "= :#${variable.userId}", "in (:#in:users)");
      replace("25-get-portal-availability.camel.yaml", "              parametersCount: 2\n", "");
      replace(
          "find-billing-account.sql",
          "= :#${variable.userId}",
          "= :#${variable.userId} and (:#${variable.global:x} is null or :#userId = '?')");
      replace("32-find-billing-account.camel.yaml", "Count: 2", "Count: 4");
      write("find-subscription.sql", "select id from subscription where stripe_customer_id = #");
      replace("33-find-subscription.camel.yaml", "Count: 2", "Count: 1");
      write("more.sql", "select 'a' as a, date_trunc(:#unit, :#time)");
      String more = MORE.formatted("SelectList", "${variable.more[0]['a']}");
      write("70-more.camel.yaml", more);
      // Its variable is set by another query, too, with another column.
      write("other.sql", "select 'b' as b");
      write("71-other.camel.yaml", renamed(more, "other").replace("['a']", "['b']"));
      write("json.sql", "select to_jsonb(:#x)");
      write("72-json.camel.yaml", renamed(more, "json"));
      String route = Files.readString(folder.resolve("30-open-portal.camel.yaml"));
      write("30-open-portal.camel.yaml", "\ufeff" + route.replace("\n", "\r\n"));
      start(postgres.url());
      assertThat(errors(output)).isEmpty();
      assertThat(warnings(output)).isEmpty();
    }

    @Test
    void withAWarningForAQueryThatNoRouteNames(CapturedOutput output) throws IOException {
      write("more.sql", "selct");
      for (String name : List.of("._%s", ".#%s", "#%s", "#%s#", "%s~", "%s.bak", ".%s.swp")) {
        write(name.formatted("find-api-key.sql"), "\0");
        write(name.formatted("30-open-portal.camel.yaml"), "\0");
      }
      write("30-open-portal.camel.yaml.orig", "\0");
      start(postgres.url());
      assertThat(errors(output)).isEmpty();
      assertThat(warnings(output)).containsExactly("No route names the query more.sql");
    }
  }

  private void write(String file, String text) throws IOException {
    Files.writeString(folder.resolve(file), text);
  }

  private void replace(String file, String right, String wrong) throws IOException {
    String text = Files.readString(folder.resolve(file), StandardCharsets.UTF_8);
    assertThat(text).contains(right);
    write(file, text.replace(right, wrong));
  }

  private void start(String database, String... more) {
    List<String> settings = new ArrayList<>(List.of(more));
    settings.add("--spring.profiles.active=routes");
    settings.add("--spring.datasource.url=" + database);
    settings.add("--spring.datasource.username=" + postgres.username());
    settings.add("--spring.datasource.password=" + postgres.password());
    settings.add("--portal.routes=file:" + folder);
    settings.add("--server.port=0");
    settings.add("--logging.structured.format.console=");
    if (more.length == 0) {
      settings.add("--spring.flyway.enabled=true");
    }
    SpringApplication.run(BillingPortalApplication.class, settings.toArray(String[]::new)).close();
  }

  private static List<String> errors(CapturedOutput output) {
    return lines(output, "ERROR", "BillingPortalApplication");
  }

  private static List<String> warnings(CapturedOutput output) {
    return lines(output, "WARN", "QueryCheck");
  }

  private static List<String> lines(CapturedOutput output, String level, String logger) {
    return output
        .toString()
        .lines()
        .filter(line -> line.contains(" " + level + " ") && line.contains(logger))
        .map(line -> line.replaceFirst(".*" + logger + " +: ", ""))
        .toList();
  }
}
