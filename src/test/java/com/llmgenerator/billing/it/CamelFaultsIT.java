package com.llmgenerator.billing.it;

import static com.llmgenerator.billing.it.Caller.AS_USER;
import static com.llmgenerator.billing.it.Caller.WITH_API_KEY;
import static com.llmgenerator.billing.it.Problems.assertProblem;
import static com.llmgenerator.billing.it.Servers.PORTAL;
import static com.llmgenerator.billing.it.Servers.STRIPE;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import com.llmgenerator.billing.it.Caller.Answer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Faults of Camel 4.22.0 that cannot be reached here, each by its number. Delete what 4.22.1 mends.
 *
 * @see <a href="https://camel.apache.org/security/">Camel's security advisories</a>
 */
class CamelFaultsIT {
  private static final String PLACEHOLDERS =
      "{{stripe.secret-key}}{{env:STRIPE_SECRET_KEY}}${env:STRIPE_SECRET_KEY}";
  private static final String FORM =
      "customer=cus_demo&return_url=https%3A%2F%2Fapp.example.com%2Fdashboard";

  private static String key;

  @BeforeAll
  static void addUser() {
    key = Servers.addPayingUsers(Servers.DATABASE, 1, "cus_demo").get(0);
  }

  @BeforeEach
  void resetStripe() {
    STRIPE.reset();
  }

  /** Placeholders in the header {@code CamelHttpUri} are resolved. */
  @Nested
  class Cve202678164 {
    @ParameterizedTest
    @ValueSource(
        strings = {
          "CamelHttpUri",
          "camelhttpuri",
          "CAMELHTTPURI",
          "CamelHttpPath",
          "CamelHttpQuery",
          "CamelHttpRawQuery",
          "CamelHttpBaseUri",
          "CamelRestHttpUri"
        })
    void isNotReachedByAHeader(String name) {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(URI.create(PORTAL.url(WITH_API_KEY)))
              .header("Authorization", "Bearer " + key)
              .header(name, "http://localhost:1/" + PLACEHOLDERS)
              .POST(BodyPublishers.noBody());
      assertThat(Caller.send(request).status()).isEqualTo(200);
      LoggedRequest asked = asked();
      assertThat(asked.getBodyAsString()).isEqualTo(FORM);
      assertThat(asked.getHeaders().toString()).doesNotContain("localhost:1/");
    }

    @Test
    void isNotReachedByAReturnUrl() {
      String url = "https://app.example.com/dashboard?" + PLACEHOLDERS;
      assertThat(Caller.post(WITH_API_KEY, key, "{\"returnUrl\": \"%s\"}".formatted(url)).status())
          .isEqualTo(200);
      assertThat(asked().getBodyAsString())
          .startsWith(FORM)
          .contains("stripe.secret-key")
          .doesNotContain(Servers.STRIPE_KEY);
    }

    private static LoggedRequest asked() {
      List<LoggedRequest> requests = STRIPE.portalSessionRequests();
      assertThat(requests).hasSize(1);
      assertThat(requests.get(0).getUrl()).isEqualTo("/v1/billing_portal/sessions");
      return requests.get(0);
    }
  }

  /** Credentials are sent along where another host is redirected to. */
  @Nested
  class Cve202685251 {
    @Test
    void isNotReachedByARedirect() {
      Map<String, String> environment = Servers.environment();
      try (LyingServer stripe = new LyingServer();
          LyingServer other = new LyingServer()) {
        environment.put("STRIPE_API_BASE", stripe.url());
        environment.put("PORTAL_OFFER_CHECKED", "false");
        try (PackagedPortal portal = PackagedPortal.start(environment)) {
          for (int status : List.of(301, 302, 303, 307, 308)) {
            stripe.answers(
                LyingServer.text(
                    "HTTP/1.1 %d Moved\r\nLocation: %s/v1\r\nContent-Length: 0\r\n\r\n"
                        .formatted(status, other.url())));
            assertProblem(
                Caller.post(portal, WITH_API_KEY, key, null),
                502,
                "payment_provider_error",
                "The payment provider failed.");
          }
          assertThat(stripe.requests()).isEqualTo(5);
          assertThat(other.connections()).isZero();
        }
      }
    }
  }

  /** Of a request, {@code authorization} and {@code cookie} are put into the answer. */
  @Nested
  class Cve202685254 {
    @ParameterizedTest
    @ValueSource(strings = {"authorization", "Authorization", "AUTHORIZATION"})
    void isNotReachedByAnyCase(String name) {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(URI.create(PORTAL.url(WITH_API_KEY)))
              .header(name, "Bearer " + key)
              .header("cookie", "session=mine")
              .header("proxy-authorization", "Basic bWluZQ==")
              .POST(BodyPublishers.noBody());
      Answer answer = Caller.send(request);
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.headers().keySet())
          .containsExactlyInAnyOrder(
              "cache-control", "content-length", "content-type", "date", "vary", "x-request-id");
      assertThat(answer.headers().toString() + answer.body())
          .doesNotContain(key, "session=mine", "bWluZQ==");
      assertThat(STRIPE.portalSessionRequests().get(0).getHeaders().toString())
          .contains("Bearer " + Servers.STRIPE_KEY)
          .doesNotContain(key, "session=mine", "bWluZQ==");
    }
  }

  /** An address that only begins with that of a route reaches it. */
  @Nested
  class Cve202685316 {
    @ParameterizedTest
    @ValueSource(
        strings = {
          AS_USER + "x",
          AS_USER + "-x",
          AS_USER + "/x",
          AS_USER + "/",
          AS_USER + "%2F",
          AS_USER + ";x",
          WITH_API_KEY + "x",
          WITH_API_KEY + "/x",
          WITH_API_KEY + "/..",
          "/api/v1/api-keysx",
          "/api/v1/api-keys/x/y",
          "/api/v1/stripe/eventsx",
          "/openapi.yaml/x",
          "/openapi.yamlx"
        })
    void isNotReachedByABeginning(String path) {
      for (String method : List.of("GET", "POST", "DELETE")) {
        Answer answer =
            Caller.sendUnchecked(
                HttpRequest.newBuilder(URI.create(PORTAL.url(path)))
                    .header("Authorization", "Bearer " + key)
                    .method(method, BodyPublishers.noBody())
                    .build());
        assertThat(answer.status()).as(method).isEqualTo(path.contains("%") ? 400 : 404);
        assertThat(answer.header("Content-Type")).as(method).isEqualTo("application/problem+json");
      }
      assertThat(STRIPE.portalSessionRequests()).isEmpty();
    }
  }

  /** The EIP {@code saga}: no route has it, and none starts that has. */
  @Nested
  class Cve202685312 {
    @Test
    void isNotReachedByARoute(@TempDir Path folder) throws IOException {
      StartIT.copyRoutes(folder);
      Path route = folder.resolve("32-find-billing-account.camel.yaml");
      Files.writeString(
          route,
          Files.readString(route)
              .replaceFirst("steps:\n", "steps:\n        - saga:\n            id: all-or-none\n"));
      Map<String, String> environment = Servers.environment();
      environment.put("PORTAL_ROUTES", "file:" + folder);
      try (PackagedPortal portal = PackagedPortal.launch(environment)) {
        assertThat(portal.awaitEnd()).isEqualTo(1);
        assertThat(portal.log().lines().filter(line -> line.contains(" ERROR ")))
            .singleElement()
            .asString()
            .contains("A route is broken: ", "saga");
      }
    }
  }
}
