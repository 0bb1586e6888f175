package com.llmgenerator.billing;

import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.Architectures.LayeredArchitecture;
import com.tngtech.archunit.library.Architectures.LayeredArchitecture.LayerDependencySpecification;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Which package may know which other, and how much Java there may be. */
class ArchitectureTest {
  private static final String ROOT = "com.llmgenerator.billing";
  private static final int LONGEST_FILE = 200;
  private static final int MOST_LINES = 7_760;

  /** Of each package; {@code startup} and the application class may know all. */
  private static final Map<String, List<String>> MAY_KNOW =
      Map.ofEntries(
          entry("http", List.of("problem", "config", "request")),
          entry("apikeys", List.of("auth", "problem", "config")),
          entry("auth", List.of("problem", "config", "request")),
          entry("portal", List.of("stripe", "problem", "config", "request")),
          entry("stripe.reconcile", List.of("stripe", "problem", "config")),
          entry("stripe.configuration", List.of("stripe", "problem", "config")),
          entry("stripe.webhook", List.of("stripe", "problem", "config", "request")),
          entry("stripe", List.of("problem", "config", "request")),
          entry("database", List.of("request")),
          entry("problem", List.of("request")),
          entry("logging", List.of()),
          entry("config", List.of()),
          entry("request", List.of()));

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(ROOT);

  @Test
  void packagesKnowOnlyWhatTheyMay() {
    LayeredArchitecture packages =
        layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .layer("the application")
            .definedBy(ROOT)
            .layer("startup")
            .definedBy(ROOT + ".startup");
    for (String name : MAY_KNOW.keySet()) {
      packages = packages.layer(name).definedBy(ROOT + "." + name);
    }
    for (Map.Entry<String, List<String>> known : MAY_KNOW.entrySet()) {
      String[] others = known.getValue().toArray(String[]::new);
      LayerDependencySpecification may = packages.whereLayer(known.getKey());
      packages = others.length == 0 ? may.mayNotAccessAnyLayer() : may.mayOnlyAccessLayers(others);
    }
    packages.ensureAllClassesAreContainedInArchitecture().check(CLASSES);
  }

  @Test
  void noTwoPackagesKnowEachOther() {
    slices().matching(ROOT + ".(**)").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void filesAreShort() throws IOException {
    Map<String, Integer> lines = lines();
    assertThat(lines)
        .allSatisfy((file, length) -> assertThat(length).isLessThanOrEqualTo(LONGEST_FILE));
    assertThat(lines.values().stream().mapToInt(Integer::intValue).sum())
        .as("Lines of Java in src/main")
        .isLessThanOrEqualTo(MOST_LINES);
  }

  private static Map<String, Integer> lines() throws IOException {
    Map<String, Integer> lines = new TreeMap<>();
    try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        lines.put(file.getFileName().toString(), Files.readAllLines(file).size());
      }
    }
    return lines;
  }
}
