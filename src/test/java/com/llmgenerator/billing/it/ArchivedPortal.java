package com.llmgenerator.billing.it;

import com.llmgenerator.billing.auth.TestRealm;
import com.llmgenerator.billing.dev.EmbeddedPostgres;
import com.llmgenerator.billing.dev.StripeStandIn;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The packaged jar, extracted as in the image, with an archive of the classes that a portal loads
 * from its start to its end. Tests start many portals: each is there in a fraction of the time.
 */
final class ArchivedPortal {
  private static final Path ARCHIVE = Path.of("target", "classes.jsa");
  private static final Path JAR = extractJar();

  static {
    archiveClasses();
  }

  private ArchivedPortal() {}

  /** Has it ready for the first start; which that would do, too. */
  static void prepare() {}

  /** The command that starts it. */
  static List<String> command(String... options) {
    List<String> command = new ArrayList<>(List.of(java(), "-XX:SharedArchiveFile=" + ARCHIVE));
    command.addAll(List.of(options));
    command.addAll(List.of("-Xmx256m", "-jar", JAR.toString()));
    return command;
  }

  /** The jar that the extracted one begins with: its libraries are beside it, in a folder. */
  static Path jar() {
    return JAR;
  }

  static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  private static Path extractJar() {
    Path packaged = PackagedPortal.jar();
    Path extracted = Path.of("target", "extracted");
    PackagedPortal process =
        PackagedPortal.launch(
            List.of(
                java(),
                "-Djarmode=tools",
                "-jar",
                packaged.toString(),
                "extract",
                "--force",
                "--destination",
                extracted.toString()),
            Map.of());
    if (process.awaitEnd() != 0) {
      throw new IllegalStateException("The jar cannot be extracted:\n" + process.log());
    }
    return extracted.resolve(packaged.getFileName());
  }

  /** By a portal with servers of its own: those of the tests wait for this archive. */
  private static void archiveClasses() {
    List<String> command =
        List.of(
            java(),
            "-XX:TieredStopAtLevel=1",
            "-XX:ArchiveClassesAtExit=" + ARCHIVE,
            "-Xlog:cds=off",
            "-Xlog:cds+dynamic=off",
            "-Dlogging.structured.format.console=",
            "-jar",
            JAR.toString());
    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(0);
        TestRealm realm = new TestRealm();
        StripeStandIn stripe = StripeStandIn.start(0);
        PackagedPortal portal =
            PackagedPortal.launch(command, environment(postgres, realm, stripe))) {
      portal.await(() -> portal.health("/readiness") == 200);
      Caller.post(portal, Caller.AS_USER, realm.token(), null);
      portal.await(() -> portal.log().contains("Stripe's portal offers what is promised"));
      portal.terminate();
      portal.awaitEnd();
    }
  }

  private static Map<String, String> environment(
      EmbeddedPostgres postgres, TestRealm realm, StripeStandIn stripe) {
    return Map.of(
        "SPRING_DATASOURCE_URL", postgres.url(),
        "SPRING_DATASOURCE_USERNAME", postgres.username(),
        "SPRING_DATASOURCE_PASSWORD", postgres.password(),
        "KEYCLOAK_ISSUER", realm.issuer(),
        "STRIPE_SECRET_KEY", "sk_test_archive",
        "STRIPE_API_BASE", stripe.url(),
        "PORTAL_DEFAULT_RETURN_URL", "http://localhost/",
        "PORTAL_RETURN_ORIGINS", "http://localhost");
  }
}
