package com.llmgenerator.billing.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.llmgenerator.billing.Documents;
import com.llmgenerator.billing.dev.Ports;
import com.llmgenerator.billing.it.Caller.Answer;
import java.io.IOException;
import java.net.ConnectException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** What {@code mvn spring-boot:test-run} starts, as a newcomer uses it. */
@Execution(ExecutionMode.CONCURRENT)
class EmbeddedBillingPortalIT {
  private static final Pattern CURL =
      Pattern.compile(
          "curl -i (-X POST )?(http\\S+) -H 'Authorization: (Bearer \\S+)'"
              + "(?: -H 'Content-Type: application/json' -d '(.*)')?");

  private static final Pattern PURCHASE = Pattern.compile("curl -i -X POST '(\\S+/purchases\\S+)'");

  private static final Pattern POSTGRES = Pattern.compile("Starting PostgreSQL on port (\\d+)");

  private static final String EMBEDDED = "com.llmgenerator.billing.dev.EmbeddedBillingPortal";

  /** The first start in a working tree unpacks and builds. */
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(300);

  private static final int LONGEST_END_SECONDS = 30;

  @Test
  @Timeout(value = 15, unit = TimeUnit.MINUTES)
  void keepsItsPromises(@TempDir Path folder) throws Exception {
    Path routes = Files.createDirectory(folder.resolve("routes"));
    StartIT.copyRoutes(routes);
    Path output = folder.resolve("output");
    Map<String, String> ports =
        Map.of(
            "SERVER_PORT", String.valueOf(Ports.free()),
            "MANAGEMENT_SERVER_PORT", String.valueOf(Ports.free()),
            "DEMO_PORT", String.valueOf(Ports.free()),
            "KEYCLOAK_PORT", String.valueOf(Ports.free()),
            "STRIPE_STAND_IN_PORT", String.valueOf(Ports.free()),
            "PORTAL_ROUTES", "file:" + routes);
    Process portal = start(ports, output);
    try {
      awaitWelcome(portal, output);
      saysWhatItStartsAndWaitsFor(read(output));
      printsThePageFirst(read(output), "http://localhost:" + ports.get("DEMO_PORT"));
      tellsThePageWhatItCalls(ports);
      printsLinesThatAnswerAsTheySay(read(output));
      servesThisMachineAlone(ports);
      letsTheNewcomerTakeTheWalk(ports, folder.resolve("walk"));
      printsLinesThatSayWhatTheNewcomerMayNow(read(output));
      takesASavedRouteOver(portal, output, routes, ports.get("SERVER_PORT"));
      saysWhichPortIsInUse(ports, folder.resolve("refused"));
      leavesNoProcessBehind(portal, read(output));
    } finally {
      end(portal);
    }
    startsAgainWithWhatIsThere(ports, folder.resolve("again"), routes);
  }

  @Test
  void isWhatTheFirstCommandOfReadmeStarts() {
    assertThat(Documents.code("README.md", "run")).isEqualTo("mvn spring-boot:test-run\n");
    assertThat(Documents.text("pom.xml")).contains("<mainClass>" + EMBEDDED + "</mainClass>");
  }

  private static void saysWhatItStartsAndWaitsFor(String output) {
    assertThat(output)
        .contains("Waiting for PostgreSQL and Keycloak")
        .containsPattern(POSTGRES)
        .containsPattern("Starting Keycloak on port \\d+ and waiting for its signing keys");
  }

  private static void servesThisMachineAlone(Map<String, String> ports) {
    for (String port : List.of("SERVER_PORT", "MANAGEMENT_SERVER_PORT", "DEMO_PORT")) {
      assertThatThrownBy(() -> new Socket("127.0.0.2", Integer.parseInt(ports.get(port))).close())
          .isInstanceOf(ConnectException.class);
    }
  }

  private static void printsThePageFirst(String output, String page) {
    assertThat(output).contains("\n\nOpen " + page + "\n\nSign in as ");
  }

  private static void tellsThePageWhatItCalls(Map<String, String> ports) {
    URI config = URI.create("http://localhost:" + ports.get("DEMO_PORT") + "/config.json");
    assertThat(Caller.sendUnchecked(HttpRequest.newBuilder(config).build()).body())
        .isEqualTo(
            """
            {"issuer":"http://localhost:%s/realms/llmgenerator","clientId":"llmgenerator-demo",\
            "portal":"http://localhost:%s","paymentLink":"http://127.0.0.1:%s/b/test_demo"}""",
            ports.get("KEYCLOAK_PORT"),
            ports.get("SERVER_PORT"),
            ports.get("STRIPE_STAND_IN_PORT"));
  }

  private static void printsLinesThatAnswerAsTheySay(String output) {
    assertThat(CURL.matcher(output).results().map(EmbeddedBillingPortalIT::call))
        .containsExactly(200, 200, 200, 200, 200, 400, 401);
  }

  /** The walk of README, as it stands there, but for the ports. */
  private static void letsTheNewcomerTakeTheWalk(Map<String, String> ports, Path output)
      throws Exception {
    String walk =
        Documents.code("README.md", "walk")
            .replace("localhost:8180", "localhost:" + ports.get("KEYCLOAK_PORT"))
            .replace("localhost:8080", "localhost:" + ports.get("SERVER_PORT"))
            .replace("127.0.0.1:12111", "127.0.0.1:" + ports.get("STRIPE_STAND_IN_PORT"));
    Process shell =
        new ProcessBuilder("sh", "-c", walk)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    assertThat(shell.waitFor(60, TimeUnit.SECONDS)).isTrue();
    String session = "\\{\"url\":\"http://127.0.0.1:\\d+/p/session/\\w+\"} 200";
    List<String> answers = read(output).lines().toList();
    assertThat(answers).as(read(output)).hasSize(8);
    assertThat(answers.get(0)).isEqualTo("{\"available\":false} 200");
    assertThat(answers.get(1))
        .isEqualTo(
            "{\"customer\":\"cus_22222222222242228222222222222222\","
                + "\"checkout.session.completed\":\"200 {\\\"outcome\\\":\\\"stored\\\"}\","
                + "\"customer.subscription.created\":\"200 {\\\"outcome\\\":\\\"stored\\\"}\"} 200");
    assertThat(answers.get(2)).isEqualTo("{\"available\":true} 200");
    assertThat(answers.get(3)).matches(session);
    assertThat(answers.get(4)).matches(session);
    assertThat(answers.get(5)).matches(session);
    assertThat(answers.get(6)).isEqualTo(" 204");
    assertThat(answers.get(7)).contains("\"code\":\"unauthorized\"").endsWith(" 401");
  }

  private static void printsLinesThatSayWhatTheNewcomerMayNow(String output) {
    Matcher purchase = PURCHASE.matcher(output);
    assertThat(purchase.find()).isTrue();
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(purchase.group(1)));
    Answer bought = Caller.sendUnchecked(request.POST(BodyPublishers.noBody()).build());
    assertThat(bought.status()).isEqualTo(200);
    // Not the other lines: demo has asked often enough.
    assertThat(call(CURL.matcher(output).results().toList().get(5))).isEqualTo(200);
  }

  /** Prints one line for it, which says what is wrong. */
  private static void takesASavedRouteOver(Process portal, Path output, Path routes, String port)
      throws IOException {
    Path problems = routes.resolve("90-problem-responses.camel.yaml");
    String text = Files.readString(problems);
    String url = "http://localhost:" + port + Caller.AS_USER;
    int printed = read(output).length();
    Files.writeString(
        problems, text.replace("answer(401, 'unauthorized')", "answer(418, 'not_found')"));
    await(portal, output, () -> status(url) == 418);
    await(portal, output, () -> read(output).contains(" saved: running again"));
    Files.writeString(problems, text + "  broken: [");
    await(portal, output, () -> read(output).contains(" saved: nothing runs"));
    Path query = routes.resolve("find-subscription.sql");
    String select = Files.readString(query);
    Files.writeString(problems, text);
    Files.writeString(query, "select id from nothing\n");
    await(portal, output, () -> read(output).contains("find-subscription.sql saved: nothing"));
    Files.writeString(query, select);
    await(portal, output, () -> read(output).contains(" find-subscription.sql saved: running"));
    assertThat(status(url)).isEqualTo(401);
    String route = " : 90-problem-responses.camel.yaml saved: ";
    String runs = "running again after \\d+\\.\\d s";
    List<String> lines =
        read(output).substring(printed).lines().filter(l -> !l.contains("AccessLog")).toList();
    assertThat(String.join("\n", lines))
        .matches(
            String.join(
                "\n",
                line(
                    "ERROR",
                    route
                        + runs
                        + ", but openapi.yaml: has 'unauthorized', which nothing answers. Delete it."),
                line(
                    "ERROR",
                    " : openapi.yaml: has no example 418, 'not_found', which a route answers."
                        + " Document it."),
                line(
                    "ERROR",
                    route
                        + "nothing runs until this is fixed:"
                        + " 90-problem-responses.camel.yaml: is not YAML. Correct it: .*"),
                line(
                    "ERROR",
                    " : 90-problem-responses.camel.yaml, find-subscription.sql saved:"
                        + " nothing runs until this is fixed: A query is broken:"
                        + " find-subscription.sql: ERROR: relation \"nothing\" does not exist.*"),
                line("INFO", " : find-subscription.sql saved: " + runs)));
  }

  private static String line(String level, String message) {
    return "\\S+Z +" + level + " \\[-] \\S+EditLoop +" + message;
  }

  private static void saysWhichPortIsInUse(Map<String, String> ports, Path output)
      throws Exception {
    Process second = start(ports, output);
    try {
      assertThat(second.waitFor(LONGEST_END_SECONDS, TimeUnit.SECONDS)).isTrue();
    } finally {
      end(second);
    }
    assertThat(second.exitValue()).isEqualTo(1);
    assertThat(read(output))
        .matches("Port \\d+ is in use: stop what listens there, or set [A-Z_]+_PORT\\R");
  }

  /** PostgreSQL is no child of the portal's process: its own file names it. */
  private static void leavesNoProcessBehind(Process portal, String output) throws Exception {
    Matcher port = POSTGRES.matcher(output);
    assertThat(port.find()).isTrue();
    Path pid = Path.of("target", "postgres", "data-" + port.group(1), "postmaster.pid");
    ProcessHandle postgres =
        ProcessHandle.of(Long.parseLong(Files.readAllLines(pid).get(0))).orElseThrow();
    List<ProcessHandle> all =
        Stream.of(portal.toHandle(), postgres)
            .flatMap(process -> Stream.concat(Stream.of(process), process.descendants()))
            .toList();
    assertThat(all).allMatch(ProcessHandle::isAlive);
    portal.destroy();
    for (ProcessHandle process : all) {
      process.onExit().get(LONGEST_END_SECONDS, TimeUnit.SECONDS);
    }
  }

  private static void startsAgainWithWhatIsThere(
      Map<String, String> environment, Path output, Path routes) throws Exception {
    Process again = start(environment, output, "--debug");
    try {
      awaitWelcome(again, output);
      assertThat(read(output)).doesNotContain("Unpacking", "Building", "Importing");
      printsAllOfARestart(again, output, routes);
    } finally {
      end(again);
    }
  }

  private static void printsAllOfARestart(Process portal, Path output, Path routes)
      throws IOException {
    int printed = read(output).length();
    Path query = routes.resolve("find-subscription.sql");
    Files.writeString(query, Files.readString(query) + "-- The same.\n");
    await(portal, output, () -> read(output).contains("find-subscription.sql saved: running"));
    assertThat(read(output).substring(printed))
        .contains("HikariPool-1 - Shutdown completed", "Routes startup");
  }

  private static void end(Process portal) throws InterruptedException {
    try {
      portal.destroy();
      portal.waitFor(LONGEST_END_SECONDS, TimeUnit.SECONDS);
    } finally {
      portal.destroyForcibly();
    }
  }

  private static Process start(Map<String, String> environment, Path output, String... arguments)
      throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                EMBEDDED)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    PackagedPortal.forgetSettings(builder.environment());
    builder.environment().putAll(environment);
    builder.command().addAll(List.of(arguments));
    return builder.start();
  }

  private static int call(MatchResult line) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(line.group(2))).header("Authorization", line.group(3));
    if (line.group(1) != null) {
      request.POST(BodyPublishers.noBody());
    }
    if (line.group(4) != null) {
      request
          .header("Content-Type", "application/json")
          .POST(BodyPublishers.ofString(line.group(4)));
    }
    return Caller.send(request).status();
  }

  private static int status(String url) {
    try {
      return Caller.sendUnchecked(
              HttpRequest.newBuilder(URI.create(url)).POST(BodyPublishers.noBody()).build())
          .status();
    } catch (AssertionError e) {
      return 0;
    }
  }

  private static String read(Path output) {
    try {
      return Files.readString(output);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void awaitWelcome(Process portal, Path output) {
    await(portal, output, () -> read(output).contains("A new token of demo"));
  }

  private static void await(Process portal, Path output, BooleanSupplier condition) {
    Instant end = Instant.now().plus(LONGEST_WAIT);
    while (!condition.getAsBoolean()) {
      if (!portal.isAlive() || Instant.now().isAfter(end)) {
        throw new AssertionError("What was awaited did not come:\n" + read(output));
      }
      try {
        portal.waitFor(100, TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
