package com.llmgenerator.billing.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.TestFactory;

/**
 * Nothing of what was sent, received or set comes back in a log: the complete logs of all portals
 * that the other tests attacked. Runs last.
 */
@Order(Integer.MAX_VALUE)
class KeepsSecretsIT {
  private static final Map<String, String> SECRETS =
      Map.of(
          "an API key", "llmgen_[0-9A-Za-z]{46}",
          "a token", "eyJ[\\w-]{10,}\\.[\\w-]{10,}",
          "a Stripe key", "\\b[srp]k_(live|test)_\\w+",
          "a secret of events", "whsec_\\w+",
          "the password of the database", Pattern.quote(Servers.POSTGRES.password()),
          "the URL of a portal session", "/p/session/",
          "a return URL", "(?<!-> https://)app\\.example\\.com/(billing|dashboard)",
          "an Authorization header", "(?i)\\bbearer [\\w.~+/-]{8,}");

  @TestFactory
  Stream<DynamicTest> fromEveryLog() throws IOException {
    assertThat(Servers.PORTAL.log()).isNotEmpty();
    PackagedPortal.awaitEnds();
    try (Stream<Path> logs = Files.list(PackagedPortal.LOGS)) {
      List<Path> all = logs.sorted().toList();
      return SECRETS.entrySet().stream()
          .map(
              secret ->
                  DynamicTest.dynamicTest(
                      secret.getKey(),
                      () -> all.forEach(log -> assertKeeps(log, secret.getValue()))));
    }
  }

  private static void assertKeeps(Path log, String secret) {
    Pattern pattern = Pattern.compile(secret);
    try (Stream<String> lines = Files.lines(log)) {
      assertThat(lines.filter(line -> pattern.matcher(line).find()).findFirst())
          .as(log.toString())
          .isEmpty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
