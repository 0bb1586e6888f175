package com.llmgenerator.billing.it;

import static com.llmgenerator.billing.it.Caller.AS_USER;
import static com.llmgenerator.billing.it.Caller.WITH_API_KEY;
import static com.llmgenerator.billing.it.Problems.assertProblem;
import static com.llmgenerator.billing.it.Servers.DATABASE;
import static com.llmgenerator.billing.it.Servers.KEYCLOAK;
import static com.llmgenerator.billing.it.Servers.STRIPE;
import static org.assertj.core.api.Assertions.assertThat;

import com.llmgenerator.billing.dev.EmbeddedKeycloak;
import com.llmgenerator.billing.it.Caller.Answer;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** {@code GET /api/v1/subscriptions/portal}, over a socket and with tokens of a real Keycloak. */
class PortalAvailabilityIT {
  @BeforeEach
  void forgetRequests() {
    STRIPE.reset();
  }

  @Nested
  class Returns200 {
    @Test
    void sayingYesToAUserWhoHasBoughtSomething() {
      Answer answer = ask(demo());
      assertAvailable(answer, true);
      assertThat(answer.headers().keySet())
          .containsExactlyInAnyOrder(
              "cache-control", "content-length", "content-type", "date", "vary", "x-request-id");
      assertThat(answer.header("Cache-Control")).isEqualTo("no-store");
      assertThat(answer.header("Content-Type")).isEqualTo("application/json");
      assertThat(STRIPE.portalSessionRequests()).isEmpty();
    }

    @Test
    void sayingNoToAUserWhoHasBoughtNothing() {
      assertAvailable(ask(newcomer()), false);
    }

    @Test
    void sayingNoToAUserWhoHasBoughtInTheOtherModeAlone() {
      DATABASE.update(
          "insert into billing_account (user_id, livemode, stripe_customer_id)"
              + " values (?, true, 'cus_live')",
          EmbeddedKeycloak.NEWCOMER_ID);
      try {
        assertAvailable(ask(newcomer()), false);
      } finally {
        DATABASE.update("delete from billing_account where stripe_customer_id = 'cus_live'");
      }
    }

    @Test
    void aboutTheTokensUserWhateverElseTheRequestSays() {
      HttpRequest.Builder request =
          request(
              AS_USER + "?userId=" + EmbeddedKeycloak.DEMO_ID + "&available=true&CamelSqlQuery=x");
      Map.of(
              "Authorization",
              "Bearer " + newcomer(),
              "userId",
              EmbeddedKeycloak.DEMO_ID,
              "CamelSqlQuery",
              "select true as available")
          .forEach(request::header);
      assertAvailable(Caller.send(request.GET()), false);
    }

    @Test
    void andLogsOneLine() {
      Caller.send(
          request(AS_USER)
              .header("Authorization", "Bearer " + demo())
              .header("X-Request-Id", "asked-once")
              .GET());
      assertThat(Servers.PORTAL.answered("asked-once"))
          .containsPattern(
              ": Answered status=\"200\" operation=\"get-portal-availability\""
                  + " userId=\"11111111-1111-4111-8111-111111111111\" code=\"ok\"");
    }
  }

  @Nested
  class Refuses {
    @Test
    void whoeverHasNoAccessToken() {
      assertProblem(ask(null), 401, "unauthorized", "Invalid or missing token.");
      String key = Servers.addApiKey(EmbeddedKeycloak.DEMO_ID).text();
      assertProblem(ask(key), 401, "unauthorized", "Invalid or missing token.");
      String idToken = KEYCLOAK.login("demo").idToken();
      assertProblem(ask(idToken), 401, "unauthorized", "Invalid or missing token.");
    }

    @Test
    void aBodyThatIsTooLarge() {
      assertProblem(
          Caller.send(
              request(AS_USER)
                  .header("Authorization", "Bearer " + demo())
                  .header("Content-Type", "application/json")
                  .method("GET", BodyPublishers.ofString(" ".repeat(9000)))),
          413,
          "payload_too_large",
          "The body is larger than this address takes.");
    }

    @Test
    void aQuestionWithAnApiKey() {
      assertProblem(
          Caller.send(request(WITH_API_KEY).GET()),
          405,
          "method_not_allowed",
          "This address does not take this method.");
    }

    @Test
    void aCallerWhoAsksTooOftenButLetsItOpenThePortal() {
      Map<String, String> environment = Servers.environment();
      environment.put("PORTAL_SESSIONS_PER_MINUTE", "1");
      environment.put("PORTAL_SESSIONS_IN_BURST", "1");
      try (PackagedPortal portal = PackagedPortal.start(environment)) {
        String token = demo();
        for (int i = 0; i < 10; i++) {
          assertAvailable(ask(portal, token), true);
        }
        Answer refused = ask(portal, token);
        assertProblem(
            refused,
            429,
            "rate_limited",
            "You ask too often. Try again after the seconds in Retry-After.");
        assertThat(Integer.parseInt(refused.header("Retry-After"))).isBetween(1, 6);
        assertAvailable(ask(portal, newcomer()), false);
        assertThat(Caller.post(portal, AS_USER, token, null).status()).isEqualTo(200);
      }
    }
  }

  private static void assertAvailable(Answer answer, boolean available) {
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo("{\"available\":" + available + "}");
  }

  private static Answer ask(String token) {
    return ask(Servers.PORTAL, token);
  }

  private static Answer ask(PackagedPortal portal, String token) {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(portal.url(AS_USER))).GET();
    if (token != null) {
      request.header("Authorization", "Bearer " + token);
    }
    return Caller.send(request);
  }

  private static HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(Servers.PORTAL.url(path)));
  }

  private static String demo() {
    return KEYCLOAK.login("demo").accessToken();
  }

  private static String newcomer() {
    return KEYCLOAK.login("newcomer").accessToken();
  }
}
