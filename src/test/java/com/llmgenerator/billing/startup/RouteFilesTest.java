package com.llmgenerator.billing.startup;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16BE;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.main.RoutesConfigurer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.util.FileSystemUtils;

/** QueryCheckIT has what Camel itself finds in a file of routes. */
class RouteFilesTest {
  @TempDir Path folder;

  @BeforeEach
  void copyRoutes() throws IOException {
    FileSystemUtils.copyRecursively(Path.of("routes"), folder);
  }

  @Nested
  class Takes {
    @Test
    void routesOfTheJarInTheOrderOfTheirNames() throws Exception {
      assertThat(load("classpath:routes"))
          .startsWith("10-rest-api.camel.yaml", "11-get-openapi.camel.yaml")
          .endsWith("90-problem-responses.camel.yaml");
    }

    @Test
    void folderWithMoreRoutesThanTheJarAndWhatIsLeftBesideThem() throws Exception {
      write("40-more.camel.yaml", "- route: {id: more, from: {uri: direct:more, steps: []}}\n");
      write("more.sql", "select 1");
      for (String name : List.of("._%s", ".#%s", "#%s", "#%s#", "%s~", "%s.orig", ".%s.swp")) {
        write(name.formatted("more.sql"), "\0");
        write(name.formatted("40-more.camel.yaml"), "\0");
      }
      List<String> expected = new ArrayList<>(load("classpath:routes"));
      expected.add("40-more.camel.yaml");
      assertThat(load("file:" + folder)).containsExactlyInAnyOrderElementsOf(expected);
    }
  }

  @Nested
  class Rejects {
    @ParameterizedTest
    @ValueSource(strings = {"file:/nowhere", "classpath:db", "classpath:nowhere"})
    void folderWithoutRoutes(String folder) {
      assertThatExceptionOfType(InvalidConfigurationException.class)
          .isThrownBy(() -> load(folder))
          .withMessage(
              "PORTAL_ROUTES must be a folder of *.camel.yaml files, as file:/etc/camel/routes."
                  + (" Found: " + folder));
    }

    @Test
    void folderThatLacksARouteOrQuery() throws IOException {
      delete("10-rest-api.camel.yaml");
      delete("32-find-billing-account.camel.yaml");
      delete("90-problem-responses.camel.yaml");
      delete("find-api-key.sql");
      assertRejected(
          "without find-api-key.sql",
          "without rest-api (10-rest-api.camel.yaml)",
          "without find-billing-account (32-find-billing-account.camel.yaml)",
          "without problem-responses (90-problem-responses.camel.yaml)");
    }

    @Test
    void folderWhoseFileHoldsARouteOfAnotherName() throws IOException {
      String file = "32-find-billing-account.camel.yaml";
      String route = Files.readString(folder.resolve(file));
      write(file, route.replace("id: find-billing-account", "id: find-account"));
      assertRejected("without find-billing-account (" + file + ")");
    }

    @Test
    void folderWhoseFilesAreNotPlainText() throws IOException {
      String query = Files.readString(folder.resolve("find-api-key.sql"));
      write("store-api-key.sql", "-- é\nselect 'é'", ISO_8859_1);
      write("find-api-key.sql", "\ufeff" + query);
      write("get-portal-availability.sql", "\ufeff" + query, UTF_16LE);
      write("find-subscription.sql", query, UTF_16BE);
      write("list-api-keys.sql", "select 1\r\n, 2\r\n\t, 3\u0085");
      write("30-open-portal.camel.yaml", "- route:\n    id: \u0007\n");
      write("32-find-billing-account.camel.yaml", "# é", ISO_8859_1);
      write("34-create-portal-session.camel.yaml", "- \u007f");
      assertRejected(
          "with find-api-key.sql, which begins with a byte-order mark: save it without one",
          "with find-subscription.sql, which has the control character U+0000 in line 1",
          "with get-portal-availability.sql, which is not UTF-8 in line 1",
          "with list-api-keys.sql, which has the control character U+0085 in line 3",
          "with store-api-key.sql, which is not UTF-8 in line 1",
          "with 30-open-portal.camel.yaml, which has the control character U+0007 in line 2",
          "with 32-find-billing-account.camel.yaml, which is not UTF-8 in line 1",
          "with 34-create-portal-session.camel.yaml, which has the control character U+007F in"
              + " line 1");
    }

    private void assertRejected(String... found) {
      assertThatExceptionOfType(InvalidConfigurationException.class)
          .isThrownBy(() -> load("file:" + folder))
          .satisfies(
              invalid ->
                  assertThat(invalid.problems())
                      .containsExactlyElementsOf(
                          Stream.of(found)
                              .map(
                                  part ->
                                      "PORTAL_ROUTES must be a folder with each route and query of"
                                          + (" the jar. Found: file:" + folder + " " + part))
                              .toList()));
    }
  }

  /** Has Camel read it, and returns the names of the files that hold its routes. */
  private static List<String> load(String location) throws Exception {
    try (DefaultCamelContext camel = new DefaultCamelContext();
        GenericApplicationContext resources = new GenericApplicationContext()) {
      resources.refresh();
      RouteFiles files = new RouteFiles(resources, location);
      RoutesConfigurer configurer = new RoutesConfigurer(camel);
      configurer.setRoutesCollector(files);
      configurer.setRoutesIncludePattern(location + "/*.camel.yaml");
      configurer.configureRoutes(camel);
      files.onContextInitializing(camel);
      return files.findRouteResourcesFromDirectory(camel, null, null).stream()
          .map(file -> Path.of(file.getLocation()).getFileName().toString())
          .toList();
    }
  }

  private void delete(String file) throws IOException {
    Files.delete(folder.resolve(file));
  }

  private void write(String file, String text) throws IOException {
    write(file, text, StandardCharsets.UTF_8);
  }

  private void write(String file, String text, Charset charset) throws IOException {
    Files.writeString(folder.resolve(file), text, charset);
  }
}
