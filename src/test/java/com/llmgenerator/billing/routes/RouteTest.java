package com.llmgenerator.billing.routes;

import static org.assertj.core.api.Assertions.assertThat;

import com.llmgenerator.billing.BillingPortalApplication;
import com.llmgenerator.billing.auth.TestRealm;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.component.mock.InterceptSendToMockEndpointStrategy;
import org.apache.camel.component.mock.MockEndpoint;
import org.apache.camel.spi.EndpointStrategy;
import org.eclipse.jetty.http.HttpStatus;
import org.junit.jupiter.api.BeforeEach;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.test.context.ActiveProfiles;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.util.TestSocketUtils;

/**
 * The routes of the working tree, with everything real but the two servers they call: queries end
 * at mock endpoints, and so does the call to Stripe.
 */
@SpringBootTest(classes = BillingPortalApplication.class)
@Import(RouteTest.MockEndpoints.class)
@ActiveProfiles("routes")
abstract class RouteTest {
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final int PORT = TestSocketUtils.findAvailableTcpPort();
  static final TestRealm REALM = new TestRealm();
  static final String STRIPE_URL = "https://billing.stripe.com/p/session/test_1";

  @Autowired CamelContext camel;
  @Autowired ProducerTemplate template;

  @DynamicPropertySource
  static void realmAndPort(DynamicPropertyRegistry properties) {
    properties.add("keycloak.issuer", REALM::issuer);
    properties.add("server.port", () -> PORT);
  }

  @TestConfiguration(proxyBeanMethods = false)
  static class MockEndpoints {
    @Bean
    EndpointStrategy serversAreMocks() {
      return new InterceptSendToMockEndpointStrategy("(sql|http):.*", true);
    }

    @Bean
    EndpointStrategy queuesAreSeen() {
      return new InterceptSendToMockEndpointStrategy("seda:.*");
    }
  }

  @BeforeEach
  void resetMocks() {
    MockEndpoint.resetMocks(camel);
  }

  /** Where the use of an API key is left to be noted. */
  MockEndpoint useOfApiKey() {
    return camel.getEndpoint("mock:seda:record-api-key-usage", MockEndpoint.class);
  }

  /** The query for the owner of an API key. */
  MockEndpoint apiKeyQuery() {
    return camel.getEndpoint("mock:sql:file:routes/find-api-key.sql", MockEndpoint.class);
  }

  /** The query for a user's Stripe customer. */
  MockEndpoint billingAccountQuery() {
    return camel.getEndpoint("mock:sql:file:routes/find-billing-account.sql", MockEndpoint.class);
  }

  /** A query or an update of API keys, by the name of its file. */
  MockEndpoint apiKeys(String file) {
    return camel.getEndpoint("mock:sql:file:routes/" + file, MockEndpoint.class);
  }

  /** The query whether a user has a billing account. */
  MockEndpoint availabilityQuery() {
    return camel.getEndpoint(
        "mock:sql:file:routes/get-portal-availability.sql", MockEndpoint.class);
  }

  /** The query for a customer's subscription. */
  MockEndpoint subscriptionQuery() {
    return camel.getEndpoint("mock:sql:file:routes/find-subscription.sql", MockEndpoint.class);
  }

  /** The call to Stripe. */
  MockEndpoint stripe() {
    return camel.getEndpoint(
        "mock:http:api.stripe.com/v1/billing_portal/sessions", MockEndpoint.class);
  }

  static void answers(MockEndpoint query, Object row) {
    query.whenAnyExchangeReceived(exchange -> exchange.getMessage().setBody(row));
  }

  void stripeAnswers(int status, String json) {
    stripe().whenAnyExchangeReceived(exchange -> answer(exchange, status, json));
  }

  private static void answer(Exchange exchange, int status, String json) {
    exchange.getMessage().setHeader(Exchange.HTTP_RESPONSE_CODE, status);
    exchange.getMessage().setHeader("Request-Id", "req_1");
    exchange.getMessage().setBody(json.getBytes(StandardCharsets.UTF_8));
  }

  void stripeAnswersASession() {
    stripe()
        .whenAnyExchangeReceived(
            exchange ->
                answer(
                    exchange,
                    200,
                    """
                    {"id": "bps_1", "object": "billing_portal.session", "customer": "%s",
                     "livemode": false, "url": "%s"}
                    """
                        .formatted(exchange.getVariable("stripeCustomer"), STRIPE_URL)));
  }

  /** Runs a route that others call, on a message with variables. */
  Exchange run(String route, Object body, Map<String, Object> variables) {
    return template.request(
        "direct:" + route,
        exchange -> {
          exchange.getMessage().setBody(body);
          variables.forEach(exchange::setVariable);
        });
  }

  /** A request to the public port, with a token. */
  HttpRequest.Builder request(String path, String token) {
    return request(path).header("Authorization", "Bearer " + token);
  }

  HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://localhost:" + PORT + path));
  }

  static HttpResponse<String> get(HttpRequest.Builder request) {
    return send(request.GET());
  }

  static HttpResponse<String> post(HttpRequest.Builder request) {
    return send(request.POST(BodyPublishers.noBody()));
  }

  static HttpResponse<String> delete(HttpRequest.Builder request) {
    return send(request.DELETE());
  }

  static HttpResponse<String> send(HttpRequest.Builder request) {
    try {
      return HTTP.send(request.build(), BodyHandlers.ofString());
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The value of an answer's header, or null. */
  static String header(HttpResponse<?> answer, String name) {
    return answer.headers().firstValue(name).orElse(null);
  }

  static void fail(MockEndpoint server, Throwable failure) {
    server.whenAnyExchangeReceived(exchange -> exchange.setException(failure));
  }

  /** Asserts that a route ended in exactly this problem, and left nothing else in the message. */
  static void assertProblem(Exchange exchange, int status, String code, String detail) {
    assertThat(exchange.getException()).isNull();
    Map<String, Object> headers = new HashMap<>(exchange.getMessage().getHeaders());
    headers.remove("Retry-After");
    assertThat(headers)
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                Exchange.HTTP_RESPONSE_CODE, status, "Content-Type", "application/problem+json"));
    assertThat(exchange.getMessage().getBody(String.class))
        .isEqualTo(
            """
            {"type":"about:blank","title":"%s","status":%d,"code":"%s","detail":"%s",\
            "requestId":null}"""
                .formatted(
                    status == 500 ? "Internal Server Error" : HttpStatus.getMessage(status),
                    status,
                    code,
                    detail));
  }
}
