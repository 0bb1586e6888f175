package com.llmgenerator.billing.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The packaged jar, taken apart by its own tool as it is in the image, and an archive of the
 * classes that a start loads. Tests start many portals: each is there in a third of the time.
 */
final class UnpackedPortal {
  private static final Path FOLDER = Path.of("target", "unpacked");
  private static final Path ARCHIVE = FOLDER.resolve("classes.jsa");
  private static final Path JAR = FOLDER.resolve(PackagedPortal.jar().getFileName());

  /** What a start needs that ends before it asks anybody. */
  private static final Map<String, String> SETTINGS =
      Map.of(
          "SPRING_DATASOURCE_URL", "jdbc:postgresql://localhost:1/none",
          "SPRING_DATASOURCE_USERNAME", "none",
          "SPRING_DATASOURCE_PASSWORD", "none",
          "SPRING_FLYWAY_ENABLED", "false",
          "KEYCLOAK_ISSUER", "http://localhost:1/realms/none",
          "STRIPE_SECRET_KEY", "sk_test_none",
          "PORTAL_DEFAULT_RETURN_URL", "http://localhost/",
          "PORTAL_RETURN_ORIGINS", "http://localhost");

  static {
    run(
        List.of(
            "-Djarmode=tools",
            "-jar",
            PackagedPortal.jar().toString(),
            "extract",
            "--force",
            "--destination",
            FOLDER.toString()));
    run(
        List.of(
            "-XX:ArchiveClassesAtExit=" + ARCHIVE,
            "-Xlog:cds=off",
            "-Xlog:cds+dynamic=off",
            "-Dspring.context.exit=onRefresh",
            "-jar",
            JAR.toString()));
  }

  private UnpackedPortal() {}

  /** The command that starts it. */
  static List<String> command(String... options) {
    List<String> command = new ArrayList<>(List.of(java(), "-XX:SharedArchiveFile=" + ARCHIVE));
    command.addAll(List.of(options));
    command.addAll(List.of("-Xmx256m", "-jar", JAR.toString()));
    return command;
  }

  private static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  private static void run(List<String> words) {
    List<String> command = new ArrayList<>(List.of(java()));
    command.addAll(words);
    Path log = Path.of("target", "unpacked.log");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    PackagedPortal.forgetSettings(builder.environment());
    builder.environment().putAll(SETTINGS);
    try {
      if (builder.start().waitFor() != 0) {
        throw new IllegalStateException(command + " failed: see " + log);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
