package com.llmgenerator.billing.dev;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.util.FileSystemUtils;

/**
 * A real PostgreSQL server on this machine with an empty database, below {@code target/postgres}.
 * It can be stopped and started again with its data, which the library's own class cannot.
 */
public final class EmbeddedPostgres implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EmbeddedPostgres.class);
  private static final Path ROOT = Path.of("target", "postgres").toAbsolutePath();

  private static final Duration START_TIMEOUT = Duration.ofSeconds(60);
  private static final int STOP_TIMEOUT_MILLIS = 5_000;
  private static final int POLL_MILLIS = 50;

  private final Thread hook = new Thread(this::deleteDataOnceStopped, "delete-postgres-data");
  private final int port;
  private final Path data;
  private io.zonky.test.db.postgres.embedded.EmbeddedPostgres server;

  private EmbeddedPostgres(int port) {
    this.port = port;
    this.data = ROOT.resolve("data-" + port);
  }

  /**
   * Starts a server with an empty database.
   *
   * @param port 0 for any free port
   * @throws IllegalStateException if the port is in use
   */
  public static EmbeddedPostgres start(int port) {
    if (port != 0) {
      requireFree(port);
    }
    EmbeddedPostgres postgres = new EmbeddedPostgres(port == 0 ? Ports.free() : port);
    postgres.deleteData();
    Runtime.getRuntime().addShutdownHook(postgres.hook);
    postgres.launch();
    return postgres;
  }

  /** Starts the server again after {@link #stop}: same port, same data. */
  public void start() {
    requireFree(port);
    launch();
  }

  /** Stops the server; its data stays. */
  public void stop() {
    try {
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot stop PostgreSQL", e);
    }
  }

  /** Makes the server and all its processes hang, connections and all, until {@link #thaw}. */
  public void freeze() {
    ProcessHandle postmaster = postmaster();
    // First, so that it has no new process while the others are stopped.
    signal("-STOP", Stream.of(postmaster));
    signal("-STOP", postmaster.descendants());
  }

  /** Lets the server go on after {@link #freeze}. */
  public void thaw() {
    signal("-CONT", postmaster().descendants());
    signal("-CONT", Stream.of(postmaster()));
  }

  private ProcessHandle postmaster() {
    try {
      long pid = Long.parseLong(Files.readAllLines(data.resolve("postmaster.pid")).get(0));
      return ProcessHandle.of(pid).orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException("PostgreSQL is not running", e);
    }
  }

  private static void signal(String name, Stream<ProcessHandle> processes) {
    List<String> command = new ArrayList<>(List.of("kill", name));
    processes.forEach(process -> command.add(String.valueOf(process.pid())));
    try {
      new ProcessBuilder(command).inheritIO().start().waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot signal PostgreSQL", e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The port it listens on. */
  public int port() {
    return port;
  }

  /** Address of the database. */
  public String url() {
    return "jdbc:postgresql://localhost:" + port + "/postgres";
  }

  /** The user who owns the database. */
  public String username() {
    return "postgres";
  }

  /** Any password is right: the server listens on localhost only. */
  public String password() {
    return "any-password-of-the-database";
  }

  /** Stops the server and deletes its data. */
  @Override
  public void close() {
    stop();
    deleteData();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      LOG.trace("The hook is running, since this JVM ends", e);
    }
  }

  /** When this JVM ends, the library's own hook stops the server, at the same time. */
  private void deleteDataOnceStopped() {
    try {
      Path pid = data.resolve("postmaster.pid");
      for (int waited = 0;
          Files.exists(pid) && waited < STOP_TIMEOUT_MILLIS;
          waited += POLL_MILLIS) {
        Thread.sleep(POLL_MILLIS);
      }
      deleteData();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void launch() {
    LOG.info("Starting PostgreSQL on port {}", port);
    try {
      server =
          io.zonky.test.db.postgres.embedded.EmbeddedPostgres.builder()
              .setPort(port)
              .setOverrideWorkingDirectory(ROOT.toFile())
              .setDataDirectory(data)
              // Else the library deletes the data whenever the server stops.
              .setCleanDataDirectory(false)
              .setPGStartupWait(START_TIMEOUT)
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot start PostgreSQL", e);
    }
  }

  private void deleteData() {
    try {
      FileSystemUtils.deleteRecursively(data);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot delete " + data, e);
    }
  }

  private static void requireFree(int port) {
    Ports.requireFree(port, "stop what listens there");
  }
}
