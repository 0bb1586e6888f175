package com.llmgenerator.billing.portal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.llmgenerator.billing.Settings;
import com.llmgenerator.billing.config.JsonConfiguration;
import com.llmgenerator.billing.config.Origin;
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
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PortalSessionsTest {
  private static final String SESSION =
      """
      {"id": "bps_1", "object": "billing_portal.session", "customer": "cus_1", "livemode": %s, "url": %s}
      """;
  private static final String URL = "\"https://billing.stripe.com/p/session/live_1\"";

  private final PortalSessions sessions = sessions("https://api.stripe.com", Optional.empty());

  @Nested
  class WritesTheForm {
    @Test
    void escapingWhatTheCallerChose() throws Exception {
      assertThat(
              EntityUtils.toString(
                  sessions.form(
                      "cus_1",
                      "https://a.example.com/x?y=1&customer=cus_2#z%20+",
                      null,
                      null,
                      null)))
          .isEqualTo(
              "customer=cus_1&return_url="
                  + "https%3A%2F%2Fa.example.com%2Fx%3Fy%3D1%26customer%3Dcus_2%23z%2520%2B");
    }

    @Test
    void withThePortalConfigurationIfOneIsSet() throws Exception {
      PortalSessions configured = sessions("https://api.stripe.com", Optional.of("bpc_1"));
      assertThat(
              EntityUtils.toString(
                  configured.form("cus_1", "https://a.example.com", null, null, null)))
          .isEqualTo("customer=cus_1&return_url=https%3A%2F%2Fa.example.com&configuration=bpc_1");
    }
  }

  @Nested
  class WritesTheFlow {
    private static final String BEGIN =
        "customer=cus_1&return_url=https%3A%2F%2Fa.example.com&locale=fr-CA&flow_data%5Btype%5D=";
    private static final String END =
        "&flow_data%5Bafter_completion%5D%5Btype%5D=redirect"
            + "&flow_data%5Bafter_completion%5D%5Bredirect%5D%5Breturn_url%5D="
            + "https%3A%2F%2Fa.example.com";

    @Test
    void ofNoSubscription() throws Exception {
      assertThat(form("payment_method_update", null))
          .isEqualTo(BEGIN + "payment_method_update" + END);
    }

    @ParameterizedTest
    @ValueSource(strings = {"subscription_cancel", "subscription_update"})
    void ofASubscription(String flow) throws Exception {
      assertThat(form(flow, "sub_1"))
          .isEqualTo(BEGIN + flow + "&flow_data%5B" + flow + "%5D%5Bsubscription%5D=sub_1" + END);
    }

    private String form(String flow, String subscription) throws Exception {
      return EntityUtils.toString(
          sessions.form("cus_1", "https://a.example.com", "fr-CA", flow, subscription));
    }
  }

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
      PortalSessions local = sessions("http://localhost:12111", Optional.empty());
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
      PortalSessions local = sessions("sk_test_1", "http://localhost:12111", Optional.empty());
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
          .isThrownBy(() -> sessions.read(200, null, "cus_1", null))
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
    return sessions.read(status, body.getBytes(StandardCharsets.UTF_8), "cus_1", flow);
  }

  private void assertFailure(int status, String body, String message) {
    assertThatExceptionOfType(PaymentProviderException.class)
        .isThrownBy(() -> read(status, body))
        .withMessage(message);
  }

  private static PortalSessions sessions(String base, Optional<String> configuration) {
    return sessions("rk_live_1", base, configuration);
  }

  private static PortalSessions sessions(String key, String base, Optional<String> configuration) {
    Settings settings =
        new Settings(
            null,
            new Settings.Stripe(
                key,
                Origin.ofUrl(base),
                "2026-09-30.endive",
                configuration,
                Origin.ofUrl("https://billing.stripe.com"),
                List.of()),
            new Settings.Portal(
                null, Set.of(), Set.of(), Set.of(), Duration.ofSeconds(10), 1, 1, 1));
    return new PortalSessions(
        settings,
        new JsonConfiguration().json(),
        new StripeGuard(StripeGuardTest.usual(), Bulkhead.ofDefaults("stripe")));
  }
}
