package com.llmgenerator.billing.dev;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.ConnectException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the demo application's web server serves, and what it lets pages do. */
class DemoServerTest {
  private static final int PORT = Ports.free();
  private static DemoServer server;

  @BeforeAll
  static void start() {
    DemoServer.Config config =
        new DemoServer.Config(
            "http://localhost:8180/realms/r", "client", "http://localhost:8080", null);
    server = DemoServer.start(PORT, config, Map.of());
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @ParameterizedTest
  @CsvSource({
    "/, text/html, <title>Settings",
    "/thank-you.html, text/html, <title>Thank you",
    "/settings.js, text/javascript, showBilling",
    "/style.css, text/css, color-scheme",
    "/icon.svg, image/svg+xml, <svg",
    "/keycloak-js/keycloak.min.js, text/javascript, Keycloak",
    "/reference/, text/html, <title>API reference",
  })
  void servesFiles(String path, String type, String content) throws Exception {
    HttpResponse<String> answer = get(path);
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(header(answer, "Content-Type")).startsWith(type);
    assertThat(header(answer, "Cache-Control")).isEqualTo("no-cache");
    assertThat(header(answer, "X-Content-Type-Options")).isEqualTo("nosniff");
    assertThat(answer.body()).contains(content);
  }

  @Test
  void servesAllThatTheApiReferenceNames() throws Exception {
    assertThat(
            Pattern.compile("(?:href|src)=\"([^\"]+)\"")
                .matcher(get("/reference/").body())
                .results()
                .map(file -> URI.create("/reference/").resolve(file.group(1)).toString()))
        .containsExactly(
            "/icon.svg",
            "/reference/swagger-ui/swagger-ui.css",
            "/reference/reference.css",
            "/reference/swagger-ui/swagger-ui-bundle.js",
            "/reference/reference.js")
        .allSatisfy(file -> assertThat(get(file).statusCode()).isEqualTo(200));
  }

  @Test
  void tellsPagesTheAddresses() throws Exception {
    HttpResponse<String> answer = get("/config.json");
    assertThat(header(answer, "Content-Type")).isEqualTo("application/json");
    assertThat(answer.body())
        .isEqualTo(
            "{\"issuer\":\"http://localhost:8180/realms/r\",\"clientId\":\"client\","
                + "\"portal\":\"http://localhost:8080\",\"paymentLink\":null}");
  }

  @Test
  void letsPagesLoadNothingFromElsewhereAndCallThePortalAndKeycloakAlone() throws Exception {
    String policy =
        "default-src 'none'; script-src 'self'; style-src 'self'%s; img-src 'self'%s;"
            + " connect-src 'self' http://localhost:8080 http://localhost:8180;"
            + " form-action 'none'; base-uri 'none'; frame-ancestors 'none'";
    for (String path : new String[] {"/", "/config.json", "/nowhere"}) {
      assertThat(header(get(path), "Content-Security-Policy")).isEqualTo(policy.formatted("", ""));
    }
    assertThat(header(get("/reference/"), "Content-Security-Policy"))
        .isEqualTo(policy.formatted(" 'unsafe-inline'", " data:"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/nowhere",
        "/keycloak-js/",
        "/keycloak-js/../keycloak/llmgenerator-realm.json",
        "/%2e%2e/keycloak/llmgenerator-realm.json",
        "/..%2fkeycloak/llmgenerator-realm.json"
      })
  void servesNothingElse(String path) throws Exception {
    assertThat(get(path).statusCode()).isBetween(400, 404);
  }

  @Test
  void servesThisMachineAlone() {
    assertThatThrownBy(() -> new Socket("127.0.0.2", PORT).close())
        .isInstanceOf(ConnectException.class);
  }

  private static HttpResponse<String> get(String path) throws Exception {
    URI address = URI.create("http://localhost:" + PORT + path);
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(address).build(), BodyHandlers.ofString());
  }

  private static String header(HttpResponse<String> answer, String name) {
    return answer.headers().firstValue(name).orElse(null);
  }
}
