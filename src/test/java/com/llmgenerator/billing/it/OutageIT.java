package com.llmgenerator.billing.it;

import static com.llmgenerator.billing.it.Caller.AS_USER;
import static com.llmgenerator.billing.it.Problems.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import com.fasterxml.jackson.databind.JsonNode;
import com.llmgenerator.billing.auth.TestRealm;
import com.llmgenerator.billing.it.Caller.Answer;
import com.nimbusds.jose.jwk.Curve;
import java.net.URI;
import java.net.http.HttpRequest;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each outage has a portal of its own, so that it does not disturb the other tests. */
@Execution(ExecutionMode.CONCURRENT)
class OutageIT {
  @Nested
  class Returns502 {
    @Test
    void whileStripeCannotBeReached() {
      String token = Servers.KEYCLOAK.login("demo").accessToken();
      Map<String, String> environment = Servers.environment();
      environment.put("STRIPE_API_BASE", "http://localhost:1");
      try (PackagedPortal portal = PackagedPortal.start(environment)) {
        assertProblem(
            Caller.post(portal, AS_USER, token, null),
            502,
            "payment_provider_error",
            "The payment provider failed.");
      }
    }

    @ParameterizedTest
    @CsvSource({
      "sk_test_invalid, Stripe refuses the key: check STRIPE_SECRET_KEY",
      "rk_test_nopermission, 'Stripe refuses the key''s permission: give it \"Customer portal:"
          + " write\"'"
    })
    void whileStripeRefusesTheKeyAndTellsTheOperator(String key, String advice) {
      String token = Servers.KEYCLOAK.login("demo").accessToken();
      Map<String, String> environment = Servers.environment();
      environment.put("STRIPE_SECRET_KEY", key);
      try (PackagedPortal portal = PackagedPortal.start(environment)) {
        assertThat(Caller.post(portal, AS_USER, token, null).status()).isEqualTo(502);
        assertThat(portal.log()).contains(advice).doesNotContain(key);
      }
    }
  }

  @Nested
  class Returns503 {
    @Test
    void untilTheSigningKeysAreThereAndHealsByItself() {
      String token = Servers.KEYCLOAK.login("demo").accessToken();
      Map<String, String> environment = Servers.environment();
      try (LyingServer keycloak = new LyingServer()) {
        keycloak.answers(LyingServer.trickle("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"));
        environment.put("KEYCLOAK_JWKS_URL", keycloak.url());
        try (PackagedPortal portal = PackagedPortal.launch(environment)) {
          portal.await(() -> portal.health("/liveness") == 200);
          assertThat(portal.health("/readiness")).isEqualTo(503);
          assertUnavailable(Caller.post(portal, AS_USER, token, null));
          assertThat(Caller.post(portal, AS_USER, "no.to.ken", null).status()).isEqualTo(401);

          keycloak.answers(LyingServer.text("HTTP/1.1 200 OK\r\n\r\n" + realmKeys()));
          portal.await(() -> portal.health("/readiness") == 200);
          assertThat(Caller.post(portal, AS_USER, token, null).status()).isEqualTo(200);
          keycloak.answers(LyingServer.text(""));
          assertThat(Caller.post(portal, AS_USER, token, null).status()).isEqualTo(200);
        }
      }
    }

    @Test
    void whileTheRealmHasNoUsableKeyAndTellsTheOperator() {
      String token = Servers.KEYCLOAK.login("demo").accessToken();
      String reason =
          "Keycloak published no usable signing key: it must be RSA of at least 2048 bits, EC with"
              + " P-256, P-384 or P-521, or OKP with Ed25519, and its use sig. Found: OKP Ed448;"
              + " RSA of 1024 bits";
      Map<String, String> environment = Servers.environment();
      try (TestRealm realm = new TestRealm()) {
        realm.publish(TestRealm.rsaKey(1024, "weak"), TestRealm.edwardsKey(Curve.Ed448, "edwards"));
        String keys = realm.issuer() + "/protocol/openid-connect/certs";
        environment.put("KEYCLOAK_JWKS_URL", keys);
        try (PackagedPortal portal = PackagedPortal.launch(environment)) {
          portal.await(() -> portal.log().contains(" WARN "));
          assertThat(portal.health("/readiness")).isEqualTo(503);
          JsonNode keysDown = portal.healthDetails("/keys");
          assertThat(keysDown.path("status").asText()).isEqualTo("DOWN");
          assertThat(keysDown.path("details").path("reason").asText()).isEqualTo(reason);
          assertThat(portal.log().lines().filter(line -> line.contains(" WARN ")))
              .singleElement(STRING)
              .endsWith("No signing keys from %s, KEYCLOAK_JWKS_URL: %s".formatted(keys, reason));
          assertUnavailable(Caller.post(portal, AS_USER, token, null));

          realm.publish(realmKeys());
          portal.await(() -> portal.health("/readiness") == 200);
          assertThat(portal.healthDetails("/keys")).hasToString("{\"status\":\"UP\"}");
          assertThat(Caller.post(portal, AS_USER, token, null).status()).isEqualTo(200);
        }
      }
    }
  }

  private static String realmKeys() {
    return Caller.sendUnchecked(
            HttpRequest.newBuilder(
                    URI.create(Servers.KEYCLOAK.issuer() + "/protocol/openid-connect/certs"))
                .build())
        .body();
  }

  private static void assertUnavailable(Answer answer) {
    assertProblem(answer, 503, "temporarily_unavailable", "Try again in a moment.");
    assertThat(answer.header("Retry-After")).isEqualTo("2");
  }
}
