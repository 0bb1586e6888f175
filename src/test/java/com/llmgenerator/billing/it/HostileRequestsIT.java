package com.llmgenerator.billing.it;

import static com.llmgenerator.billing.it.Caller.WITH_API_KEY;
import static com.llmgenerator.billing.it.Problems.assertProblem;
import static com.llmgenerator.billing.it.Servers.STRIPE;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_16BE;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import com.llmgenerator.billing.it.Caller.Answer;
import java.net.URLEncoder;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Nothing in a request changes what or where the portal calls, and hostile input gets a problem or
 * a closed connection. Every request here has a valid API key, so that nothing but the hostile part
 * of it can be refused.
 */
class HostileRequestsIT {
  private static final String CUSTOMER = "cus_ofHostileCaller";
  private static final String DASHBOARD = "https%3A%2F%2Fapp.example.com%2Fdashboard";
  private static final String MALFORMED =
      "The request is malformed, or its body is not a JSON object with the members of this"
          + " operation alone.";
  private static final Set<String> PROBLEM_HEADERS =
      Set.of(
          "Allow",
          "Cache-Control",
          "Connection",
          "Vary",
          "Content-Length",
          "Content-Type",
          "Date",
          "WWW-Authenticate",
          "X-Request-Id");

  private static LyingServer trap;
  private static String key;

  private int logged;

  @BeforeAll
  static void addCaller() {
    trap = new LyingServer();
    String user = UUID.randomUUID().toString();
    Servers.addBillingAccount(user, CUSTOMER);
    key = Servers.addApiKey(user).text();
  }

  @AfterAll
  static void closeTrap() {
    trap.close();
  }

  @BeforeEach
  void forgetRequests() {
    STRIPE.reset();
    logged = Servers.PORTAL.log().length();
  }

  @AfterEach
  void isAtPeace() {
    assertThat(trap.connections()).isZero();
    STRIPE.reset();
    assertOpensThePortal(post(WITH_API_KEY, ""), DASHBOARD);
    assertThat(Servers.PORTAL.log().substring(logged)).doesNotContain(key, " ERROR [");
  }

  @Nested
  class IsNotSteered {
    @ParameterizedTest
    @MethodSource("com.llmgenerator.billing.it.HostileRequestsIT#camelHeaders")
    void byHeadersOfCamel(List<String> names) {
      for (String value : values()) {
        StringBuilder headers = new StringBuilder();
        names.forEach(name -> headers.append(name).append(": ").append(value).append("\r\n"));
        assertOpensThePortalOnce(post(WITH_API_KEY, headers.toString()));
      }
    }

    @ParameterizedTest
    @MethodSource("com.llmgenerator.billing.it.HostileRequestsIT#camelHeaders")
    void byParametersOfCamel(List<String> names) {
      for (String value : values()) {
        StringBuilder query = new StringBuilder("?");
        String escaped = value.replace("{", "%7B").replace("}", "%7D").replace("$", "%24");
        names.forEach(name -> query.append(name).append('=').append(escaped).append('&'));
        assertOpensThePortalOnce(post(WITH_API_KEY + query, ""));
      }
    }

    @Test
    void byFormFieldsOfCamel() {
      for (List<String> names : camelHeaders().toList()) {
        String form = String.join("=" + trap.url() + "&", names) + "=x";
        List<Answer> answers =
            post(WITH_API_KEY, "Content-Type: application/x-www-form-urlencoded\r\n", form);
        assertRefused("form", answers, 415);
      }
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "Stripe-Account: acct_evil",
          "Stripe-Version: 2000-01-01",
          "Idempotency-Key: mine",
          "Cookie: Authorization=x; CamelHttpUri=x",
          "X-HTTP-Method-Override: DELETE",
          "X-HTTP-Method: GET",
          "X-Original-URL: /evil",
          "X-Rewrite-URL: /evil",
          "X-Forwarded-For: 1.2.3.4, ${jndi:ldap://localhost/a}",
          "X-Forwarded-Host: evil.example.com:99999999999",
          "X-Forwarded-Port: nonsense",
          "X-Forwarded-Prefix: //evil",
          "X-Forwarded-Proto: nonsense",
          "Forwarded: for=\"[::1\";host=evil.example.com;proto=x",
          "Accept-Encoding: gzip, br",
          "Accept-Language: ../../etc, *;q=9",
          "If-None-Match: *",
          "If-Modified-Since: nonsense",
          "Range: bytes=0-0",
          "Max-Forwards: 0",
          "TE: trailers, deflate;q=nonsense",
          "Trailer: Authorization",
          "HTTP2-Settings: AAMAAABkAAQAAP__",
          "Sec-WebSocket-Key: x",
          "Origin: https://evil.example.com",
          "Referer: https://evil.example.com",
          "User-Agent: ${sys:user.home} {{stripe.secret-key}}",
          "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
          "baggage: key={{stripe.secret-key}}",
          "Keep-Alive: timeout=999999",
          "Priority: u=0",
          "Content-Type: nonsense",
          "Content-Encoding: nonsense",
          "Content-Language: \u00fc\u00ff",
        })
    void byOtherHeaders(String header) {
      assertOpensThePortalOnce(post(WITH_API_KEY, header + "\r\n"));
      STRIPE.reset();
      assertOpensThePortalOnce(
          post(WITH_API_KEY, (header + "\r\n").repeat(2).toUpperCase(Locale.ROOT)));
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "%7B%7Bstripe.secret-key%7D%7D",
          "$%7Bvariable.userId%7D",
          "%24%7Benv:STRIPE_SECRET_KEY%7D",
          "?CamelHttpUri=%7B%7Bstripe.api-base%7D%7D",
          "#$%7Bbody%7D",
          "%0d%0aStripe-Account:%20acct_evil",
          "&customer=cus_other",
          "?a=b&return_url=https://evil.example.com",
          "RAW(x)",
          "?httpMethod=GET&bridgeEndpoint=true",
          ";x=1/../..//evil.example.com",
        })
    void byAReturnUrlThatIsForwardedUnchanged(String rest) {
      String url = "https://app.example.com/" + rest;
      assertOpensThePortal(
          post(WITH_API_KEY, "Content-Type: application/json\r\n", json(url)),
          URLEncoder.encode(url, UTF_8));
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "{{stripe.secret-key}}",
          "{{env:STRIPE_SECRET_KEY}}",
          "${variable.userId}",
          "$simple{body}",
          "${bean:settings}",
          "${jndi:ldap://localhost/a}",
          "#{systemProperties}",
          "resource:file:/etc/passwd",
          "file:/etc/passwd",
          "RAW({{stripe.secret-key}})",
        })
    void byAReturnUrlWithPlaceholders(String placeholder) {
      String json = "Content-Type: application/json\r\n";
      for (String url :
          List.of(
              placeholder,
              "https://" + placeholder + ".example.com/",
              "https://evil.example.com/" + placeholder)) {
        List<Answer> answers = post(WITH_API_KEY, json, json(url));
        assertThat(answers).as(url).hasSize(1);
        assertProblem(
            answers.get(0),
            400,
            "invalid_return_url",
            "returnUrl must be an absolute URL on an allowed origin.");
      }
      assertThat(STRIPE.portalSessionRequests()).isEmpty();
      for (String part : List.of("/", "/?", "/#")) {
        String url = "https://app.example.com" + part;
        String encoded = placeholder.replace("{", "%7B").replace("}", "%7D");
        assertOpensThePortal(
            post(WITH_API_KEY, json, json(url + placeholder)),
            URLEncoder.encode(
                url + (part.equals("/#") ? encoded.replace("#", "%23") : encoded), UTF_8));
        STRIPE.reset();
      }
    }

    private List<String> values() {
      return List.of(
          trap.url() + "/evil", "299", "{{stripe.secret-key}}", "${env.STRIPE_SECRET_KEY}", "");
    }
  }

  @Nested
  class Returns200 {
    @ParameterizedTest
    @ValueSource(
        strings = {
          "Authorization: Bearer %s",
          "AUTHORIZATION: BEARER %s",
          "authorization:bearer    %s  \t",
          "aUTHORIZATION:\t bEaReR %s",
        })
    void toACredentialInEverySpellingOfTheStandard(String header) {
      assertOpensThePortalOnce(
          Wire.send(Servers.PORTAL, head(WITH_API_KEY, header.formatted(key) + "\r\n") + "\r\n"));
    }

    @Test
    void toAnAddressInAbsoluteForm() {
      assertOpensThePortalOnce(post("http://localhost" + WITH_API_KEY, ""));
    }

    /** Both are answered without asking anything: RFC 9110, section 9.3.7. */
    @Test
    void toAQuestionForMethodsAndNothingElse() {
      for (String target : List.of(WITH_API_KEY, "*")) {
        List<Answer> answers =
            Wire.send(Servers.PORTAL, head("OPTIONS", target, authorization()) + "\r\n");
        assertThat(answers).extracting(Answer::status).containsExactly(200);
        assertThat(answers.get(0).body()).isEmpty();
        assertThat(answers.get(0).headers().keySet())
            .isSubsetOf(
                "Accept-Patch",
                "Allow",
                "Cache-Control",
                "Connection",
                "Content-Length",
                "Date",
                "Vary",
                "X-Request-Id");
      }
      assertThat(STRIPE.portalSessionRequests()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "POST TARGET http/1.1\r\nHost: localhost\r\nAUTH\r\n",
          "POST  TARGET HTTP/1.1\r\nHost: localhost\r\nAUTH\r\n",
          "POST TARGET  HTTP/1.1\r\nHost: localhost\r\nAUTH\r\n",
        })
    void toARequestLineWithOneMeaningInAnotherSpelling(String request) {
      assertOpensThePortalOnce(sendFilled(request));
    }

    @Test
    void toABodyInSmallChunksWithExtensions() {
      assertOpensThePortalOnce(
          Wire.send(
              Servers.PORTAL,
              head(WITH_API_KEY, authorization() + "Content-Type: application/json\r\n")
                  + "Transfer-Encoding: chunked\r\n\r\n1;a=b;c=\"d\"\r\n{\r\n"
                  + "001\r\n}\r\n0\r\nAuthorization: x\r\nCamelHttpUri: x\r\n\r\n"));
    }

    /** One at a time: the next is read once the one before it is answered. */
    @Test
    void toAllOfManyRequestsThatAreSentAheadOnOneConnection() {
      String request = "GET /openapi.yaml HTTP/1.1\r\nHost: localhost\r\n\r\n";
      List<Answer> answers = Wire.send(Servers.PORTAL, request.repeat(500));
      assertThat(answers).hasSize(500);
      assertThat(answers).extracting(Answer::status).containsOnly(200);
    }

    @Test
    void toTwoRequestsOnOneConnectionButNotWithOneCredential() {
      String second = "POST " + WITH_API_KEY + " HTTP/1.1\r\nHost: localhost\r\n";
      String first = second + authorization() + "Content-Length: 0\r\n\r\n";
      assertThat(Wire.send(Servers.PORTAL, first + second + "Connection: close\r\n\r\n"))
          .extracting(Answer::status)
          .containsExactly(200, 401);
      assertThat(STRIPE.portalSessionRequests()).hasSize(1);
    }
  }

  @Nested
  class Returns401 {
    @ParameterizedTest
    @ValueSource(
        strings = {
          "Authorization: Bearer KEY\r\nAuthorization: Bearer KEY",
          "Authorization: Bearer KEY\r\nauthorization: Bearer other",
          "Authorization: Basic eA==\r\nAuthorization: Bearer KEY",
          "Authorization: Bearer KEY\r\nAuthorization:",
          "Authorization: Bearer KEY, Bearer KEY",
          "Authorization: Bearer KEY,Bearer KEY",
          "Authorization: Bearer other, Bearer KEY",
          "Authorization: Bearer KEY,",
          "Authorization: , Bearer KEY",
          "Authorization: Basic eA==, Bearer KEY",
          "Authorization: Bearer\tKEY",
          "Authorization: Bearer \tKEY",
          "Authorization: Bearer\u00a0KEY",
          "Authorization: BearerKEY",
          "Authorization: Bearer:KEY",
          "Authorization: Bearer=KEY",
          "Authorization: Bearer \"KEY\"",
          "Authorization: Bearer token=KEY",
          "Authorization: Bearer KEY x",
          "Authorization: Bearer Bearer KEY",
          "Authorization: \"Bearer KEY\"",
          "Authorization: Token KEY",
          "Authorization: DPoP KEY",
          "Authorization: Basic KEY",
          "Authorization: KEY",
          "Authorization: Bearer",
          "Authorization:",
          "Authorization: Bearer KEY\u00ff",
          "Authorization: Bearer KEY%00",
        })
    void toACredentialInAnotherForm(String headers) {
      assertUnauthorized(headers, ", error=\"invalid_token\"");
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "Proxy-Authorization: Bearer KEY",
          "X-Authorization: Bearer KEY",
          "X-Api-Key: KEY",
          "X-Forwarded-Authorization: Bearer KEY",
          "X-Original-Authorization: Bearer KEY",
          "Cookie: Authorization=Bearer KEY; access_token=KEY",
          "Authentication: Bearer KEY",
          "Authorization2: Bearer KEY",
          "HTTP_AUTHORIZATION: Bearer KEY",
          "CamelHttpAuthorization: Bearer KEY",
          "Connection: Authorization",
        })
    void toACredentialInAnotherHeader(String headers) {
      assertUnauthorized(headers, "");
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "?access_token=KEY",
          "?Authorization=Bearer%20KEY",
          "?authorization=Bearer+KEY",
          "?api_key=KEY&token=KEY&key=KEY",
        })
    void toACredentialInTheAddress(String query) {
      List<Answer> answers =
          Wire.send(
              Servers.PORTAL,
              head(WITH_API_KEY + query.replace("KEY", key), "Content-Length: 0\r\n") + "\r\n");
      assertUnauthorized(query, "", answers);
    }

    @Test
    void toACredentialInTheBodyOrTheTrailer() {
      assertUnauthorized(
          "body",
          "",
          Wire.send(
              Servers.PORTAL,
              head(WITH_API_KEY, "Content-Type: application/json\r\n")
                  + "Transfer-Encoding: chunked\r\nTrailer: Authorization\r\n\r\n2\r\n{}\r\n0\r\n"
                  + authorization()
                  + "\r\n"));
    }

    private void assertUnauthorized(String headers, String error) {
      String request =
          head(WITH_API_KEY, headers.replace("KEY", key) + "\r\nContent-Length: 0\r\n") + "\r\n";
      assertUnauthorized(headers, error, Wire.send(Servers.PORTAL, request));
    }

    private void assertUnauthorized(String name, String error, List<Answer> answers) {
      assertRefused(name, answers, 401);
      assertThat(answers.get(0).header("WWW-Authenticate"))
          .isEqualTo("Bearer realm=\"billing-portal\"" + error);
    }
  }

  @Nested
  class Returns400 {
    @ParameterizedTest
    @ValueSource(
        strings = {
          "{'returnUrl': null}",
          "{returnUrl: null}",
          "{\"returnUrl\": null,}",
          "{,}",
          "{\"returnUrl\"}",
          "{\"returnUrl\": }",
          "{\"returnUrl\": NaN}",
          "{\"returnUrl\": Infinity}",
          "{\"returnUrl\": -Infinity}",
          "{\"returnUrl\": 1e99999999}",
          "{\"returnUrl\": -1e99999999}",
          "{\"returnUrl\": 1e-99999999}",
          "{\"returnUrl\": 1E+2147483648}",
          "{\"returnUrl\": 0x10}",
          "{\"returnUrl\": 01}",
          "{\"returnUrl\": +1}",
          "{\"returnUrl\": .5}",
          "{\"returnUrl\": true}",
          "{\"returnUrl\": undefined}",
          "{\"returnUrl\": [\"https://app.example.com/\"]}",
          "{\"returnUrl\": {\"returnUrl\": null}}",
          "{\"returnUrl\": {\"@class\": \"java.net.URL\"}}",
          "{\"returnUrl\": null, \"returnUrl\": null}",
          "{\"returnUrl\": null, \"return\\u0055rl\": null}",
          "{\"return\\u0055rl\": \"https://app.example.com/\", \"returnUrl\": null}",
          "{\"returnurl\": null}",
          "{\"ReturnUrl\": null}",
          "{\"return_url\": null}",
          "{\"\": null}",
          "{\"returnUrl\\u0000\": null}",
          "{\"\\ud800\": null}",
          "{\"@type\": \"x\"}",
          "{\"__proto__\": {}}",
          "{\"CamelHttpUri\": \"x\"}",
          "{\"customer\": \"cus_other\"}",
          "{\"class\": {\"module\": {}}}",
          "{} {}",
          "{}{}",
          "{},",
          "{}\u0000",
          "\u0000{}",
          "{\u0000}",
          "{\"returnUrl\": \"\u0000\"}",
          "{\"returnUrl\": \"a\nb\"}",
          "{\"returnUrl\": \"\\x41\"}",
          "{\"returnUrl\": \"\\u12\"}",
          "/* x */{}",
          "{}// x",
          "# x\n{}",
          "{\"returnUrl\": /* x */ null}",
          "\ufeff{}",
          "\u00a0{}",
          "\u2028{}",
          "[]",
          "[{}]",
          "\"\"",
          "\"{}\"",
          "\"x\"",
          "0",
          "1e99999999",
          "true",
          "null,",
          "null{}",
          "nul",
          "\n",
          ")]}',\n{}",
          "<x/>",
          "returnUrl=x",
          "--- {}",
        })
    void toABodyThatIsNoStrictJson(String body) {
      assertInvalid(body, body.getBytes(UTF_8));
    }

    @Test
    void toABodyThatIsDeepOrLong() {
      for (String bomb :
          List.of(
              "[".repeat(8000),
              "[".repeat(4000) + "]".repeat(4000),
              "{\"a\":".repeat(1600),
              "{\"returnUrl\":".repeat(600),
              "{\"returnUrl\":" + "[".repeat(4000) + "]".repeat(4000) + "}",
              "{\"x\":" + "[".repeat(4000) + "]".repeat(4000) + "}",
              "{\"returnUrl\":" + "9".repeat(8000) + "}",
              "{\"returnUrl\":0." + "9".repeat(8000) + "}",
              "{\"returnUrl\":1e" + "9".repeat(8000) + "}",
              "{\"" + "x".repeat(8000) + "\":1}",
              "{" + "\"a\":1,".repeat(1000) + "\"b\":1}",
              " ".repeat(8192),
              "\\".repeat(8000))) {
        assertInvalid(bomb.substring(0, 30), bomb.getBytes(UTF_8));
      }
    }

    @Test
    void toABodyInAnotherUnicodeEncoding() {
      for (Charset charset :
          List.of(
              UTF_16, UTF_16BE, UTF_16LE, Charset.forName("UTF-32"), Charset.forName("UTF-32LE"))) {
        List<Answer> answers = postJson(json("https://app.example.com/").getBytes(charset));
        assertRefused(charset.name(), answers, 400);
      }
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "{\"returnUrl\": \"https://app.example.com/\u00ff\"}",
          "{\"returnUrl\": \"https://app.example.com/\u00c0\u00af\"}",
          "{\"returnUrl\": \"https://app.example.com/\u00ed\u00a0\u0080\"}",
          "{\"returnUrl\": \"https://app.example.com/\u00f4\u0090\u0080\u0080\"}",
          "{\"returnUrl\": \"https://app.example.com/\u00c3",
          "\u00ff\u00fe{}",
        })
    void toABodyThatIsNoUtf8(String body) {
      List<Answer> answers = postJson(body.getBytes(ISO_8859_1));
      assertRefused(body, answers, 400);
      assertProblem(answers.get(0), 400, "invalid_request", MALFORMED);
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "\\ud800",
          "\\udc00\\ud800",
          "https://app.example.com/\\ud800",
          "https://app.example.com/\\u0000",
          "https://app.example.com/\\u000d\\u000aStripe-Account: x",
          "https://app.example.com\\u2044evil",
          "https://app.example.com\\uff0fevil",
          "https://app\\u3002example.com/",
          "https://APP.example.com/",
          "https:app.example.com/",
          "https:///app.example.com/",
          "https://app.example.com:/",
          "https://app.example.com:0443/",
          "https://app.example.com:00443/",
          "https://app.example.com/x y",
          "https://app.example.com:99999/",
          "https://app.example.com./",
          "https://[::1]/",
          "https://%61pp.example.com/",
          " https://app.example.com/",
          "https://app.example.com/ ",
        })
    void toAReturnUrlThatOthersMightReadOtherwise(String url) {
      List<Answer> answers = postJson(json(url).getBytes(UTF_8));
      assertThat(answers).hasSize(1);
      assertProblem(
          answers.get(0),
          400,
          "invalid_return_url",
          "returnUrl must be an absolute URL on an allowed origin.");
      assertThat(STRIPE.portalSessionRequests()).isEmpty();
    }

    private void assertInvalid(String name, byte[] body) {
      List<Answer> answers = postJson(body);
      assertRefused(name, answers, 400);
      assertProblem(answers.get(0), 400, "invalid_request", MALFORMED);
    }
  }

  @Nested
  class Refuses {
    @ParameterizedTest
    @ValueSource(
        strings = {
          "//api/v1/subscriptions/portal/api",
          "/api//v1/subscriptions/portal/api",
          "/api/v1/subscriptions/portal//api",
          "/api/v1/subscriptions/portal/api/",
          "/api/v1/subscriptions/portal/api//",
          "/api/v1/subscriptions/portal/api;x=1",
          "/api/v1/subscriptions/portal/api;",
          "/api/v1/subscriptions/portal;/api",
          "/api/v1/subscriptions/portal;x=1/api;y=2",
          "/api;jsessionid=1/v1/subscriptions/portal/api",
          "/;/api/v1/subscriptions/portal/api",
          "/api/v1/subscriptions/portal/api;%zz",
          "/api/v1/subscriptions/portal/api;x=%zz",
          "/api/v1/subscriptions/portal/api;x=%",
          "/x;%zz",
          "/x;=%0",
          "/api/v1/subscriptions/portal%2fapi",
          "/api/v1/subscriptions/portal%2Fapi",
          "/api/v1/subscriptions/portal%5capi",
          "/api/v1/subscriptions/portal%252fapi",
          "/api/v1/subscriptions/portal\\api",
          "/api/v1/subscriptions/portal/x/../api",
          "/api/v1/subscriptions/portal/./api",
          "/api/v1/subscriptions/portal/api/.",
          "/api/v1/subscriptions/portal/api/..",
          "/api/v1/subscriptions/portal/api/../api",
          "/../api/v1/subscriptions/portal/api",
          "/../../../../../../etc/passwd",
          "/api/v1/subscriptions/portal/%2e/api",
          "/api/v1/subscriptions/portal/x/%2e%2e/api",
          "/api/v1/subscriptions/portal/x/%2E./api",
          "/api/v1/subscriptions/portal/x/%252e%252e/api",
          "/api/v1/subscriptions/portal/x/..;/api",
          "/api/v1/subscriptions/portal/x/..;x=1/api",
          "/API/v1/subscriptions/portal/api",
          "/api/v1/subscriptions/Portal/api",
          "/api/v1/subscriptions/portal/ap%69",
          "/api/v1/subscriptions/port%61l/api",
          "/api/v1/subscriptions/portal/api%20",
          "/api/v1/subscriptions/portal/api%00",
          "/api/v1/subscriptions/portal/api%0a",
          "/api/v1/subscriptions/portal/api%",
          "/api/v1/subscriptions/portal/api%zz",
          "/api/v1/subscriptions/portal/api%ff",
          "/api/v1/subscriptions/portal/api%c0%af",
          "/api/v1/subscriptions/portal/api%u002f",
          "/api/v1/subscriptions/portal/api.json",
          "/api/v1/subscriptions/portal/api#x",
          "/api/v1/subscriptions/portal/api\u00e9",
          "/api/v1/subscriptions/portal/{x}",
          "/api/v1/subscriptions/portal/*",
          "/{{stripe.secret-key}}",
          "/${env.STRIPE_SECRET_KEY}",
          "/WEB-INF/web.xml",
          "/META-INF/MANIFEST.MF",
          "/routes/10-rest-api.camel.yaml",
          "/application.yaml",
          "/observe",
          "/observe/health/readiness",
          "/actuator",
          "/camel",
          "/q/dev",
          "/error",
          "/favicon.ico",
          "api/v1/subscriptions/portal/api",
          "*",
          "http://evil.example.com/api/v1/subscriptions/portal/api",
          "http://localhost:1/api/v1/subscriptions/portal/api",
          "https://localhost:443@evil/api/v1/subscriptions/portal/api",
          "ftp://localhost",
          "http://",
          "localhost:8080",
          "?x",
        })
    void otherTargets(String target) {
      // OPTIONS * asks about the whole server: see Returns200.
      List<String> methods = new ArrayList<>(List.of("POST", "GET", "PUT", "CONNECT", "TRACE"));
      if (!target.equals("*")) {
        methods.add("OPTIONS");
      }
      for (String method : methods) {
        String request =
            method
                + " "
                + target
                + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                + authorization()
                + "Content-Length: 0\r\n\r\n";
        assertRefused(method + " " + target, Wire.send(Servers.PORTAL, request));
      }
    }

    @ParameterizedTest
    @ValueSource(strings = {"PUT", "PATCH", "DELETE", "POST", "GET", "X"})
    void formsThatCannotBeRead(String method) {
      for (String path : List.of("/", WITH_API_KEY)) {
        for (String type :
            List.of(
                "application/x-www-form-urlencoded",
                "application/x-www-form-urlencoded; charset=nonsense",
                "multipart/form-data",
                "multipart/form-data; boundary=x")) {
          for (String body : List.of("%zz=%", "a=%u00", "--x\r\n\r\n", "=&=&")) {
            String request =
                head(method, path, authorization() + "Content-Type: " + type + "\r\n")
                    + "Content-Length: "
                    + body.length()
                    + "\r\n\r\n"
                    + body;
            assertRefused(method + type + body, Wire.send(Servers.PORTAL, request));
          }
        }
      }
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "post",
          "Post",
          "P\u00d6ST",
          "POST,POST",
          "\"POST\"",
          "POST(",
          "PRI",
          "FOO",
          "PROPFIND",
          "PURGE",
          "TRACK",
          "CONNECT",
          "TRACE",
          "GET",
          "PUT"
        })
    void otherMethods(String method) {
      assertRefused(
          method,
          Wire.send(
              Servers.PORTAL,
              head(method, WITH_API_KEY, authorization()) + "Content-Length: 0\r\n\r\n"));
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
          "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
          "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
          "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
          "Transfer-Encoding: chunked\u000b\r\n\r\n0\r\n\r\n",
          "Transfer-Encoding: \u0000chunked\r\n\r\n0\r\n\r\n",
          "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n",
          "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
          "Transfer-Encoding: \r\n\r\n",
          "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
          "Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n",
          "Transfer_Encoding : chunked\r\n\r\n0\r\n\r\n",
          "Content-Length: 0\r\nContent-Length: 0\r\n\r\n",
          "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
          "Content-Length: 2, 2\r\n\r\n{}",
          "Content-Length: +2\r\n\r\n{}",
          "Content-Length: -2\r\n\r\n{}",
          "Content-Length: 0x2\r\n\r\n{}",
          "Content-Length: 2 2\r\n\r\n{}",
          "Content-Length: 2.0\r\n\r\n{}",
          "Content-Length: \u00b2\r\n\r\n{}",
          "Content-Length: \r\n\r\n{}",
          "Content-Length: 9223372036854775807\r\n\r\n{}",
          "Content-Length: 9223372036854775808\r\n\r\n{}",
          "Content-Length: 99999999999999999999999\r\n\r\n{}",
          "Content-Length : 2\r\n\r\n{}",
          "Content-Length: 9000\r\n\r\n{}",
          "Content-Length: 3\r\n\r\n{}",
          "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n{}",
          "Transfer-Encoding: chunked\r\n\r\n7FFFFFFF\r\n{}",
          "Transfer-Encoding: chunked\r\n\r\n80000000\r\n{}",
          "Transfer-Encoding: chunked\r\n\r\n-1\r\n{}",
          "Transfer-Encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n",
          "Transfer-Encoding: chunked\r\n\r\n2\r\n{}X\r\n0\r\n\r\n",
          "Transfer-Encoding: chunked\r\n\r\n3\r\n{}\r\n0\r\n\r\n",
          "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
          "Transfer-Encoding: chunked\r\n\r\n\r\n{}\r\n0\r\n\r\n",
          "Transfer-Encoding: chunked\r\n\r\n2 \u0000\r\n{}\r\n0\r\n\r\n",
          "Transfer-Encoding: chunked\r\n\r\nG\r\n{}\r\n0\r\n\r\n",
          "X\u0000: y\r\n\r\n",
          "X: y\u0000\r\n\r\n",
          "X: y\u0001\r\n\r\n",
          "X: y\u007f\r\n\r\n",
          "X: a\rb\r\n\r\n",
          "X Y: z\r\n\r\n",
          "X\r\n\r\n",
          ": x\r\n\r\n",
          "X(: y\r\n\r\n",
          "\u00dc: y\r\n\r\n",
          "Host: evil.example.com\r\n\r\n",
          "Host: localhost\r\n\r\n",
          "Expect: nonsense\r\n\r\n",
          "Upgrade: h2c, websocket\r\n\r\n",
          "X: y\r\n z\r\n\r\n",
          "X: y\r\n\tz\r\n\r\n",
          "X: y\r\n Authorization: Bearer other\r\n\r\n",
          " X: y\r\n\r\n",
        })
    void framingThatIsWrong(String rest) {
      assertRefused(
          rest,
          Wire.send(
              Servers.PORTAL,
              head(WITH_API_KEY, authorization() + "Content-Type: application/json\r\n") + rest));
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "POST TARGET HTTP/0.9\r\nHost: localhost\r\nAUTH\r\n",
          "POST TARGET HTTP/1.2\r\nHost: localhost\r\nAUTH\r\n",
          "POST TARGET HTTP/2.0\r\nHost: localhost\r\nAUTH\r\n",
          "POST TARGET HTTP/3\r\nHost: localhost\r\nAUTH\r\n",
          "POST TARGET HTTP/1.1x\r\nHost: localhost\r\nAUTH\r\n",
          "POST TARGET HTTP/01.1\r\nHost: localhost\r\nAUTH\r\n",
          "POST TARGET x HTTP/1.1\r\nHost: localhost\r\nAUTH\r\n",
          "POST TARGET\u0000 HTTP/1.1\r\nHost: localhost\r\nAUTH\r\n",
          "POST TARGET?\u0000 HTTP/1.1\r\nHost: localhost\r\nAUTH\r\n",
          "POST TARGET?\u00ff HTTP/1.1\r\nHost: localhost\r\nAUTH\r\n",
          "POST TARGET?\"<>^`{|} HTTP/1.1\r\nHost: localhost\r\nAUTH\r\n",
          "POST TARGET HTTP/1.1\r\nAUTH\r\n",
          "GET TARGET HTTP/1.1\r\nHost: localhost\r\nSec-WebSocket-Key1: 1\r\nSec-WebSocket-Key2: 2\r\n\r\n",
          "POST TARGET HTTP/1.1\r\nHost: a b\r\nAUTH\r\n",
          "POST TARGET HTTP/1.1\r\nHost: a@b\r\nAUTH\r\n",
          "POST TARGET HTTP/1.1\r\nHost: [::1\r\nAUTH\r\n",
          "POST TARGET HTTP/1.1\r\nHost: a:99999999999\r\nAUTH\r\n",
          "POST TARGET HTTP/1.1\r\nHost: a/b\r\nAUTH\r\n",
          "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003",
          "\u0000\u0000\u0000\u0000\r\n\r\n",
          " POST TARGET HTTP/1.1\r\nHost: localhost\r\nAUTH\r\n",
          "SSH-2.0-x\r\n",
          "GET /openapi.yaml\r\n",
          "GET /openapi.yaml\r\n\r\n",
          "POST TARGET\r\nAUTH\r\n",
          "POST  HTTP/1.1\r\nHost: localhost\r\nAUTH\r\n",
          "POST\tTARGET HTTP/1.1\r\nHost: localhost\r\nAUTH\r\n",
          "POST TARGET HTTP/1.1 \r\nHost: localhost\r\nAUTH\r\n",
          "GET  HTTP/1.1\r\nHost: localhost\r\nAUTH\r\n",
          "OPTIONS  HTTP/1.1\r\nHost: localhost\r\nAUTH\r\n",
          "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\u0000\u0000\u0000\u0004\u0000\u0000\u0000\u0000\u0000",
          "POST TARGET HTTP/1.1\nHost: localhost\nAUTH\r\n",
          "PROXY TCP4 1.2.3.4 1.2.3.4 1 2\r\nPOST TARGET HTTP/1.1\r\nHost: localhost\r\nAUTH\r\n",
        })
    void whatIsNoHttp11(String request) {
      assertRefused(request, sendFilled(request));
    }

    @Test
    void headersThatAreTooManyOrTooLarge() {
      StringBuilder many = new StringBuilder();
      for (int i = 0; i < 1000; i++) {
        many.append("X-").append(i).append(": x\r\n");
      }
      assertRefused("many headers", post(WITH_API_KEY, many.toString()));
      for (String headers :
          List.of(
              "X: " + "x".repeat(100_000) + "\r\n",
              "X".repeat(100_000) + ": x\r\n",
              "X: x\r\n".repeat(5000),
              "Cookie: " + "a=b; ".repeat(20_000) + "\r\n")) {
        assertRefusedOrCutOff(headers.substring(0, 20), post(WITH_API_KEY, headers));
      }
      assertRefusedOrCutOff("long query", post(WITH_API_KEY + "?" + "x".repeat(100_000), ""));
      assertRefusedOrCutOff("long path", post("/" + "x".repeat(100_000), ""));
    }

    @Test
    void chunksWithEndlessExtensionsOrTrailers() {
      String head =
          head(WITH_API_KEY, authorization() + "Content-Type: application/json\r\n")
              + "Transfer-Encoding: chunked\r\n\r\n";
      assertRefused(
          "extension",
          Wire.send(Servers.PORTAL, head + "2;" + "x".repeat(40_000) + "\r\n{}\r\n0\r\n\r\n"));
      assertRefused(
          "trailer",
          Wire.send(
              Servers.PORTAL, head + "2\r\n{}\r\n0\r\nX: " + "x".repeat(20_000) + "\r\n\r\n"));
      assertRefused(
          "many chunks", Wire.send(Servers.PORTAL, head + "1\r\n \r\n".repeat(9000) + "0\r\n\r\n"));
    }
  }

  /** That none of it is logged is seen after each test. */
  @Nested
  class DoesNotTellACredential {
    @ParameterizedTest
    @ValueSource(
        strings = {
          "KEY TARGET HTTP/1.1\r\nHost: localhost\r\n\r\n",
          "KEY",
          "POST KEY HTTP/1.1\r\nHost: localhost\r\n\r\n",
          "POST /KEY/%00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
          "POST /KEY/%2e%2e/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
          "POST /KEY%zz HTTP/1.1\r\nHost: localhost\r\n\r\n",
          "POST /#KEY HTTP/1.1\r\nHost: localhost\r\n\r\n",
          "POST http://KEY@localhost/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
          "POST http://KEY:x/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
          "CONNECT KEY:99999999 HTTP/1.1\r\nHost: localhost\r\n\r\n",
          "POST TARGET KEY\r\nHost: localhost\r\n\r\n",
          "POST TARGET HTTP/1.1 KEY\r\nHost: localhost\r\n\r\n",
          "POST TARGET HTTP/1.1\r\nHost: KEY\u0001\r\n\r\n",
          "POST TARGET HTTP/1.1\r\nHost: KEY:99999999\r\n\r\n",
          "POST TARGET HTTP/1.1\r\nHost: localhost\r\nHost: KEY\r\n\r\n",
          "POST TARGET HTTP/1.1\r\nHost: KEY\r\nHost: localhost\r\n\r\n",
          "POST TARGET HTTP/1.1\r\nHost: localhost\r\nKEY\r\n\r\n",
          "POST TARGET HTTP/1.1\r\nHost: localhost\r\nKEY : x\r\n\r\n",
          "POST TARGET HTTP/1.1\r\nHost: localhost\r\nX: KEY\u0000\r\n\r\n",
          "POST TARGET HTTP/1.1\r\nHost: localhost\r\nX: y\r\n KEY\r\n\r\n",
          "POST TARGET HTTP/1.1\r\nHost: localhost\r\nContent-Length: KEY\r\n\r\n",
          "POST TARGET HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: KEY\r\n\r\n",
          "POST TARGET HTTP/1.1\r\nHost: localhost\r\nExpect: KEY\r\n\r\n",
          "POST TARGET HTTP/1.1\r\nHost: localhost\r\nUpgrade: KEY\r\n\r\n",
          "POST TARGET HTTP/1.1\r\nHost: localhost\r\nConnection: KEY, Upgrade\r\n\r\n",
          "POST TARGET HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: KEY KEY\r\n\r\n",
          "POST TARGET HTTP/1.1\r\nHost: localhost\r\nOrigin: KEY\r\n\r\n",
          "POST TARGET HTTP/1.1\r\nHost: localhost\r\nAccept: KEY\r\n\r\n",
          "POST TARGET HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nKEY\r\n",
          "POST TARGET HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1;KEY;\u0000\r\n",
          "POST TARGET HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nKEY\r\n\r\n",
        })
    void inAnyMalformedPlace(String request) {
      for (Answer answer : sendFilled(request.replace("KEY", key))) {
        assertThat(answer.status()).isBetween(400, 499);
        assertThat(answer.toString()).doesNotContain(key);
      }
      assertThat(STRIPE.portalSessionRequests()).isEmpty();
    }
  }

  @Nested
  class ClosesTheConnection {
    @ParameterizedTest
    @ValueSource(
        strings = {
          "GET",
          "POST TARGET HTTP/1.1\r\nHost: localhost\r\nAUTH",
          "\r\n\r\n\r\n\r\n",
        })
    void onWhatEndsBeforeItAsks(String request) {
      assertClosed(request);
    }

    private void assertClosed(String request) {
      assertThat(sendFilled(request)).isEmpty();
      assertThat(STRIPE.portalSessionRequests()).isEmpty();
    }
  }

  @Nested
  class DoesNotServeAHiddenRequest {
    private final String hidden =
        "POST "
            + WITH_API_KEY
            + "?hidden HTTP/1.1\r\nHost: localhost\r\n"
            + authorization()
            + "Content-Length: 0\r\n\r\n";

    @Test
    void inABody() {
      assertThat(
              Wire.send(
                  Servers.PORTAL,
                  keptAlive(WITH_API_KEY, "Content-Type: application/json\r\n")
                      + length(hidden)
                      + hidden))
          .extracting(Answer::status)
          .containsExactly(400);
      assertThat(STRIPE.portalSessionRequests()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/openapi.yaml", WITH_API_KEY + "/", "/api/v1/subscriptions/x"})
    void inABodyThatNobodyReads(String path) {
      List<Answer> answers =
          Wire.send(Servers.PORTAL, keptAlive(path, "") + length(hidden) + hidden);
      assertRefused(path, answers);
    }

    @Test
    void inABodyThatIsTooLarge() {
      for (int size : List.of(8193, 20_000, 3_000_000)) {
        String body = "x".repeat(size - hidden.length()) + hidden;
        String head = keptAlive(WITH_API_KEY, "Content-Type: application/json\r\n");
        assertTooLarge(size, Wire.send(Servers.PORTAL, head + length(body) + body));
        assertTooLarge(
            size,
            Wire.send(
                Servers.PORTAL,
                head
                    + "Transfer-Encoding: chunked\r\n\r\n"
                    + Integer.toHexString(size)
                    + "\r\n"
                    + body
                    + "\r\n0\r\n\r\n"));
      }
    }

    /** Up to 2 MB the portal reads what it refused. */
    private void assertTooLarge(int size, List<Answer> answers) {
      if (size < 2_000_000) {
        assertRefused("body of " + size, answers, 413);
      } else {
        assertRefusedOrCutOff("body of " + size, answers);
      }
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "Transfer-Encoding: chunked\r\n",
          "Transfer-Encoding: Chunked\r\n",
          "Transfer-Encoding:chunked\t\r\n",
          "Transfer-Encoding: xchunked\r\n",
          "Transfer-Encoding : chunked\r\n",
          "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n",
          "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n",
          "X: y\r\n Transfer-Encoding: chunked\r\n",
          "Transfer-Encoding:\r\n chunked\r\n",
          "X: y\rTransfer-Encoding: chunked\r\n",
          "X: y\nTransfer-Encoding: chunked\r\n",
          "Transfer_Encoding: chunked\r\n",
          "Transfer-Encoding\u0000: chunked\r\n",
        })
    void behindALengthAndAnEncodingThatDisagree(String encoding) {
      String body = "0\r\n\r\n" + hidden;
      for (String order : List.of(encoding + "LENGTH", "LENGTH" + encoding)) {
        List<Answer> answers =
            Wire.send(
                Servers.PORTAL,
                keptAlive(WITH_API_KEY, "Content-Type: application/json\r\n")
                    + order.replace("LENGTH", "Content-Length: " + body.length() + "\r\n")
                    + "\r\n"
                    + body);
        assertThat(answers).as(order).hasSize(1);
        assertThat(STRIPE.portalSessionRequests()).as(order).hasSizeLessThan(2);
        STRIPE.reset();
      }
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "gzip, chunked",
          "gzip,chunked",
          "chunked, gzip",
          "chunked, chunked",
          "identity, chunked",
          "chunked, identity",
          "trailers, chunked",
          ", chunked",
          "chunked,",
          "chunked;q=1",
          "chunked; x",
          "\"chunked\"",
          "chunked chunked",
          "gzip",
          "identity",
          "nonsense",
          "",
        })
    void behindAnEncodingThatIsNotChunkedAlone(String encoding) {
      for (String name : List.of("Transfer-Encoding", "transfer-encoding", "TRANSFER-ENCODING")) {
        for (String body : List.of("0\r\n\r\n", "2\r\n{}\r\n0\r\n\r\n", "")) {
          String head = keptAlive(WITH_API_KEY, "Content-Type: application/json\r\n");
          List<Answer> answers =
              Wire.send(Servers.PORTAL, head + name + ": " + encoding + "\r\n\r\n" + body + hidden);
          assertRefused(encoding, answers, 400);
          assertThat(answers.get(0).header("Connection")).isEqualTo("close");
        }
      }
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "Content-Length: 0\r\nContent-Length: LENGTH\r\n",
          "Content-Length: LENGTH\r\nContent-Length: 0\r\n",
          "Content-Length: LENGTH\r\nContent-Length: LENGTH\r\n",
          "Content-Length: 0, LENGTH\r\n",
          "Content-Length: LENGTH, LENGTH\r\n",
          "Content-Length: +LENGTH\r\n",
          "Content-Length: 0x0\r\n",
          "Content-Length: LENGTH \u0000\r\n",
          "Content-Length : LENGTH\r\n",
          "Content_Length : LENGTH\r\n",
        })
    void behindALengthThatIsNotOneNumber(String lengths) {
      List<Answer> answers =
          Wire.send(
              Servers.PORTAL,
              keptAlive(WITH_API_KEY, "Content-Type: application/json\r\n")
                  + lengths.replace("LENGTH", String.valueOf(hidden.length()))
                  + "\r\n"
                  + hidden);
      assertRefused(lengths, answers, 400);
      assertThat(answers.get(0).header("Connection")).isEqualTo("close");
    }

    @Test
    void behindTheEndOfARequestOfHttp10() {
      String request =
          "POST "
              + WITH_API_KEY
              + " HTTP/1.0\r\nHost: localhost\r\n"
              + authorization()
              + "Content-Length: 0\r\n\r\n";
      assertThat(Wire.send(Servers.PORTAL, request + hidden)).hasSize(1);
    }

    @Test
    void behindChunksOfHttp10() {
      String request =
          "POST "
              + WITH_API_KEY
              + " HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n"
              + authorization()
              + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
      assertRefused("chunks", Wire.send(Servers.PORTAL, request + hidden), 400);
    }

    private String keptAlive(String path, String headers) {
      return "POST " + path + " HTTP/1.1\r\nHost: localhost\r\n" + authorization() + headers;
    }

    private static String length(String body) {
      return "Content-Length: " + body.length() + "\r\n\r\n";
    }
  }

  /** As many names as one request may carry, in several cases, each twice. */
  static Stream<List<String>> camelHeaders() {
    List<String> names = CamelHeaders.names();
    List<UnaryOperator<String>> cases =
        List.of(
            name -> name,
            name -> name.toLowerCase(Locale.ROOT),
            name -> name.toUpperCase(Locale.ROOT));
    List<List<String>> requests = new ArrayList<>();
    for (UnaryOperator<String> spelling : cases) {
      for (int from = 0; from < names.size(); from += 40) {
        List<String> part = new ArrayList<>();
        for (String name : names.subList(from, Math.min(from + 40, names.size()))) {
          part.add(spelling.apply(name));
          part.add(spelling.apply(name));
        }
        requests.add(part);
      }
    }
    return requests.stream();
  }

  private static String authorization() {
    return "Authorization: Bearer " + key + "\r\n";
  }

  private static String head(String path, String headers) {
    return head("POST", path, headers);
  }

  private static String head(String method, String path, String headers) {
    return method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + headers;
  }

  private static List<Answer> post(String path, String headers) {
    return Wire.send(
        Servers.PORTAL, head(path, authorization() + headers) + "Content-Length: 0\r\n\r\n");
  }

  private static List<Answer> post(String path, String headers, String body) {
    return Wire.send(
        Servers.PORTAL,
        head(path, authorization() + headers)
            + "Content-Length: "
            + body.length()
            + "\r\n\r\n"
            + body);
  }

  /** Sends a request with our address for TARGET, and the last headers of a head for AUTH. */
  private static List<Answer> sendFilled(String request) {
    return Wire.send(
        Servers.PORTAL,
        request
            .replace("TARGET", WITH_API_KEY)
            .replace("AUTH\r\n", authorization() + "Connection: close\r\n\r\n"));
  }

  private static List<Answer> postJson(byte[] body) {
    return post(WITH_API_KEY, "Content-Type: application/json\r\n", new String(body, ISO_8859_1));
  }

  private static String json(String returnUrl) {
    return "{\"returnUrl\": \"" + returnUrl + "\"}";
  }

  private static void assertOpensThePortalOnce(List<Answer> answers) {
    assertOpensThePortal(answers, DASHBOARD);
    STRIPE.reset();
  }

  /** The whole answer, and the whole request to Stripe. */
  private static void assertOpensThePortal(List<Answer> answers, String returnUrl) {
    assertThat(answers).extracting(Answer::status).containsExactly(200);
    Answer answer = answers.get(0);
    assertThat(answer.body())
        .matches("\\{\"url\":\"" + STRIPE.url() + "/p/session/test_[A-Za-z0-9]+\"\\}");
    assertThat(answer.headers().keySet())
        .containsExactlyInAnyOrder(
            "Cache-Control",
            "Connection",
            "Vary",
            "Content-Length",
            "Content-Type",
            "Date",
            "X-Request-Id");
    assertThat(STRIPE.portalSessionRequests()).hasSize(1);
    LoggedRequest asked = STRIPE.portalSessionRequests().get(0);
    assertThat(asked.getMethod().getName()).isEqualTo("POST");
    assertThat(asked.getUrl()).isEqualTo("/v1/billing_portal/sessions");
    assertThat(asked.getBodyAsString())
        .isEqualTo("customer=" + CUSTOMER + "&return_url=" + returnUrl);
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
    assertThat(asked.getHeader("Authorization")).isEqualTo("Bearer " + Servers.STRIPE_KEY);
    assertThat(asked.getHeader("Stripe-Version")).isEqualTo("2026-09-30.endive");
    assertThat(asked.getHeader("Content-Type")).startsWith("application/x-www-form-urlencoded");
    assertThat(asked.getHeader("Idempotency-Key")).matches("[0-9a-f-]{36}");
    assertThat(asked.getHeader("Host")).isEqualTo(STRIPE.url().substring("http://".length()));
    assertThat(asked.getHeader("User-Agent")).startsWith("Apache-HttpClient/");
  }

  private static void assertRefused(String name, List<Answer> answers, int status) {
    assertThat(answers).as(name).extracting(Answer::status).containsExactly(status);
    assertRefused(name, answers);
  }

  /** One problem with nothing in it about the server. */
  private static void assertRefused(String name, List<Answer> answers) {
    assertThat(answers).as(name).hasSize(1);
    assertRefusedOrCutOff(name, answers);
  }

  /** As {@link #assertRefused}, unless the connection was closed on a sender in full flow. */
  private static void assertRefusedOrCutOff(String name, List<Answer> answers) {
    assertThat(answers).as(name).hasSizeLessThan(2);
    for (Answer answer : answers) {
      assertThat(answer.status()).as(name).isBetween(400, 499);
      assertThat(PROBLEM_HEADERS).as(name).containsAll(answer.headers().keySet());
      assertThat(answer.headers()).as(name).containsKeys("Date", "Vary", "X-Request-Id");
      assertThat(answer.header("Content-Type")).as(name).isEqualTo("application/problem+json");
      assertThat(answer.header("Cache-Control")).as(name).isEqualTo("no-store");
      assertThat(answer.body())
          .as(name)
          .matches(
              "\\{\"type\":\"about:blank\",\"title\":\"[A-Za-z ]+\",\"status\":%d,\"code\":\"[a-z_]+\","
                      .formatted(answer.status())
                  + "\"detail\":\"[A-Za-z0-9 .,:/-]+\",\"requestId\":\"\\Q%s\\E\"\\}"
                      .formatted(answer.header("X-Request-Id")));
    }
    assertThat(STRIPE.portalSessionRequests()).as(name).isEmpty();
  }
}
