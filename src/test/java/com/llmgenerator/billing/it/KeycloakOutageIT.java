package com.llmgenerator.billing.it;

import static com.llmgenerator.billing.it.Caller.AS_USER;
import static com.llmgenerator.billing.it.Servers.KEYCLOAK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.awaitility.Awaitility.await;

import com.llmgenerator.billing.auth.TestRealm;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** The keys that were fetched serve through an outage of Keycloak, here that of all tests. */
@Isolated
class KeycloakOutageIT {
  @Test
  void returns200ToTokensOfKnownKeys() {
    String token = KEYCLOAK.login("demo").accessToken();
    try (TestRealm realm = new TestRealm();
        PackagedPortal portal = PackagedPortal.start(Servers.environment())) {
      KEYCLOAK.suspend();
      try {
        assertThat(Caller.post(portal, AS_USER, token, null).status()).isEqualTo(200);
        // Until enough time has passed since the last fetch, nobody waits for another.
        await()
            .until(
                () -> {
                  Instant asked = Instant.now();
                  assertThat(Caller.post(portal, AS_USER, realm.token(), null).status())
                      .isEqualTo(401);
                  assertThat(Duration.between(asked, Instant.now()))
                      .isLessThan(Duration.ofSeconds(6));
                  return portal.log().contains(" WARN ");
                });
      } finally {
        KEYCLOAK.resume();
      }
      KEYCLOAK.stop();
      try {
        assertThat(Caller.post(portal, AS_USER, token, null).status()).isEqualTo(200);
        assertThat(portal.health("/readiness")).isEqualTo(200);
      } finally {
        KEYCLOAK.start();
      }
      String fresh = KEYCLOAK.login("demo").accessToken();
      assertThat(Caller.post(portal, AS_USER, fresh, null).status()).isEqualTo(200);
      String warning =
          "No signing keys from %s/protocol/openid-connect/certs, KEYCLOAK_JWKS_URL: Keycloak did not answer within 2 s"
              .formatted(KEYCLOAK.issuer());
      assertThat(portal.log().lines().filter(line -> line.contains(" WARN ")))
          .singleElement(STRING)
          .endsWith(warning);
    }
  }
}
