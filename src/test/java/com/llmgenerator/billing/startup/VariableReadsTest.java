package com.llmgenerator.billing.startup;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VariableReadsTest {
  private final VariableReads reads = new VariableReads();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "none",
      value = {
        "${variable.x[a]}                        | a    | false",
        "${variable.x?[a]} ${variables.x['b']}   | a, b | false",
        "${variable.x[0][a]} ${variable:x[last]} | a    | false",
        "${variable.x} == null ${variable.x[a]}  | a    | false",
        "${variable.x} ${variable.x[a]}          | a    | false",
        "${variable.x} is 'Map'                  | none | true",
        "${variable.x[${variable.y}]}            | none | false",
        "${variable.x}                           | none | true",
        ":?${variable.x}                         | none | true",
        "$simple{variable.x}                     | none | true",
        "${variable.x} != null                   | none | true",
        "${variable.x} == ${null}                | none | true",
        "${variable.x.name}                      | none | false",
        "${variable.xy} ${variable.y[x]}         | none | false",
        "# ${variable.x[a]}                      | none | false"
      })
  void tellsRowsFromValues(String route, String columns, boolean value) {
    reads.addRoute(route);
    assertThat(reads.columns("x"))
        .isEqualTo(columns == null ? Set.of() : Set.of(columns.split(", ")));
    assertThat(reads.isValue("x")).isEqualTo(value);
  }

  @Test
  void takesNoValueOfAStepThatTakesTheRowAsItIs() {
    reads.addRoute("- setBody:\n    simple: ${variable.x}\n- log:\n    message: ${variable.x}\n");
    assertThat(reads.isValue("x")).isFalse();
    reads.addRoute("- setHeader:\n    simple: ${variable.x}\n");
    assertThat(reads.isValue("x")).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "none",
      value = {
        ":?${variable.x.id}      | ${variable.x}",
        ":?${variable.y.id}      | none",
        ":?${variable.received}  | none",
        ":?${variable.global:x}  | none",
        ":?${variable.userId}    | none"
      })
  void findsWhatNobodySets(String query, String unset) {
    reads.addRoute("name: y\n# x\nvariableReceive: received\nexpression: ${variable.x}\n");
    assertThat(reads.unset(query)).isEqualTo(Optional.ofNullable(unset));
  }

  @Test
  void knowsWhatJavaSets() throws IOException {
    try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Matcher set = Pattern.compile("setVariable\\(\"(\\w+)\"").matcher(Files.readString(file));
        while (set.find()) {
          assertThat(reads.unset("${variable." + set.group(1) + "}")).as(file.toString()).isEmpty();
        }
      }
    }
  }
}
