package com.llmgenerator.billing.dev;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.util.FileSystemUtils;

/**
 * Keycloak's files below {@code target/keycloak}: unpacked and built once, with a database that
 * already holds the realms of {@code src/test/resources/keycloak}, so that a start takes seconds.
 *
 * <p>All servers share these files; each works on a copy of the database.
 */
final class KeycloakHome {
  private static final Logger LOG = LoggerFactory.getLogger(KeycloakHome.class);

  private static final Path ROOT = Path.of("target", "keycloak").toAbsolutePath();
  private static final String ZIP_PREFIX = "keycloak-quarkus-dist-";
  private static final List<String> REALM_FILES =
      List.of("llmgenerator-realm.json", "another-realm-realm.json");
  private static final int STEP_TIMEOUT_MINUTES = 5;
  private static final int TAIL_LINES = 25;

  private final Path directory;
  private final Path agent = ROOT.resolve("ends-with-parent.jar");

  private KeycloakHome(Path directory) {
    this.directory = directory;
  }

  /**
   * Does what is still to be done: unpack and build, or import the realms after they changed.
   *
   * @throws IllegalStateException if the zip is missing or a step fails, with the end of its log
   */
  static synchronized KeycloakHome prepare() {
    Path zip = findZip();
    String version = zip.getFileName().toString().replace(ZIP_PREFIX, "").replace(".zip", "");
    KeycloakHome home = new KeycloakHome(ROOT.resolve("keycloak-" + version));
    // The lock is for another JVM that starts in the same working tree.
    try (FileChannel lockFile =
            FileChannel.open(
                ROOT.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = lockFile.lock()) {
      LOG.trace("Holding {}", lock);
      home.unpackAndBuild(zip, version);
      home.importRealms();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot prepare " + home.directory, e);
    }
    return home;
  }

  private static Path findZip() {
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> zips = Files.newDirectoryStream(ROOT, ZIP_PREFIX + "*.zip")) {
      zips.forEach(found::add);
    } catch (IOException e) {
      throw new IllegalStateException(noZip(), e);
    }
    if (found.isEmpty()) {
      throw new IllegalStateException(noZip());
    }
    if (found.size() > 1) {
      throw new IllegalStateException("More than one Keycloak is in target/keycloak: delete it");
    }
    return found.get(0);
  }

  private static String noZip() {
    return "Keycloak's zip is not in target/keycloak: run mvn generate-test-resources";
  }

  private void unpackAndBuild(Path zip, String version) throws IOException {
    Path done = directory.resolve("built");
    if (Files.exists(done)) {
      return;
    }
    LOG.info("Unpacking Keycloak {} to target/keycloak (once)", version);
    FileSystemUtils.deleteRecursively(directory);
    unpack(zip);
    EndsWithParent.writeJar(agent);
    LOG.info("Building Keycloak {} (once, about 20 s)", version);
    run("build", "--db=dev-file");
    Files.createFile(done);
  }

  private static void unpack(Path zip) throws IOException {
    try (InputStream file = Files.newInputStream(zip);
        ZipInputStream content = new ZipInputStream(file)) {
      for (ZipEntry entry = content.getNextEntry(); entry != null; entry = content.getNextEntry()) {
        Path target = ROOT.resolve(entry.getName());
        if (entry.isDirectory()) {
          Files.createDirectories(target);
        } else {
          Files.createDirectories(target.getParent());
          Files.copy(content, target);
        }
      }
    }
  }

  private void importRealms() throws IOException {
    Path folder = directory.resolve("data").resolve("import");
    Path done = directory.resolve("imported");
    String realms = realms(folder);
    if (Files.exists(done) && Files.readString(done).equals(realms)) {
      return;
    }
    LOG.info("Importing the realms of src/test/resources/keycloak (once, about 12 s)");
    Files.deleteIfExists(done);
    FileSystemUtils.deleteRecursively(directory.resolve("data").resolve("h2"));
    run("import", "--optimized", "--cache=local", "--dir=" + folder);
    Files.writeString(done, realms);
  }

  /** Copies the realm files to the folder and returns their text. */
  private static String realms(Path folder) throws IOException {
    Files.createDirectories(folder);
    StringBuilder realms = new StringBuilder();
    for (String name : REALM_FILES) {
      try (InputStream file = KeycloakHome.class.getResourceAsStream("/keycloak/" + name)) {
        String realm = new String(file.readAllBytes(), StandardCharsets.UTF_8);
        Files.writeString(folder.resolve(name), realm);
        realms.append(realm);
      }
    }
    return realms.toString();
  }

  private void run(String step, String... options) throws IOException {
    Path log = ROOT.resolve(step + ".log");
    Files.deleteIfExists(log);
    List<String> arguments = new ArrayList<>(List.of(step));
    Collections.addAll(arguments, options);
    Process process = launch(log, arguments);
    try {
      if (process.waitFor(STEP_TIMEOUT_MINUTES, TimeUnit.MINUTES) && process.exitValue() == 0) {
        return;
      }
      throw new IllegalStateException("Keycloak's " + step + " failed. " + tail(log));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted during Keycloak's " + step, e);
    } finally {
      process.destroyForcibly();
    }
  }

  /** Makes the folder of the server at the port anew, with its own copy of the database. */
  Path serverFolder(int port) {
    Path folder = ROOT.resolve("server-" + port);
    Path database = directory.resolve("data").resolve("h2").resolve("keycloakdb.mv.db");
    try {
      FileSystemUtils.deleteRecursively(folder);
      Files.createDirectories(folder);
      Files.copy(database, folder.resolve("keycloakdb.mv.db"), StandardCopyOption.REPLACE_EXISTING);
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot make " + folder, e);
    }
  }

  /**
   * Starts Keycloak's Java process: not its shell script, which would be one more process to end.
   *
   * @param log where its output is appended
   * @param arguments what {@code kc.sh} takes
   */
  Process launch(Path log, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    // A quick start matters here, not throughput.
    command.addAll(List.of("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.addAll(List.of("-XX:+ExitOnOutOfMemoryError", "-javaagent:" + agent));
    // The rest is what kc.sh sets.
    for (String opened :
        List.of("java.util", "java.util.concurrent", "java.security", "java.lang")) {
      command.add("--add-opens=java.base/" + opened + "=ALL-UNNAMED");
    }
    command.add("--enable-native-access=ALL-UNNAMED");
    command.addAll(List.of("-Dfile.encoding=UTF-8", "-Duser.language=en", "-Duser.country=US"));
    command.add("-Dkc.home.dir=" + directory);
    command.add("-Djboss.server.config.dir=" + directory.resolve("conf"));
    command.add("-Djava.util.logging.manager=org.jboss.logmanager.LogManager");
    command.add(
        "-Djava.util.concurrent.ForkJoinPool.common.threadFactory="
            + "io.quarkus.bootstrap.forkjoin.QuarkusForkJoinWorkerThreadFactory");
    command.add("-Dpicocli.disable.closures=true");
    command.add("-Dquarkus-log-max-startup-records=10000");
    command.add("-cp");
    command.add(directory.resolve("lib").resolve("quarkus-run.jar").toString());
    command.add("io.quarkus.bootstrap.runner.QuarkusEntryPoint");
    command.addAll(arguments);

    ProcessBuilder builder = new ProcessBuilder(command);
    // Quarkus reads a "config" folder of the working directory, and settings from the environment.
    builder.directory(directory.toFile());
    builder.environment().keySet().removeIf(name -> name.matches("(KC|QUARKUS)_.*"));
    File output = log.toFile();
    builder.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.appendTo(output));
    try {
      return builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot start " + command.get(0), e);
    }
  }

  /** The end of a log, for a message. */
  static String tail(Path log) {
    try {
      List<String> lines = Files.readAllLines(log);
      List<String> last = lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size());
      return "The end of " + log + ":\n" + String.join("\n", last);
    } catch (IOException e) {
      return "Its log " + log + " cannot be read: " + e.getMessage();
    }
  }
}
