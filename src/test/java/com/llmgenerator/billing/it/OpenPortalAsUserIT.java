package com.llmgenerator.billing.it;

import static com.llmgenerator.billing.it.Caller.AS_USER;
import static com.llmgenerator.billing.it.Caller.post;
import static com.llmgenerator.billing.it.Problems.assertProblem;
import static com.llmgenerator.billing.it.Servers.KEYCLOAK;
import static com.llmgenerator.billing.it.Servers.STRIPE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import com.llmgenerator.billing.it.Caller.Answer;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jwt.SignedJWT;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code POST /api/v1/subscriptions/portal}, over a socket and with tokens of a real Keycloak. */
class OpenPortalAsUserIT {
  @BeforeEach
  void forgetRequests() {
    STRIPE.reset();
  }

  @Nested
  class Returns200 {
    @Test
    void withTheUrlOfASessionAndNothingElse() {
      Answer answer = post(AS_USER, demo(), null);
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.body())
          .matches("\\{\"url\":\"" + STRIPE.url() + "/p/session/test_[A-Za-z0-9]+\"\\}");
      assertThat(answer.headers().keySet())
          .containsExactlyInAnyOrder(
              "cache-control", "content-length", "content-type", "date", "vary", "x-request-id");
      assertThat(answer.header("Cache-Control")).isEqualTo("no-store");
      assertThat(answer.header("Content-Type")).isEqualTo("application/json");
    }

    @Test
    void toATokenThatKeycloakSignedByEd25519() throws Exception {
      String token = KEYCLOAK.loginByEd25519("demo").accessToken();
      assertThat(SignedJWT.parse(token).getHeader().getAlgorithm()).isEqualTo(JWSAlgorithm.EdDSA);
      // Keycloak makes the key when it is first asked for it.
      await().atMost(Duration.ofSeconds(2)).until(() -> post(AS_USER, token, null).status() == 200);
    }

    @Test
    void withANewSessionEachTime() {
      assertThat(post(AS_USER, demo(), null).body())
          .isNotEqualTo(post(AS_USER, demo(), null).body());
    }

    @Test
    void afterAskingStripeForExactlyThis() {
      post(AS_USER, demo(), "{\"returnUrl\": \"https://app.example.com/billing?a=b&c=d#e\"}");
      assertThat(STRIPE.portalSessionRequests()).hasSize(1);
      LoggedRequest asked = STRIPE.portalSessionRequests().get(0);
      assertThat(asked.getMethod().getName()).isEqualTo("POST");
      assertThat(asked.getUrl()).isEqualTo("/v1/billing_portal/sessions");
      assertThat(asked.getBodyAsString())
          .isEqualTo(
              "customer=cus_demo&return_url="
                  + "https%3A%2F%2Fapp.example.com%2Fbilling%3Fa%3Db%26c%3Dd%23e");
      assertThat(asked.getHeader("Authorization")).isEqualTo("Bearer sk_test_integration");
      assertThat(asked.getHeader("Content-Type"))
          .isEqualTo("application/x-www-form-urlencoded; charset=UTF-8");
      assertThat(asked.getHeader("Stripe-Version")).isEqualTo("2026-09-30.endive");
      assertThat(asked.getHeader("Idempotency-Key")).matches("[0-9a-f-]{36}");
      assertThat(asked.getAllHeaderKeys())
          .extracting(String::toLowerCase)
          .containsExactlyInAnyOrder(
              "authorization",
              "content-type",
              "idempotency-key",
              "stripe-version",
              "host",
              "content-length",
              "connection",
              "user-agent");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"returnUrl\": null}", "null", " \r\n\tnull\n"})
    void returningToTheDashboardByDefault(String body) {
      assertThat(post(AS_USER, demo(), body).status()).isEqualTo(200);
      assertThat(STRIPE.portalSessionRequests().get(0).getBodyAsString())
          .isEqualTo("customer=cus_demo&return_url=https%3A%2F%2Fapp.example.com%2Fdashboard");
    }

    /** As {@code location.href} has them in browsers. */
    @ParameterizedTest
    @CsvSource(
        delimiterString = " -> ",
        quoteCharacter = '_',
        textBlock =
            """
            /?sort=name|asc -> /?sort=name%7Casc
            /?filter={%22a%22:1} -> /?filter=%7B%22a%22:1%7D
            /docs/[id] -> /docs/%5Bid%5D
            /#/x?y={z} -> /#/x?y=%7Bz%7D
            /?q=100% -> /?q=100%25
            /#a#b -> /#a%23b
            /^`?%41%zz -> /%5E%60?%41%25zz
            """)
    void returningToWhatABrowserShowsWithEscapesForStripe(String address, String encoded) {
      String body = "{\"returnUrl\": \"https://app.example.com" + address + "\"}";
      assertThat(post(AS_USER, demo(), body).status()).isEqualTo(200);
      assertThat(STRIPE.portalSessionRequests()).hasSize(1);
      assertThat(STRIPE.portalSessionRequests().get(0).getBodyAsString())
          .isEqualTo(
              "customer=cus_demo&return_url="
                  + URLEncoder.encode("https://app.example.com" + encoded, UTF_8));
    }

    @Test
    void whateverElseTheRequestSays() {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(
                  URI.create(
                      Servers.PORTAL.url(AS_USER)
                          + "?CamelHttpUri=http://localhost:1/&customer=cus_2&userId=x"
                          + "&Authorization=Bearer+x&CamelHttpPath=/x&CamelHttpQuery=a=b"))
              .POST(BodyPublishers.noBody());
      Map.of(
              "Authorization", "Bearer " + demo(),
              "CamelHttpUri", "http://localhost:1/",
              "camelhttppath", "/v1/customers",
              "CamelSqlQuery", "select 'cus_2'",
              "CamelHttpMethod", "DELETE",
              "Cookie", "a=b",
              "Idempotency-Key", "mine",
              "Stripe-Account", "acct_2",
              "Stripe-Version", "2020-01-01",
              "X-Forwarded-For", "10.0.0.1")
          .forEach(request::header);
      Answer answer = Caller.send(request);
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.headers().keySet())
          .containsExactlyInAnyOrder(
              "cache-control", "content-length", "content-type", "date", "vary", "x-request-id");
      LoggedRequest asked = STRIPE.portalSessionRequests().get(0);
      assertThat(asked.getBodyAsString())
          .isEqualTo("customer=cus_demo&return_url=https%3A%2F%2Fapp.example.com%2Fdashboard");
      assertThat(asked.getUrl()).isEqualTo("/v1/billing_portal/sessions");
      assertThat(asked.getHeader("Idempotency-Key")).isNotEqualTo("mine");
      assertThat(asked.getHeader("Stripe-Version")).isEqualTo("2026-09-30.endive");
      assertThat(asked.getAllHeaderKeys())
          .extracting(String::toLowerCase)
          .doesNotContain("cookie", "stripe-account", "x-forwarded-for");
    }

    @Test
    void underTheRequestIdThatTheCallerSent() {
      assertThat(Caller.send(withRequestId("checkout-42_A.b")).header("X-Request-Id"))
          .isEqualTo("checkout-42_A.b");
    }

    @Test
    void andLogsOneLineWithoutTheUrl() {
      Caller.send(withRequestId("logged-once"));
      Servers.PORTAL.answered("logged-once");
      assertThat(Servers.PORTAL.log().lines().filter(line -> line.contains("[logged-once]")))
          .singleElement()
          .asString()
          .containsPattern(
              "INFO \\[logged-once\\] .*: Answered status=\"200\""
                  + " stripeRequestId=\"req_\\w+\" stripeSession=\"bps_\\w+\""
                  + " operation=\"open-portal-as-user\""
                  + " userId=\"11111111-1111-4111-8111-111111111111\" code=\"ok\" durationMs=\"\\d+\"");
      assertThat(Servers.PORTAL.log()).doesNotContain("/p/session/");
    }

    @Test
    void underARequestIdOfItsOwnIfTheCallersIsUnusable() {
      for (String id : List.of("a b", "x".repeat(65), "é", "a;b")) {
        assertThat(Caller.send(withRequestId(id)).header("X-Request-Id")).matches("[0-9a-f-]{36}");
      }
    }

    private HttpRequest.Builder withRequestId(String id) {
      return HttpRequest.newBuilder(URI.create(Servers.PORTAL.url(AS_USER)))
          .header("Authorization", "Bearer " + demo())
          .header("X-Request-Id", id)
          .POST(BodyPublishers.noBody());
    }
  }

  @Nested
  class Returns400 {
    @Test
    void toAUserWhoHasNotBoughtAnything() {
      Answer answer = post(AS_USER, KEYCLOAK.login("newcomer").accessToken(), null);
      assertProblem(
          answer,
          400,
          "billing_account_not_found",
          "No billing account found. User must make a purchase first.");
      assertThat(STRIPE.portalSessionRequests()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "https://evil.example.com/",
          "https://app.example.com@evil.example.com/",
          "https://app.example.com.evil.example.com/",
          "http://app.example.com/",
          "//app.example.com/",
          "/billing",
          "",
          "javascript:alert(1)",
          "https://app.example.com:0443/",
          "https://app.example.com\\\\@evil.example.com",
          "https://app.example.com/<a>",
          "https://app.example.com/?\\\"",
          "https://app.example.com/\\u0009"
        })
    void toAReturnUrlOutsideTheAllowedOrigins(String url) {
      assertProblem(
          post(AS_USER, demo(), "{\"returnUrl\": \"" + url + "\"}"),
          400,
          "invalid_return_url",
          "returnUrl must be an absolute URL on an allowed origin.");
    }

    @ParameterizedTest
    @ValueSource(
        strings = {"null x", "[null]", "[]", "{", "{}x", "{\"a\": 1}", "{\"returnUrl\": 1}", " "})
    void toABodyThatIsNoRequest(String body) {
      assertProblem(
          post(AS_USER, demo(), body),
          400,
          "invalid_request",
          "The request is malformed, or its body is not a JSON object with the members of this"
              + " operation alone.");
      assertThat(STRIPE.portalSessionRequests()).isEmpty();
    }
  }

  @Nested
  class Returns401 {
    @Test
    void withoutCredential() {
      Answer answer = post(AS_USER, null, null);
      assertProblem(answer, 401, "unauthorized", "Invalid or missing token.");
      assertThat(answer.header("WWW-Authenticate")).isEqualTo("Bearer realm=\"billing-portal\"");
    }

    @Test
    void toATokenThatWasChanged() {
      String token = demo();
      int middle = token.lastIndexOf('.') + 20;
      char other = token.charAt(middle) == 'A' ? 'B' : 'A';
      assertRefused(token.substring(0, middle) + other + token.substring(middle + 1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "[]", "1", "{}", "{\"alg\":null}", "{\"alg\":\"none\"}", ""})
    void toATokenWithAnotherHeader(String header) {
      String encoded =
          Base64.getUrlEncoder().withoutPadding().encodeToString(header.getBytes(UTF_8));
      assertRefused(encoded + ".e30.AAAA");
    }

    @Test
    void toAnIdToken() {
      assertRefused(KEYCLOAK.login("demo").idToken());
    }

    @Test
    void toARefreshToken() {
      assertRefused(KEYCLOAK.login("demo").refreshToken());
    }

    @Test
    void toAnOfflineToken() {
      assertRefused(KEYCLOAK.loginOffline("demo").refreshToken());
    }

    @Test
    void toATokenForAnotherAudience() {
      assertRefused(KEYCLOAK.loginToAnotherApplication("demo").accessToken());
    }

    @Test
    void toATokenOfAnotherRealm() {
      assertRefused(KEYCLOAK.loginToAnotherRealm("demo").accessToken());
    }

    @Test
    void toAnApiKey() {
      assertRefused(Servers.addApiKey("user-of-key").text());
    }

    @Test
    void toATokenAnywhereElseThanInTheHeader() {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(
                  URI.create(Servers.PORTAL.url(AS_USER) + "?access_token=" + demo()))
              .header("Cookie", "Authorization=" + demo())
              .header("Proxy-Authorization", "Bearer " + demo())
              .POST(BodyPublishers.noBody());
      assertThat(Caller.send(request).header("WWW-Authenticate"))
          .isEqualTo("Bearer realm=\"billing-portal\"");
    }

    @Test
    void toTwoTokens() {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(URI.create(Servers.PORTAL.url(AS_USER)))
              .header("Authorization", "Bearer " + demo())
              .header("Authorization", "Bearer " + demo())
              .POST(BodyPublishers.noBody());
      assertThat(Caller.send(request).status()).isEqualTo(401);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Basic ZGVtbzpkZW1v", "Bearer", "Bearer ", "Bearer a b", "bearer,x"})
    void toOtherAuthorizations(String header) {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(URI.create(Servers.PORTAL.url(AS_USER)))
              .header("Authorization", header)
              .POST(BodyPublishers.noBody());
      assertThat(Caller.send(request).status()).isEqualTo(401);
    }

    private void assertRefused(String token) {
      Answer answer = post(AS_USER, token, null);
      assertProblem(answer, 401, "unauthorized", "Invalid or missing token.");
      assertThat(answer.header("WWW-Authenticate"))
          .isEqualTo("Bearer realm=\"billing-portal\", error=\"invalid_token\"");
      assertThat(STRIPE.portalSessionRequests()).isEmpty();
      assertThat(Servers.PORTAL.answered(answer.header("X-Request-Id")))
          .containsPattern(": Answered status=\"401\" code=\"unauthorized\" reason=\"[^\"]+\"");
      assertThat(Servers.PORTAL.log()).doesNotContain(token);
    }
  }

  private static String demo() {
    return KEYCLOAK.login("demo").accessToken();
  }
}
