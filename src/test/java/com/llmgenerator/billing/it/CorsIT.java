package com.llmgenerator.billing.it;

import static com.llmgenerator.billing.it.Caller.AS_USER;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import com.llmgenerator.billing.it.Caller.Answer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What browsers are told about pages of other origins. */
class CorsIT {
  private static final String PAGE = "https://app.example.com";
  private static PackagedPortal portal;

  @BeforeAll
  static void start() {
    Map<String, String> environment = Servers.environment();
    environment.put("PORTAL_CORS_ORIGINS", PAGE + ",https://admin.example.com:8443");
    environment.put("PORTAL_CORS_HEADERS", "sentry-trace, X-Tenant");
    portal = PackagedPortal.start(environment);
  }

  @AfterAll
  static void stop() {
    portal.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {PAGE, "https://admin.example.com:8443"})
  void letsAPageOfAnAllowedOriginSendItsToken(String origin) {
    Answer preflight = preflight(origin);
    assertThat(preflight.status()).isEqualTo(200);
    assertThat(preflight.header("Access-Control-Allow-Origin")).isEqualTo(origin);
    assertThat(preflight.header("Access-Control-Allow-Methods")).isEqualTo("POST");
    assertThat(preflight.header("Access-Control-Allow-Headers"))
        .isEqualTo("authorization, content-type");
    assertThat(preflight.header("Access-Control-Allow-Credentials")).isNull();
    assertThat(preflight.header("Access-Control-Max-Age")).isEqualTo("3600");
  }

  /** As browsers ask: in lower case and in order; and in other ways that mean the same. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "authorization,baggage,content-type,traceparent,tracestate,x-request-id",
        "authorization,cache-control,content-type,idempotency-key,pragma,x-requested-with",
        "accept,accept-language,authorization",
        "authorization,sentry-trace,x-tenant",
        "Authorization, X-TENANT, TraceParent",
      })
  void letsAPageOfAnAllowedOriginSendWhatClientLibrariesAdd(String names) {
    Answer preflight = preflight(PAGE, "POST", AS_USER, names);
    assertThat(preflight.status()).isEqualTo(200);
    assertThat(preflight.header("Access-Control-Allow-Methods")).isEqualTo("POST");
    assertThat(preflight.header("Access-Control-Allow-Headers"))
        .isEqualTo(names.replaceAll(", ?", ", "));
    assertThat(preflight("https://evil.example.com", "POST", AS_USER, names).headers().keySet())
        .noneMatch(name -> name.startsWith("access-control-"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"authorization,x-other", "*", "sentry-trac", "stripe-account", "x\u00e9"})
  void letsNoPageSendOtherHeaders(String names) {
    Answer preflight = preflight(PAGE, "POST", AS_USER, names);
    assertThat(preflight.status()).isEqualTo(200);
    assertThat(preflight.header("Access-Control-Allow-Methods")).isNull();
    assertThat(preflight.header("Access-Control-Allow-Headers")).isNull();
  }

  @Test
  void sendsStripeNothingOfTheHeadersOfAPage() {
    Servers.STRIPE.reset();
    HttpRequest.Builder request =
        request(PAGE)
            .header("Authorization", "Bearer " + Servers.KEYCLOAK.login("demo").accessToken());
    Map<String, String> sent =
        Map.of(
            "traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "tracestate", "page=1",
            "baggage", "customer=cus_page",
            "sentry-trace", "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1",
            "x-requested-with", "XMLHttpRequest",
            "idempotency-key", "of-the-page",
            "cache-control", "no-cache-of-the-page",
            "pragma", "no-cache",
            "x-tenant", "tenant-of-the-page",
            "accept-language", "fr-CH");
    sent.forEach(request::header);
    Answer answer = Caller.send(request.POST(BodyPublishers.noBody()));
    assertThat(answer.status()).isEqualTo(200);
    LoggedRequest asked = Servers.STRIPE.portalSessionRequests().get(0);
    assertThat(asked.getAllHeaderKeys())
        .extracting(name -> name.toLowerCase(Locale.ROOT))
        .containsExactlyInAnyOrder(
            "authorization",
            "connection",
            "content-length",
            "content-type",
            "host",
            "idempotency-key",
            "stripe-version",
            "user-agent");
    assertThat(asked.getHeader("Idempotency-Key")).isNotEqualTo("of-the-page");
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /api/v1/api-keys",
    "POST, /api/v1/api-keys",
    "DELETE, /api/v1/api-keys/11111111-1111-4111-8111-111111111111",
  })
  void letsAPageOfAnAllowedOriginManageApiKeysAndNoOther(String method, String path) {
    Answer preflight = preflight(PAGE, method, path);
    assertThat(preflight.status()).isEqualTo(200);
    assertThat(preflight.header("Access-Control-Allow-Origin")).isEqualTo(PAGE);
    assertThat(preflight.header("Access-Control-Allow-Methods")).isEqualTo(method);
    assertThat(preflight("https://evil.example.com", method, path).headers().keySet())
        .noneMatch(name -> name.startsWith("access-control-"));
  }

  @Test
  void letsAPageOfAnAllowedOriginSeeItsKeysComeAndGo() {
    String token = Servers.KEYCLOAK.login("newcomer").accessToken();
    Answer created = send("POST", Caller.API_KEYS, token, "{\"name\": \"x\"}");
    assertThat(created.status()).isEqualTo(201);
    String id = created.body().replaceAll("^\\{\"id\":\"([^\"]+)\".*", "$1");
    assertThat(send("GET", Caller.API_KEYS, token, null).body()).contains(id);
    assertThat(send("DELETE", Caller.API_KEYS + "/" + id, token, null).status()).isEqualTo(204);
    assertThat(send("DELETE", Caller.API_KEYS + "/" + id, token, null).status()).isEqualTo(404);
  }

  /** Sends what a page of an allowed origin would, which must be able to read the answer. */
  private static Answer send(String method, String path, String token, String json) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(portal.url(path)))
            .header("Origin", PAGE)
            .header("Authorization", "Bearer " + token)
            .header("Content-Type", "application/json");
    Answer answer =
        Caller.send(
            request.method(
                method, json == null ? BodyPublishers.noBody() : BodyPublishers.ofString(json)));
    assertThat(answer.header("Access-Control-Allow-Origin")).isEqualTo(PAGE);
    return answer;
  }

  @Test
  void letsAPageOfAnAllowedOriginReadSuccessAndFailure() {
    for (String token : new String[] {Servers.KEYCLOAK.login("demo").accessToken(), "wrong"}) {
      Answer answer = post(PAGE, token);
      assertThat(answer.status()).isEqualTo(token.equals("wrong") ? 401 : 200);
      assertThat(answer.header("Access-Control-Allow-Origin")).isEqualTo(PAGE);
      assertThat(answer.header("Access-Control-Expose-Headers"))
          .isEqualTo("Retry-After, WWW-Authenticate, X-Request-Id");
      assertThat(answer.header("Vary")).isEqualTo("Origin");
    }
  }

  /** Wherever the headers stand that tell who asks. */
  @ParameterizedTest
  @CsvSource({
    "431, /, X: LONG",
    "431, /LONG, X: y",
    "431, /, MANY",
    "400, /%2f, X: y",
    "400, /|, X: y",
    "400, /, 'Transfer-Encoding: gzip, chunked'",
    "404, /nowhere, X: y",
  })
  void letsAPageOfAnAllowedOriginReadWhatIsRejectedByItsHead(
      int status, String target, String header) {
    List<Answer> answers =
        Wire.send(
            portal,
            ("POST %s HTTP/1.1\r\nHost: localhost\r\n%s\r\nOrigin: %s\r\nX-Request-Id: of-page\r\n\r\n"
                    .formatted(target, header, PAGE))
                .replace("LONG", "x".repeat(17_000))
                .replace("MANY", "A: b\r\n".repeat(100) + "A: b"));
    assertThat(answers).extracting(Answer::status).containsExactly(status);
    assertThat(answers.get(0).header("Access-Control-Allow-Origin")).isEqualTo(PAGE);
    assertThat(answers.get(0).header("Vary")).isEqualTo("Origin");
    assertThat(answers.get(0).header("X-Request-Id")).isEqualTo("of-page");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://evil.example.com",
        "https://app.example.com.evil.example.com",
        "http://app.example.com",
        "https://app.example.com:444",
        "https://APP.example.com",
        "null",
        "*"
      })
  void tellsBrowsersNothingAboutOtherOrigins(String origin) {
    assertThat(preflight(origin).headers().keySet())
        .noneMatch(name -> name.startsWith("access-control-"));
    Answer answer = post(origin, Servers.KEYCLOAK.login("demo").accessToken());
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.headers().keySet()).noneMatch(name -> name.startsWith("access-control-"));
  }

  @Test
  void answersAsEverWhateverAnOriginLooksLike() throws IOException {
    for (String origin :
        List.of(
            "http://localhost:99999999999",
            "http://localhost:{x}",
            "https://a:b",
            "http://%",
            "x y")) {
      List<Answer> answers =
          Wire.send(
              portal,
              "POST %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nOrigin: %s\r\n\r\n"
                  .formatted(AS_USER, origin));
      assertThat(answers).as(origin).extracting(Answer::status).containsExactly(401);
      assertThat(answers.get(0).header("Vary")).isEqualTo("Origin");
    }
  }

  @Test
  void tellsBrowsersNothingWhereNoOriginIsAllowed() {
    HttpRequest preflight =
        HttpRequest.newBuilder(URI.create(Servers.PORTAL.url(AS_USER)))
            .header("Origin", PAGE)
            .header("Access-Control-Request-Method", "POST")
            .method("OPTIONS", BodyPublishers.noBody())
            .build();
    Answer answer = Caller.sendUnchecked(preflight);
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body()).isEmpty();
    assertThat(answer.headers().keySet()).noneMatch(name -> name.startsWith("access-control-"));
  }

  private static Answer preflight(String origin) {
    return preflight(origin, "POST", AS_USER);
  }

  private static Answer preflight(String origin, String method, String path) {
    return preflight(origin, method, path, "authorization,content-type");
  }

  private static Answer preflight(String origin, String method, String path, String names) {
    return Caller.sendUnchecked(
        HttpRequest.newBuilder(URI.create(portal.url(path)))
            .header("Origin", origin)
            .header("Access-Control-Request-Method", method)
            .header("Access-Control-Request-Headers", names)
            .method("OPTIONS", BodyPublishers.noBody())
            .build());
  }

  private static Answer post(String origin, String token) {
    return Caller.send(
        request(origin).header("Authorization", "Bearer " + token).POST(BodyPublishers.noBody()));
  }

  private static HttpRequest.Builder request(String origin) {
    return HttpRequest.newBuilder(URI.create(portal.url(AS_USER))).header("Origin", origin);
  }
}
