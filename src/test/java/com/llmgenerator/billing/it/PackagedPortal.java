package com.llmgenerator.billing.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.llmgenerator.billing.dev.Ports;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** The packaged portal as a process of its own, as an operator runs it. */
final class PackagedPortal implements AutoCloseable {
  private static final Duration LONGEST_START = Duration.ofSeconds(90);
  private static final Duration LONGEST_ANSWER = Duration.ofSeconds(60);
  private static final Duration LONGEST_END = Duration.ofSeconds(40);
  private static final HttpClient PROBE = HttpClient.newHttpClient();

  /** Those that were told to end, and when. */
  private static final Map<PackagedPortal, Instant> ENDING = new ConcurrentHashMap<>();

  static final Path LOGS = Path.of("target", "portal-logs");

  private final Process process;
  private final int port;
  private final int managementPort;
  private final Path log;

  private PackagedPortal(Process process, int port, int managementPort, Path log) {
    this.process = process;
    this.port = port;
    this.managementPort = managementPort;
    this.log = log;
  }

  /**
   * Starts it, unpacked, with nothing but these environment variables and free ports.
   *
   * @param environment variables; one that is set to "" is not set
   */
  static PackagedPortal launch(Map<String, String> environment) {
    Map<String, String> changed = new HashMap<>();
    // Tests start many portals and ask each a little: quick to start is quick enough.
    // And lines that people read, unless a test is about those that programs read.
    changed.put("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1 -Dlogging.structured.format.console=");
    changed.putAll(environment);
    return launch(ArchivedPortal.command(), changed);
  }

  /** Starts a command of the jar's, whose log is for people. */
  static PackagedPortal launchCommand(
      Map<String, String> environment, String name, String... options) {
    List<String> command =
        new ArrayList<>(
            ArchivedPortal.command(
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Dlogging.structured.format.console="));
    command.add(name);
    command.addAll(List.of(options));
    return launch(command, environment);
  }

  /** As {@link #launch(Map)}, by a command of one's own and without settings for tests. */
  static PackagedPortal launch(List<String> command, Map<String, String> environment) {
    requireEnds();
    try {
      Files.createDirectories(LOGS);
      Path log = Files.createTempFile(LOGS, "portal-", ".log");
      int port = Ports.free();
      int managementPort = Ports.free();
      ProcessBuilder builder =
          new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
      forgetSettings(builder.environment());
      builder.environment().put("SERVER_PORT", String.valueOf(port));
      builder.environment().put("MANAGEMENT_SERVER_PORT", String.valueOf(managementPort));
      builder.environment().putAll(environment);
      builder.environment().values().removeIf(String::isEmpty);
      return new PackagedPortal(builder.start(), port, managementPort, log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** As {@link #launch(Map)}, and waits until it is ready. */
  static PackagedPortal start(Map<String, String> environment) {
    PackagedPortal portal = launch(environment);
    try {
      portal.await(() -> portal.health("/readiness") == 200);
      return portal;
    } catch (RuntimeException e) {
      portal.close();
      throw e;
    }
  }

  /** Takes out what the portal, or its Java, would read. */
  static void forgetSettings(Map<String, String> environment) {
    environment.keySet().removeIf(name -> name.matches("[A-Z]+_.*"));
  }

  String url(String path) {
    return "http://localhost:" + port + path;
  }

  int port() {
    return port;
  }

  int managementPort() {
    return managementPort;
  }

  String log() {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The line that ends a request, which is written once its answer was sent. */
  String answered(String requestId) {
    String begin = " [" + requestId + "] ";
    Supplier<Optional<String>> line =
        () ->
            log()
                .lines()
                .filter(logged -> logged.contains(begin) && logged.contains(" : Answered "))
                .findFirst();
    await(() -> line.get().isPresent());
    return line.get().orElseThrow();
  }

  /** Fails unless there are warnings with a text, and a minute between them. */
  void assertWarnsOnceAMinute(String text) {
    List<Instant> written =
        log()
            .lines()
            .filter(line -> line.contains(" WARN [") && line.contains(text))
            .map(line -> Instant.parse(line.substring(0, line.indexOf(' '))))
            .toList();
    assertThat(written).isNotEmpty();
    for (int i = 1; i < written.size(); i++) {
      // By another clock than that which times it.
      assertThat(Duration.between(written.get(i - 1), written.get(i)))
          .isGreaterThan(Duration.ofSeconds(59));
    }
  }

  /** Waits for the end of the process and returns its exit code. */
  int awaitEnd() {
    try {
      if (!process.waitFor(LONGEST_START.toSeconds(), TimeUnit.SECONDS)) {
        throw new IllegalStateException("It does not end:\n" + log());
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The memory that the process has in use now, in MiB; told by Linux. */
  long memory() {
    try (Stream<String> lines = Files.lines(Path.of("/proc/" + process.pid() + "/status"))) {
      String line = lines.filter(told -> told.startsWith("VmRSS:")).findFirst().orElseThrow();
      return Long.parseLong(line.replaceAll("\\D", "")) / 1024;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits for the end of a process that must not open its ports, and returns its exit code. */
  int awaitEndWithoutPorts() {
    try {
      while (!process.waitFor(100, TimeUnit.MILLISECONDS)) {
        if (health("/readiness") != 0) {
          throw new IllegalStateException("It has opened its ports:\n" + log());
        }
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The CPU time that the process has used so far. */
  Duration cpu() {
    return process.info().totalCpuDuration().orElseThrow();
  }

  int health(String probe) {
    URI uri = URI.create("http://localhost:" + managementPort + "/observe/health" + probe);
    HttpRequest request = HttpRequest.newBuilder(uri).timeout(LONGEST_ANSWER).build();
    try {
      return PROBE.send(request, BodyHandlers.discarding()).statusCode();
    } catch (IOException e) {
      return 0;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What a group of the health endpoint tells of its only component. */
  JsonNode healthDetails(String group) {
    URI uri = URI.create("http://localhost:" + managementPort + "/observe/health" + group);
    String health = Caller.sendUnchecked(HttpRequest.newBuilder(uri).build()).body();
    try {
      return new ObjectMapper().readTree(health).path("components").iterator().next();
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(health, e);
    }
  }

  /** What Prometheus scrapes. */
  String metrics() {
    URI uri = URI.create("http://localhost:" + managementPort + "/observe/prometheus");
    return Caller.sendUnchecked(HttpRequest.newBuilder(uri).build()).body();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  boolean isListening() {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  /** Waits until something holds; fails if the process ends before. */
  void await(BooleanSupplier condition) {
    Instant end = Instant.now().plus(LONGEST_START);
    while (!condition.getAsBoolean()) {
      if (!process.isAlive() || Instant.now().isAfter(end)) {
        throw new IllegalStateException("What was awaited did not come:\n" + log());
      }
      try {
        process.waitFor(100, TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** Asks the process to end, as Kubernetes does, and does not wait for it. */
  void terminate() {
    process.destroy();
  }

  /**
   * Asks the process to end, and does not wait for it either: one that does not end is found when
   * others are launched, or by {@link #awaitEnds}.
   */
  @Override
  public void close() {
    terminate();
    ENDING.put(this, Instant.now());
  }

  /** Waits for all that were closed; fails if one does not end on SIGTERM. */
  static void awaitEnds() {
    for (PackagedPortal portal : ENDING.keySet()) {
      try {
        portal.process.waitFor(LONGEST_END.toSeconds(), TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
    requireEnds();
  }

  private static void requireEnds() {
    ENDING.keySet().removeIf(portal -> !portal.isAlive());
    ENDING.forEach(
        (portal, told) -> {
          if (Instant.now().isAfter(told.plus(LONGEST_END))) {
            ENDING.remove(portal);
            portal.process.destroyForcibly();
            throw new IllegalStateException("It does not end on SIGTERM:\n" + portal.log());
          }
        });
  }

  static Path jar() {
    try (Stream<Path> files = Files.list(Path.of("target"))) {
      List<Path> jars =
          files
              .filter(file -> file.getFileName().toString().matches("billing-portal-.*\\.jar"))
              .toList();
      if (jars.size() != 1) {
        throw new IllegalStateException(
            "Expected one jar in target, run mvn verify. Found: " + jars);
      }
      return jars.get(0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
