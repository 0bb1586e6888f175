package com.llmgenerator.billing.portal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.llmgenerator.billing.config.JsonConfiguration;
import com.llmgenerator.billing.config.TestSettings;
import com.llmgenerator.billing.problem.BadRequestException;
import com.llmgenerator.billing.problem.BillingAccountNotFoundException;
import com.llmgenerator.billing.problem.PaymentProviderException;
import com.llmgenerator.billing.problem.SubscriptionNotFoundException;
import com.llmgenerator.billing.problem.TemporarilyUnavailableException;
import com.llmgenerator.billing.stripe.StripeGuard;
import com.llmgenerator.billing.stripe.StripeGuardTest;
import io.github.resilience4j.bulkhead.Bulkhead;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.apache.camel.Exchange;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PortalSessionResponseTest {
  private static final String SESSION =
      """
      {"id": "bps_1", "object": "billing_portal.session", "customer": "cus_1", "livemode": %s, "url": %s}
      """;
  private static final String URL = "\"https://billing.stripe.com/p/session/live_1\"";

  private final PortalSessionResponse response = response("https://api.stripe.com");

  @Nested
  class ReadsTheSession {
    @Test
    void ofTheKeysModeAndStripesPortal() {
      PortalSession session = read(200, SESSION.formatted(true, URL));
      assertThat(session.url()).isEqualTo("https://billing.stripe.com/p/session/live_1");
    }

    @Test
    void writtenAsItsUrlAlone() throws IOException {
      assertThat(new ObjectMapper().writeValueAsString(new PortalSession("https://x")))
          .isEqualTo("{\"url\":\"https://x\"}");
    }

    @Test
    void ofAStandInIfTheApiBaseIsOne() {
      PortalSessionResponse local = response("http://localhost:12111");
      String url = "http://localhost:12111/p/session/live_1";
      byte[] body = SESSION.formatted(true, '"' + url + '"').getBytes(StandardCharsets.UTF_8);
      assertThat(local.read(200, body, "cus_1", null).url()).isEqualTo(url);
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "\"http://billing.stripe.com/p\"",
          "\"https://evil.example.com/p\"",
          "\"https://billing.stripe.com.evil.example.com/p\"",
          "\"https://billing.stripe.com@evil.example.com/p\"",
          "\"http://localhost:12111/p\"",
          "\"https://billing.stripe.company\"",
          "\"https://billing.stripe.com:8443/p\"",
          "\" https://billing.stripe.com/p\"",
          "\"https://billing.stripe.com/p/<script>\"",
          "\"https://billing.stripe.com/p/%2\"",
          "\"https://billing.stripe.com/p#a#b\"",
          "\"https://billing.stripe.com\\\\evil.example.com\"",
          "\"https://billing.stripe.com/p\\nq\"",
          "\"https://billing.stripe.com/\u00e9\"",
          "\"\"",
          "null",
          "1",
          "{}"
        })
    void unlessItsUrlIsForeign(String url) {
      assertFailure(
          200,
          SESSION.formatted(true, url),
          "Stripe answered a URL that is not on STRIPE_PORTAL_ORIGIN");
    }

    @ParameterizedTest
    @ValueSource(strings = {"false", "null", "\"true\""})
    void unlessItIsOfTheOtherMode(String livemode) {
      assertFailure(
          200,
          SESSION.formatted(livemode, URL),
          "Stripe answered a portal session of the other mode");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"cus_2\"", "null", "{\"id\": \"cus_1\"}"})
    void unlessItIsOfAnotherCustomer(String customer) {
      assertFailure(
          200,
          SESSION.formatted(true, URL).replace("\"cus_1\"", customer),
          "Stripe answered a portal session of another customer");
    }

    @Test
    void ofWhomeverAStandInNamesWhereNoMoneyIs() {
      PortalSessionResponse local = response("sk_test_1", "http://localhost:12111");
      byte[] body = SESSION.formatted(false, URL).getBytes(StandardCharsets.UTF_8);
      assertThat(local.read(200, body, "cus_2", null).url())
          .isEqualTo("https://billing.stripe.com/p/session/live_1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "[]", "null", "1", "{\"object\": \"customer\"}"})
    void unlessItIsSomethingElse(String body) {
      assertFailure(200, body, "Stripe answered something else than a portal session");
    }

    @Test
    void unlessThereIsNoBody() {
      assertThatExceptionOfType(PaymentProviderException.class)
          .isThrownBy(() -> read(200, (byte[]) null, null))
          .withMessage("Stripe's answer is not JSON");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "<html>", "{", "{} {}", "{\"a\": 1, \"a\": 2}"})
    void unlessItIsNotJson(String body) {
      assertFailure(200, body, "Stripe's answer is not JSON");
      assertFailure(500, body, "Stripe failed: 500");
    }
  }

  @Nested
  class TellsFailuresApart {
    @ParameterizedTest
    @ValueSource(ints = {400, 404})
    void missingCustomer(int status) {
      assertThatExceptionOfType(BillingAccountNotFoundException.class)
          .isThrownBy(() -> read(status, error("resource_missing", "customer", "No such customer")))
          .withMessage("Stripe does not know the customer: deleted, or of the other mode");
    }

    @Test
    void missingSubscription() {
      String param = "flow_data[subscription_cancel][subscription]";
      assertThatExceptionOfType(SubscriptionNotFoundException.class)
          .isThrownBy(
              () -> read(400, error("resource_missing", param, "No such"), "subscription_cancel"))
          .withMessage("Stripe does not know the subscription: " + param);
    }

    @ParameterizedTest
    @CsvSource({"'', ''", "'', flow_data[type]", "x, flow_data[after_completion]"})
    void flowThatDoesNotOpen(String code, String param) {
      assertThatExceptionOfType(BadRequestException.class)
          .isThrownBy(() -> read(400, error(code, param, "secret text"), "subscription_update"))
          .withMessage(
              ("Stripe does not open the flow subscription_update: is it on in the portal"
                      + " configuration, and the subscription still to change? "
                      + code
                      + " "
                      + param)
                  .strip());
    }

    @ParameterizedTest
    @CsvSource({
      "resource_missing, configuration, ''",
      "url_invalid, return_url, ''",
      "'', locale, ''",
      "'', '', No configuration provided and your test mode default"
    })
    void operatorsFaultsInAFlow(String code, String param, String message) {
      assertThatExceptionOfType(PaymentProviderException.class)
          .isThrownBy(() -> read(400, error(code, param, message), "subscription_update"));
    }

    @Test
    void rateLimit() {
      assertThatExceptionOfType(TemporarilyUnavailableException.class)
          .isThrownBy(() -> read(429, error("rate_limit", "", "")))
          .withMessage("Stripe limits our rate (429 rate_limit)");
    }

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        value = {
          "401|||Stripe refuses the key: check STRIPE_SECRET_KEY",
          "403|||Stripe refuses the key's permission: give it \"Customer portal: write\"",
          "400|resource_missing|configuration|Stripe refuses the portal configuration:"
              + " check STRIPE_PORTAL_CONFIGURATION",
          "400|url_invalid|return_url|Stripe refuses the request: url_invalid return_url",
          "402|card_declined||Stripe failed: 402 card_declined",
          "500|||Stripe failed: 500",
          "302|||Stripe failed: 302",
        })
    void operatorsFaults(int status, String code, String param, String message) {
      assertFailure(
          status,
          error(code == null ? "" : code, param == null ? "" : param, "secret text"),
          message);
    }

    @Test
    void withoutWordsThatAreNone() {
      assertFailure(418, error("\\u001b[31m", "a b", "secret text"), "Stripe failed: 418");
    }

    @Test
    void portalThatWasNeverConfigured() {
      assertFailure(
          400,
          error(
              "",
              "",
              "No configuration provided and your live mode default configuration has"
                  + " not been created."),
          "Stripe has no portal configuration: save one in the Dashboard (Settings, Billing,"
              + " Customer portal) or set STRIPE_PORTAL_CONFIGURATION");
    }

    private String error(String code, String param, String message) {
      return """
          {"error": {"type": "x", "code": "%s", "param": "%s", "message": "%s"}}
          """
          .formatted(code, param, message);
    }
  }

  private PortalSession read(int status, String body) {
    return read(status, body, null);
  }

  private PortalSession read(int status, String body, String flow) {
    return read(status, body.getBytes(StandardCharsets.UTF_8), flow);
  }

  private PortalSession read(int status, byte[] body, String flow) {
    return read(response, status, body, flow);
  }

  private static PortalSession read(
      PortalSessionResponse response, int status, byte[] body, String flow) {
    Exchange exchange = Messages.of(body);
    exchange.getMessage().setHeader(Exchange.HTTP_RESPONSE_CODE, status);
    exchange.setVariable("stripeCustomer", "cus_1");
    exchange.setVariable("flow", flow);
    response.process(exchange);
    return exchange.getMessage().getBody(PortalSession.class);
  }

  private void assertFailure(int status, String body, String message) {
    assertThatExceptionOfType(PaymentProviderException.class)
        .isThrownBy(() -> read(status, body))
        .withMessage(message);
  }

  private static PortalSessionResponse response(String base) {
    return response("rk_live_1", base);
  }

  private static PortalSessionResponse response(String key, String base) {
    return new PortalSessionResponse(
        TestSettings.stripe(key, base, Optional.empty()),
        new JsonConfiguration().json(),
        new StripeGuard(StripeGuardTest.usual(), Bulkhead.ofDefaults("stripe")));
  }
}
