package com.llmgenerator.billing.it;

import static com.llmgenerator.billing.it.Caller.WITH_API_KEY;
import static com.llmgenerator.billing.it.Problems.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import com.llmgenerator.billing.it.Caller.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Map;
import javax.net.ServerSocketFactory;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Our key goes to nobody who cannot show by a certificate that Java trusts that he is Stripe. */
@Execution(ExecutionMode.CONCURRENT)
class StripeCertificateIT {
  @TempDir private static Path folder;

  private static KeyStore certificate;

  @BeforeAll
  static void certify() throws Exception {
    certificate = Keytool.generate("localhost", "-keyalg", "EC", "-ext", "san=dns:localhost");
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("stripe", certificate.getCertificate("localhost"));
    try (var file = Files.newOutputStream(folder.resolve("trusted.p12"))) {
      trusted.store(file, Keytool.PASSWORD.toCharArray());
    }
  }

  @Test
  void thatIsTrustedIsEnough() throws Exception {
    try (LyingServer stripe = stripe();
        PackagedPortal portal = portal(stripe.url(), true)) {
      assertThat(call(portal).status()).isEqualTo(200);
      assertThat(stripe.requests()).isPositive();
    }
  }

  @Test
  void thatNobodyTrustsIsNot() throws Exception {
    try (LyingServer stripe = stripe();
        PackagedPortal portal = portal(stripe.url(), false)) {
      assertRefused(portal, stripe);
    }
  }

  @Test
  void ofAnotherHostIsNot() throws Exception {
    try (LyingServer stripe = stripe();
        PackagedPortal portal = portal(stripe.url().replace("localhost", "127.0.0.1"), true)) {
      assertRefused(portal, stripe);
    }
  }

  private static void assertRefused(PackagedPortal portal, LyingServer stripe) {
    assertProblem(call(portal), 502, "payment_provider_error", "The payment provider failed.");
    assertThat(portal.log()).contains("Stripe cannot be reached: javax.net.ssl.SSL");
    assertThat(stripe.connections()).isPositive();
    assertThat(stripe.requests()).isZero();
  }

  private static Answer call(PackagedPortal portal) {
    String key = Servers.addPayingUsers(Servers.DATABASE, 1, "cus_demo").get(0);
    return Caller.post(portal, WITH_API_KEY, key, null);
  }

  private static LyingServer stripe() throws IOException, GeneralSecurityException {
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(certificate, Keytool.PASSWORD.toCharArray());
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(keys.getKeyManagers(), null, null);
    ServerSocketFactory sockets = tls.getServerSocketFactory();
    LyingServer stripe = new LyingServer("https", sockets);
    stripe.answers(stripe.portalSession());
    return stripe;
  }

  private static PackagedPortal portal(String stripe, boolean trusting) {
    Map<String, String> environment = Servers.environment();
    environment.put("STRIPE_API_BASE", stripe);
    environment.put("PORTAL_OFFER_CHECKED", "false");
    String java = "-XX:TieredStopAtLevel=1 -Dlogging.structured.format.console=";
    if (trusting) {
      java +=
          " -Djavax.net.ssl.trustStorePassword="
              + Keytool.PASSWORD
              + " -Djavax.net.ssl.trustStore="
              + folder.resolve("trusted.p12");
    }
    environment.put("JDK_JAVA_OPTIONS", java);
    return PackagedPortal.start(environment);
  }
}
