package com.llmgenerator.billing.it;

import static com.llmgenerator.billing.it.Caller.AS_USER;
import static com.llmgenerator.billing.it.Caller.WITH_API_KEY;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import com.llmgenerator.billing.Documents;
import com.llmgenerator.billing.dev.StripeStandIn;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What operators see of the portal: metrics, log lines for programs, traces. */
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("the servers of ObservationIT")
class ObservationIT {
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

  private static StripeStandIn stripe;
  private static PackagedPortal portal;
  private static List<String> keys;

  @BeforeAll
  static void start() {
    stripe = StripeStandIn.start(0);
    keys = new ArrayList<>(Servers.addPayingUsers(Servers.DATABASE, 2, "cus_demo"));
    keys.addAll(Servers.addPayingUsers(Servers.DATABASE, 1, StripeStandIn.CUS_TWICE_FAILING));
    Map<String, String> environment = Servers.environment();
    environment.put("PORTAL_REQUESTS_AT_ONCE", "250");
    environment.put("STRIPE_API_BASE", stripe.url());
    // As in production: what the log looks like by default.
    environment.put("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1");
    portal = PackagedPortal.start(environment);
    assertThat(Caller.post(portal, WITH_API_KEY, keys.get(0), null).status()).isEqualTo(200);
    assertThat(Caller.post(portal, WITH_API_KEY, keys.get(2), null).status()).isEqualTo(200);
    assertThat(Caller.post(portal, AS_USER, "no.to.ken", null).status()).isEqualTo(401);
    for (String malformed : List.of("NONSENSE", "GET /%00 HTTP/1.1", "GET /| HTTP/1.1")) {
      Wire.send(portal, malformed + "\r\nHost: localhost\r\n\r\n");
    }
  }

  @AfterAll
  static void stop() {
    portal.close();
    stripe.close();
  }

  @Nested
  class Measures {
    @ParameterizedTest
    @ValueSource(
        strings = {
          "billing_portal_requests_seconds_count{code=\"ok\",operation=\"open-portal-with-api-key\"} ",
          "billing_portal_requests_seconds_count{code=\"unauthorized\",operation=\"open-portal-as-user\"} 1",
          "billing_portal_requests_seconds_bucket{code=\"ok\",operation=\"open-portal-with-api-key\",le=\"1.0\"} ",
          "billing_portal_requests_seconds_count{code=\"invalid_request\",operation=\"none\"} 3",
          "billing_portal_requests_in_flight 0.0",
          "billing_portal_requests_in_flight_limit 250.0",
          "billing_stripe_retries_total 2.0",
          "billing_signing_keys_age_seconds ",
          "httpcomponents_httpclient_request_seconds_count{error=\"none\",exception=\"none\",method=\"POST\",outcome=\"SUCCESS\",status=\"200\",target_host=\"",
          "httpcomponents_httpclient_request_seconds_bucket{error=\"none\",exception=\"none\",method=\"POST\",outcome=\"SUCCESS\",status=\"200\",target_host=\"",
          "resilience4j_circuitbreaker_state{name=\"stripe\",state=\"closed\"} 1.0",
          "resilience4j_bulkhead_available_concurrent_calls{name=\"stripe\"} 2000.0",
          "httpcomponents_httpclient_pool_total_connections{httpclient=\"stripe\",state=\"leased\"} 0.0",
          "httpcomponents_httpclient_pool_total_pending{httpclient=\"stripe\"} 0.0",
          "hikaricp_connections_active{",
          "hikaricp_connections_pending{"
        })
    void whatAnOperatorWatches(String line) {
      assertThat(portal.metrics()).contains("\n" + line);
    }

    @Test
    void nothingOfACaller() {
      assertThat(portal.metrics()).doesNotContain(keys).doesNotContain("cus_", "bps_", "no.to.ken");
    }

    @Test
    void onTheManagementPortAlone() {
      for (String path : List.of("/observe/prometheus", "/observe/health", "/metrics")) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(portal.url(path))).build();
        assertThat(Caller.sendUnchecked(request).status()).isEqualTo(404);
      }
    }
  }

  @Nested
  class Logs {
    @Test
    void oneLineOfJsonForEachRequest() throws Exception {
      Caller.send(request(keys.get(1)).header("X-Request-Id", "json-1"));
      // Written once the answer was sent.
      portal.await(() -> portal.log().matches("(?s).*\"json-1\".*\n.*"));
      List<JsonNode> lines = lines("json-1");
      assertThat(lines).hasSize(1);
      JsonNode line = lines.get(0);
      assertThat(line.path("message").asText()).isEqualTo("Answered");
      assertThat(line.path("level").asText()).isEqualTo("INFO");
      assertThat(line.path("status").asInt()).isEqualTo(200);
      assertThat(line.path("code").asText()).isEqualTo("ok");
      assertThat(line.path("operation").asText()).isEqualTo("open-portal-with-api-key");
      assertThat(line.path("apiKeyId").asText()).matches("[0-9a-f-]{36}");
      assertThat(line.path("userId").asText()).matches("[0-9a-f-]{36}");
      assertThat(line.path("stripeRequestId").asText()).startsWith("req_");
      assertThat(line.path("stripeSession").asText()).startsWith("bps_");
      assertThat(line.path("durationMs").isNumber()).isTrue();
      JsonNode documented =
          new ObjectMapper().readTree(Documents.code("k8s/README.md", "access-log"));
      assertThat(line.fieldNames()).toIterable().containsExactlyElementsOf(documented::fieldNames);
    }

    private static List<JsonNode> lines(String requestId) throws Exception {
      List<JsonNode> lines = new ArrayList<>();
      for (String line : portal.log().lines().filter(text -> text.startsWith("{")).toList()) {
        JsonNode json = new ObjectMapper().readTree(line);
        if (json.path("requestId").asText().equals(requestId)) {
          lines.add(json);
        }
      }
      return lines;
    }
  }

  @Nested
  class Traces {
    @Test
    void nothingUnlessSwitchedOn() {
      stripe.reset();
      Caller.send(traced(keys.get(1)));
      assertThat(stripe.portalSessionRequests().get(0).getAllHeaderKeys())
          .extracting(String::toLowerCase)
          .doesNotContain("traceparent", "tracestate", "baggage");
    }

    @Test
    void fromCallerToStripeIfSwitchedOn(@TempDir Path settings) throws IOException {
      stripe.reset();
      Map<String, String> environment = Servers.environment();
      environment.put("STRIPE_API_BASE", stripe.url());
      // By a file, as in Kubernetes.
      Files.writeString(settings.resolve("MANAGEMENT_TRACING_ENABLED"), "true");
      environment.put("SPRING_CONFIG_IMPORT", "configtree:" + settings + "/");
      try (PackagedPortal tracing = PackagedPortal.start(environment)) {
        assertThat(
                Caller.send(
                        HttpRequest.newBuilder(URI.create(tracing.url(WITH_API_KEY)))
                            .header("Authorization", "Bearer " + keys.get(1))
                            .header("traceparent", "00-" + TRACE + "-00f067aa0ba902b7-01")
                            .header("baggage", "customer=cus_2")
                            .POST(BodyPublishers.noBody()))
                    .status())
            .isEqualTo(200);
        LoggedRequest asked = stripe.portalSessionRequests().get(0);
        assertThat(asked.getHeader("traceparent"))
            .matches("00-" + TRACE + "-[0-9a-f]{16}-01")
            .doesNotContain("00f067aa0ba902b7");
        assertThat(asked.getAllHeaderKeys())
            .extracting(String::toLowerCase)
            .doesNotContain("baggage");
      }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void toACollectorOnlyIfSwitchedOn(boolean switchedOn) throws IOException {
      Map<String, String> environment = Servers.environment();
      environment.put("STRIPE_API_BASE", stripe.url());
      environment.put("MANAGEMENT_TRACING_ENABLED", String.valueOf(switchedOn));
      List<String> received = new CopyOnWriteArrayList<>();
      HttpServer collector = HttpServer.create(new InetSocketAddress("localhost", 0), 0);
      collector.createContext(
          "/v1/traces",
          exchange -> {
            received.add(new String(exchange.getRequestBody().readAllBytes(), ISO_8859_1));
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
          });
      collector.start();
      environment.put(
          "MANAGEMENT_OTLP_TRACING_ENDPOINT",
          "http://localhost:" + collector.getAddress().getPort() + "/v1/traces");
      try (PackagedPortal tracing = PackagedPortal.start(environment)) {
        HttpRequest.Builder request =
            HttpRequest.newBuilder(URI.create(tracing.url(WITH_API_KEY)))
                .header("Authorization", "Bearer " + keys.get(1))
                .header("traceparent", "00-" + TRACE + "-00f067aa0ba902b7-01")
                .POST(BodyPublishers.noBody());
        assertThat(Caller.send(request).status()).isEqualTo(200);
        // What is left of the spans is sent at the end.
        tracing.terminate();
        tracing.awaitEnd();
        String spans = String.join("", received);
        if (switchedOn) {
          // The id is bytes in OTLP's protobuf.
          assertThat(spans)
              .contains(new String(HexFormat.of().parseHex(TRACE), ISO_8859_1))
              .contains("billing-portal", "POST /api/v1/subscriptions/portal/api", "HTTP POST")
              .doesNotContain(keys.get(1), Servers.STRIPE_KEY);
        } else {
          assertThat(spans).isEmpty();
        }
      } finally {
        collector.stop(0);
      }
    }

    private static HttpRequest.Builder traced(String key) {
      return request(key)
          .header("traceparent", "00-" + TRACE + "-00f067aa0ba902b7-01")
          .header("baggage", "customer=cus_2");
    }
  }

  private static HttpRequest.Builder request(String key) {
    return HttpRequest.newBuilder(URI.create(portal.url(WITH_API_KEY)))
        .header("Authorization", "Bearer " + key)
        .POST(BodyPublishers.noBody());
  }
}
