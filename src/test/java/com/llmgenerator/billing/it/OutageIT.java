package com.llmgenerator.billing.it;

import static com.llmgenerator.billing.it.Caller.AS_USER;
import static com.llmgenerator.billing.it.Caller.WITH_API_KEY;
import static com.llmgenerator.billing.it.Problems.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import com.llmgenerator.billing.auth.ApiKey;
import com.llmgenerator.billing.dev.EmbeddedPostgres;
import com.llmgenerator.billing.it.Caller.Answer;
import java.net.URI;
import java.net.http.HttpRequest;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Each outage has a portal of its own, so that it does not disturb the other tests. */
class OutageIT {
  @Test
  void returns503WhileTheDatabaseIsDownAndHealsByItself() {
    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(0)) {
      Map<String, String> environment = Servers.environment();
      environment.put("SPRING_DATASOURCE_URL", postgres.url());
      try (PackagedPortal portal = PackagedPortal.start(environment)) {
        String key = ApiKey.generate(new SecureRandom()).text();
        assertThat(Caller.post(portal, WITH_API_KEY, key, null).status()).isEqualTo(401);
        postgres.stop();
        Instant asked = Instant.now();
        Answer answer = Caller.post(portal, WITH_API_KEY, key, null);
        assertThat(Duration.between(asked, Instant.now())).isLessThan(Duration.ofSeconds(5));
        assertUnavailable(answer);
        assertThat(portal.health("/liveness")).isEqualTo(200);
        postgres.start();
        portal.await(() -> Caller.post(portal, WITH_API_KEY, key, null).status() == 401);
      }
    }
  }

  @Test
  void returns503UntilTheSigningKeysAreThereAndHealsByItself() {
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
  void returns502WhileStripeCannotBeReached() {
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

  @Test
  void returns502WhileStripeRefusesTheKeyAndTellsTheOperator() {
    String token = Servers.KEYCLOAK.login("demo").accessToken();
    Map<String, String> environment = Servers.environment();
    Map.of(
            "sk_test_invalid", "Stripe refuses the key: check STRIPE_SECRET_KEY",
            "rk_test_nopermission",
                "Stripe refuses the key's permission: give it \"Customer portal: write\"")
        .forEach(
            (key, advice) -> {
              environment.put("STRIPE_SECRET_KEY", key);
              try (PackagedPortal portal = PackagedPortal.start(environment)) {
                assertThat(Caller.post(portal, AS_USER, token, null).status()).isEqualTo(502);
                assertThat(portal.log()).contains(advice).doesNotContain(key);
              }
            });
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
