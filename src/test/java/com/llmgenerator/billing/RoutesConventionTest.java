package com.llmgenerator.billing;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The conventions of {@code routes/}: every failure names the file and the remedy. */
class RoutesConventionTest {

  @TestFactory
  Stream<DynamicTest> routesHave() {
    return RouteRules.all().entrySet().stream()
        .map(
            rule ->
                DynamicTest.dynamicTest(
                    rule.getKey(),
                    () ->
                        assertThat(RouteRules.faults(Path.of(""), rule.getValue()))
                            .as(rule.getKey())
                            .isEmpty()));
  }
}
