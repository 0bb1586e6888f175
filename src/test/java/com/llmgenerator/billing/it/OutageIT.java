package com.llmgenerator.billing.it;

import static com.llmgenerator.billing.it.Caller.AS_USER;
import static com.llmgenerator.billing.it.Problems.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import com.llmgenerator.billing.it.Caller.Answer;
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
class OutageIT {
  @Nested
  @Execution(ExecutionMode.CONCURRENT)
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
  @Execution(ExecutionMode.CONCURRENT)
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
