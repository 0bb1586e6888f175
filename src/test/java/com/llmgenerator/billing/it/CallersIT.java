package com.llmgenerator.billing.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.llmgenerator.billing.Documents;
import com.llmgenerator.billing.dev.EmbeddedKeycloak;
import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The programs for servers of {@code callers.md}, as they stand there. */
class CallersIT {
  private static final int NO_ANSWER = 0;
  private static final String SESSION = Servers.STRIPE.url() + "/p/session/\\w+";

  enum Program {
    PYTHON("python3", "open_portal.py", Documents.code("src/docs/callers.md", "server-python")),
    JAVA(
        ArchivedPortal.java(),
        "OpenPortal.java",
        Documents.code("src/docs/callers.md", "server-java"));

    private final String command;
    private final String file;
    private final String text;

    Program(String command, String file, String text) {
      this.command = command;
      this.file = file;
      this.text = text;
    }

    Run run(Path folder, String portal, String key) throws Exception {
      Files.writeString(folder.resolve(file), text);
      return CallersIT.run(
          folder, List.of(command, file), Map.of("PORTAL", portal, "LLMGEN_API_KEY", key));
    }
  }

  /** What a program printed, and how it ended. */
  private record Run(int exit, String output) {}

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource
  void openThePortal(Program program) throws Exception {
    Run run =
        program.run(
            folder, Servers.PORTAL.url(""), Servers.addApiKey(EmbeddedKeycloak.DEMO_ID).text());
    assertThat(run.output).matches(SESSION + "\\R");
    assertThat(run.exit).isZero();
  }

  @ParameterizedTest
  @EnumSource
  void quoteTheProblemThatNoRetryHelps(Program program) throws Exception {
    Run run = program.run(folder, Servers.PORTAL.url(""), "llmgen_unknown");
    assertThat(run.output).containsPattern("unauthorized.*requestId [0-9a-f-]{36}\\)");
    assertThat(run.exit).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource
  void waitAsLongAsTheyAreTold(Program program) throws Exception {
    assertRetries(program, 429, 503, 200);
  }

  @ParameterizedTest
  @EnumSource
  void askAgainWhereThereWasNoAnswer(Program program) throws Exception {
    assertRetries(program, NO_ANSWER, 503, 200);
  }

  private void assertRetries(Program program, Integer... statuses) throws Exception {
    List<Integer> answers = new ArrayList<>(List.of(statuses));
    HttpServer server = HttpServer.create(new InetSocketAddress("localhost", 0), 0);
    server.createContext(
        "/api/v1/subscriptions/portal/api",
        exchange -> {
          int status = answers.remove(0);
          if (status == NO_ANSWER) {
            exchange.close();
            return;
          }
          String body =
              switch (status) {
                case 200 -> "{\"url\":\"https://billing.stripe.com/p/session/1\"}";
                case 429 -> "{\"code\":\"rate_limited\"}";
                default -> "{\"code\":\"temporarily_unavailable\"}";
              };
          exchange.getResponseHeaders().set("Retry-After", "1");
          exchange.sendResponseHeaders(status, body.length());
          exchange.getResponseBody().write(body.getBytes(StandardCharsets.US_ASCII));
          exchange.close();
        });
    server.start();
    try {
      Instant begin = Instant.now();
      Run run = program.run(folder, "http://localhost:" + server.getAddress().getPort(), "key");
      assertThat(run.output).matches("https://billing.stripe.com/p/session/1\\R");
      assertThat(Duration.between(begin, Instant.now())).isGreaterThan(Duration.ofSeconds(2));
      assertThat(answers).isEmpty();
    } finally {
      server.stop(0);
    }
  }

  private static Run run(Path folder, List<String> command, Map<String, String> variables)
      throws Exception {
    assumeTrue(isThere(command.get(0)), command.get(0) + " is not installed");
    Path output = folder.resolve("output");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    builder.environment().putAll(variables);
    Process process = builder.start();
    try {
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    return new Run(process.exitValue(), Files.readString(output));
  }

  private static boolean isThere(String command) {
    return Stream.of(System.getenv("PATH").split(":"))
        .anyMatch(place -> Files.isExecutable(Path.of(place).resolve(command)));
  }
}
