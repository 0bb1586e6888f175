package com.llmgenerator.billing.dev;

import static com.llmgenerator.billing.dev.StripeStandIn.CUS_CONFLICT;
import static com.llmgenerator.billing.dev.StripeStandIn.CUS_CONNECTION_RESET;
import static com.llmgenerator.billing.dev.StripeStandIn.CUS_DELETED;
import static com.llmgenerator.billing.dev.StripeStandIn.CUS_EVIL_URL;
import static com.llmgenerator.billing.dev.StripeStandIn.CUS_NONSENSE;
import static com.llmgenerator.billing.dev.StripeStandIn.CUS_NO_PORTAL;
import static com.llmgenerator.billing.dev.StripeStandIn.CUS_NO_URL;
import static com.llmgenerator.billing.dev.StripeStandIn.CUS_OTHER_LIVEMODE;
import static com.llmgenerator.billing.dev.StripeStandIn.CUS_OTHER_MODE;
import static com.llmgenerator.billing.dev.StripeStandIn.CUS_RATE_LIMITED;
import static com.llmgenerator.billing.dev.StripeStandIn.CUS_SERVER_ERROR;
import static com.llmgenerator.billing.dev.StripeStandIn.CUS_SERVER_ERROR_NO_RETRY;
import static com.llmgenerator.billing.dev.StripeStandIn.CUS_SERVER_ERROR_RETRY;
import static com.llmgenerator.billing.dev.StripeStandIn.CUS_SLOW;
import static com.llmgenerator.billing.dev.StripeStandIn.CUS_TWICE_FAILING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import com.github.tomakehurst.wiremock.verification.RequestJournalDisabledException;
import com.llmgenerator.billing.dev.StripeStandIn.Options;
import com.stripe.StripeClient;
import com.stripe.exception.ApiConnectionException;
import com.stripe.exception.ApiException;
import com.stripe.exception.AuthenticationException;
import com.stripe.exception.IdempotencyException;
import com.stripe.exception.InvalidRequestException;
import com.stripe.exception.PermissionException;
import com.stripe.exception.RateLimitException;
import com.stripe.exception.StripeException;
import com.stripe.model.billingportal.Session;
import com.stripe.net.RequestOptions;
import com.stripe.param.billingportal.SessionCreateParams;
import com.stripe.param.billingportal.SessionCreateParams.FlowData;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class StripeStandInTest {
  private static final String TEST_KEY = "sk_test_51StandInTestKey";
  private static final String LIVE_KEY = "rk_live_51StandInLiveKey";
  private static final String SESSIONS = "/v1/billing_portal/sessions";
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private static StripeStandIn stripe;

  @BeforeAll
  static void start() {
    stripe = StripeStandIn.start(Options.onPort(0).withSlowAnswer(Duration.ofMillis(300)));
  }

  @AfterAll
  static void stop() {
    stripe.close();
  }

  @BeforeEach
  void reset() {
    stripe.reset();
  }

  @Nested
  class AnswersSessions {
    @Test
    void withEveryFieldOfStripesObject() throws Exception {
      Instant before = Instant.now();

      Session session =
          create(
              TEST_KEY,
              SessionCreateParams.builder()
                  .setCustomer("cus_123")
                  .setReturnUrl("https://app.example.com/billing?tab=plan&from=ü")
                  .setConfiguration("bpc_123")
                  .setLocale(SessionCreateParams.Locale.FR_CA)
                  .setOnBehalfOf("acct_123")
                  .build());

      assertThat(session.getId()).matches("bps_[0-9a-f]{32}");
      assertThat(session.getObject()).isEqualTo("billing_portal.session");
      assertThat(session.getConfiguration()).isEqualTo("bpc_123");
      assertThat(session.getCreated())
          .isBetween(before.getEpochSecond(), Instant.now().getEpochSecond());
      assertThat(session.getCustomer()).isEqualTo("cus_123");
      assertThat(session.getFlow()).isNull();
      assertThat(session.getLivemode()).isFalse();
      assertThat(session.getLocale()).isEqualTo("fr-CA");
      assertThat(session.getOnBehalfOf()).isEqualTo("acct_123");
      assertThat(session.getReturnUrl())
          .isEqualTo("https://app.example.com/billing?tab=plan&from=ü");
      assertThat(session.getUrl())
          .matches("http://127\\.0\\.0\\.1:\\d+/p/session/test_[0-9a-f]{32}")
          .startsWith(stripe.url());
    }

    @Test
    void withNullForWhatWasNotSaid() throws Exception {
      Map<String, Object> session = json(post(TEST_KEY, "customer=cus_123"));

      assertThat(session)
          .containsOnlyKeys(
              "id",
              "object",
              "configuration",
              "created",
              "customer",
              "flow",
              "livemode",
              "locale",
              "on_behalf_of",
              "return_url",
              "url")
          .containsEntry("configuration", "bpc_1StandInDefault")
          .containsEntry("flow", null)
          .containsEntry("locale", null)
          .containsEntry("on_behalf_of", null)
          .containsEntry("return_url", null);
    }

    @Test
    void withANewUrlEachTime() throws Exception {
      Session first = create(TEST_KEY, customer("cus_123"));
      Session second = create(TEST_KEY, customer("cus_123"));

      assertThat(second.getId()).isNotEqualTo(first.getId());
      assertThat(second.getUrl()).isNotEqualTo(first.getUrl());
    }

    @Test
    void inTheModeOfTheKey() throws Exception {
      Session session = create(LIVE_KEY, customer("cus_123"));

      assertThat(session.getLivemode()).isTrue();
      assertThat(session.getUrl()).matches(".*/p/session/live_[0-9a-f]{32}");
    }

    @Test
    void withUrlsOfTheGivenOrigin() throws Exception {
      Options options = Options.onPort(0).withPortalUrl("https://billing.stripe.com");
      try (StripeStandIn other = StripeStandIn.start(options)) {
        Session session = create(other, TEST_KEY, customer("cus_123"), noKey(), 0);

        assertThat(session.getUrl())
            .matches("https://billing\\.stripe\\.com/p/session/test_[0-9a-f]{32}");
      }
    }

    @Test
    void toAKeySentAsBasicUser() throws Exception {
      String credentials =
          Base64.getEncoder().encodeToString((LIVE_KEY + ":").getBytes(StandardCharsets.UTF_8));

      HttpResponse<String> response =
          send(form("customer=cus_123").header("Authorization", "Basic " + credentials));

      assertThat(json(response)).containsEntry("livemode", true);
    }

    @Test
    void readingFormsAsUtf8() throws Exception {
      assertThat(json(post(TEST_KEY, "&customer=cus_%C3%A9+x%2By&&return_url=https%3a%2f%2fa.b")))
          .containsEntry("customer", "cus_é x+y")
          .containsEntry("return_url", "https://a.b");
    }

    @Test
    void toParametersItDoesNotActOn() throws Exception {
      assertThat(json(post(TEST_KEY, "customer=cus_123&expand[]=configuration")))
          .containsEntry("configuration", "bpc_1StandInDefault");
    }

    @ParameterizedTest
    @EnumSource
    void inEveryLanguageOfStripes(SessionCreateParams.Locale locale) throws Exception {
      SessionCreateParams asked =
          SessionCreateParams.builder().setCustomer("cus_123").setLocale(locale).build();

      assertThat(create(TEST_KEY, asked).getLocale()).isEqualTo(locale.getValue());
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "SUBSCRIPTION_UPDATE_CONFIRM")
    void withTheFlowThatWasAskedFor(FlowData.Type type) throws Exception {
      Session.Flow flow = create(TEST_KEY, flow(type)).getFlow();

      assertThat(flow.getType()).isEqualTo(type.getValue());
      assertThat(flow.getAfterCompletion().getType()).isEqualTo("redirect");
      assertThat(flow.getAfterCompletion().getRedirect().getReturnUrl())
          .isEqualTo("https://app.example.com/after");
      assertThat(flow.getAfterCompletion().getHostedConfirmation()).isNull();
      assertThat(flow.getSubscriptionUpdateConfirm()).isNull();
      if (type == FlowData.Type.SUBSCRIPTION_CANCEL) {
        assertThat(flow.getSubscriptionCancel().getSubscription()).isEqualTo("sub_123");
      } else {
        assertThat(flow.getSubscriptionCancel()).isNull();
      }
      if (type == FlowData.Type.SUBSCRIPTION_UPDATE) {
        assertThat(flow.getSubscriptionUpdate().getSubscription()).isEqualTo("sub_123");
      } else {
        assertThat(flow.getSubscriptionUpdate()).isNull();
      }
    }

    @Test
    void withStripesHeaders() throws Exception {
      HttpResponse<String> response =
          send(
              form("customer=cus_123")
                  .header("Authorization", "Bearer " + TEST_KEY)
                  .header("Stripe-Version", "2026-07-29.dahlia")
                  .header("Idempotency-Key", "key-1"));

      String requestId = header(response, "Request-Id");
      assertThat(requestId).matches("req_[0-9a-f]{32}");
      assertThat(response.headers().map())
          .containsEntry("content-type", List.of("application/json"))
          .containsEntry("stripe-version", List.of("2026-07-29.dahlia"))
          .containsEntry("idempotency-key", List.of("key-1"))
          .containsEntry("original-request", List.of(requestId))
          .doesNotContainKeys("idempotent-replayed", "matched-stub-id");
    }
  }

  @Nested
  class RemembersRequests {
    @Test
    void exactlyAndInTheirOrder() throws Exception {
      post(TEST_KEY, "customer=cus_123&return_url=https%3A%2F%2Fapp.example.com%2F%3Fa%3Db%2Bc");
      post(LIVE_KEY, "customer=cus_456");

      List<LoggedRequest> requests = stripe.portalSessionRequests();
      assertThat(requests)
          .extracting(LoggedRequest::getBodyAsString)
          .containsExactly(
              "customer=cus_123&return_url=https%3A%2F%2Fapp.example.com%2F%3Fa%3Db%2Bc",
              "customer=cus_456");
      assertThat(requests.get(0).getMethod().value()).isEqualTo("POST");
      assertThat(requests.get(0).getUrl()).isEqualTo(SESSIONS);
      assertThat(requests.get(0).getHeader("Authorization")).isEqualTo("Bearer " + TEST_KEY);
    }

    @Test
    void untilReset() throws Exception {
      Session first = create(stripe, TEST_KEY, customer("cus_123"), key("key-1"), 0);

      stripe.reset();

      assertThat(stripe.portalSessionRequests()).isEmpty();
      assertThat(create(stripe, TEST_KEY, customer("cus_123"), key("key-1"), 0).getId())
          .isNotEqualTo(first.getId());
    }

    @Test
    void unlessToldNotTo() throws Exception {
      try (StripeStandIn other = StripeStandIn.start(Options.onPort(0).withoutJournal())) {
        create(other, TEST_KEY, customer("cus_123"), noKey(), 0);

        assertThatExceptionOfType(RequestJournalDisabledException.class)
            .isThrownBy(other::portalSessionRequests);
      }
    }
  }

  @Nested
  class RepeatsAnswersByIdempotencyKey {
    @Test
    void ofSessions() throws Exception {
      Session first = create(stripe, TEST_KEY, customer("cus_123"), key("key-1"), 0);
      Session second = create(stripe, TEST_KEY, customer("cus_123"), key("key-1"), 0);

      assertThat(second).isEqualTo(first);
      assertThat(second.getLastResponse().headers().firstValue("Idempotent-Replayed"))
          .contains("true");
      assertThat(second.getLastResponse().headers().firstValue("Original-Request"))
          .contains(first.getLastResponse().requestId());
      assertThat(second.getLastResponse().requestId())
          .isNotEqualTo(first.getLastResponse().requestId());
    }

    @Test
    void ofConcurrentRequests() {
      List<CompletableFuture<HttpResponse<String>>> answers =
          IntStream.range(0, 32)
              .mapToObj(
                  each ->
                      HTTP.sendAsync(
                          form("customer=cus_123")
                              .header("Authorization", "Bearer " + TEST_KEY)
                              .header("Idempotency-Key", "key-1")
                              .build(),
                          BodyHandlers.ofString()))
              .toList();

      assertThat(answers)
          .extracting(answer -> answer.join().body())
          .containsOnly(answers.get(0).join().body());
    }

    @ParameterizedTest
    @ValueSource(strings = {CUS_SERVER_ERROR, CUS_DELETED})
    void ofFailuresOnceExecuted(String customer) throws Exception {
      HttpResponse<String> first = postKeyed("customer=" + customer);
      HttpResponse<String> second = postKeyed("customer=" + customer);

      assertThat(second.statusCode()).isEqualTo(first.statusCode());
      assertThat(second.body()).isEqualTo(first.body());
      assertThat(header(second, "Idempotent-Replayed")).isEqualTo("true");
    }

    @ParameterizedTest
    @ValueSource(strings = {CUS_RATE_LIMITED, CUS_CONFLICT})
    void butNotOfWhatWasNotExecuted(String customer) throws Exception {
      postKeyed("customer=" + customer);
      HttpResponse<String> second = postKeyed("customer=" + customer);

      assertThat(second.headers().firstValue("Idempotent-Replayed")).isEmpty();
      assertThat(postKeyed("customer=cus_123").statusCode()).isEqualTo(200);
    }

    @Test
    void butNotOfValidationFailures() throws Exception {
      assertThat(postKeyed("customer=cus_123&return_url=here").statusCode()).isEqualTo(400);
      assertThat(postKeyed("customer=cus_123").statusCode()).isEqualTo(200);
    }

    @Test
    void butNotAcrossModes() throws Exception {
      create(stripe, TEST_KEY, customer("cus_123"), key("key-1"), 0);

      assertThat(create(stripe, LIVE_KEY, customer("cus_123"), key("key-1"), 0).getLivemode())
          .isTrue();
    }

    @Test
    void andRefusesOtherParameters() throws Exception {
      create(stripe, TEST_KEY, customer("cus_123"), key("key-1"), 0);

      Throwable failure =
          catchThrowable(() -> create(stripe, TEST_KEY, customer("cus_456"), key("key-1"), 0));

      assertRefusal(
          failure,
          IdempotencyException.class,
          new RejectedRequest(
              400,
              "idempotency_error",
              null,
              null,
              "Keys for idempotent requests can only be used with the same parameters they were"
                  + " first used with. Try using a key other than 'key-1' if you meant to execute"
                  + " a different request."));
    }
  }

  @Nested
  class RefusesLikeStripe {
    @Test
    void missingCustomer() {
      assertRefusal(
          SessionCreateParams.builder().build(),
          InvalidRequestException.class,
          new RejectedRequest(
              400,
              "invalid_request_error",
              "parameter_missing",
              "customer",
              "Missing required param: customer."));
    }

    @Test
    void emptyParameter() throws Exception {
      assertThat(error(post(TEST_KEY, "customer=cus_123&configuration=")))
          .containsEntry("code", "parameter_invalid_empty")
          .containsEntry("param", "configuration")
          .containsEntry(
              "message",
              "You passed an empty string for 'configuration'. We assume empty values are an"
                  + " attempt to unset a field; however 'configuration' cannot be unset. You should"
                  + " remove 'configuration' from your request or supply a non-empty value.");
    }

    @Test
    void unknownParameter() {
      assertRefusal(
          SessionCreateParams.builder().setCustomer("cus_123").putExtraParam("foo", "bar").build(),
          InvalidRequestException.class,
          new RejectedRequest(
              400,
              "invalid_request_error",
              "parameter_unknown",
              "foo",
              "Received unknown parameter: foo"));
    }

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        quoteCharacter = '"',
        textBlock =
            """
            locale=no|locale||Invalid locale: must be one of auto, bg, cs, da, de, el, en, en-AU, \
            en-CA, en-GB, en-IE, en-IN, en-NZ, en-SG, es, es-419, et, fi, fil, fr, fr-CA, hr, hu, \
            id, it, ja, ko, lt, lv, ms, mt, nb, nl, pl, pt, pt-BR, ro, ru, sk, sl, sv, th, tr, vi, \
            zh, zh-HK, or zh-TW
            flow_data[type]=x|flow_data[type]||Invalid flow_data[type]: must be one of \
            payment_method_update, subscription_cancel, or subscription_update
            flow_data[after_completion][type]=redirect|flow_data[type]|parameter_missing|\
            Missing required param: flow_data[type].
            flow_data[type]=subscription_cancel|flow_data[subscription_cancel][subscription]|\
            parameter_missing|Missing required param: flow_data[subscription_cancel][subscription].
            flow_data[type]=subscription_update&flow_data[subscription_update][subscription]=x|\
            flow_data[subscription_update][subscription]|resource_missing|No such subscription: 'x'
            flow_data[type]=payment_method_update&flow_data[subscription_cancel][subscription]=sub_1|\
            flow_data[subscription_cancel][subscription]|parameter_unknown|\
            `flow_data[subscription_cancel]` cannot be passed with the flow `payment_method_update`.
            flow_data[type]=payment_method_update&flow_data[after_completion][type]=redirect|\
            flow_data[after_completion][redirect][return_url]|parameter_missing|\
            Missing required param: flow_data[after_completion][redirect][return_url].
            flow_data[type]=payment_method_update&flow_data[after_completion][type]=redirect\
            &flow_data[after_completion][redirect][return_url]=x|\
            flow_data[after_completion][redirect][return_url]|url_invalid|Not a valid URL
            flow_data[type]=payment_method_update&flow_data[x]=y|flow_data[x]|parameter_unknown|\
            Received unknown parameter: flow_data[x]
            flow_data[type]=subscription_cancel&flow_data[subscription_cancel][subscription]=sub_Ending|\
            ||This subscription cannot be canceled because it is already set to be canceled at the \
            end of its period.
            """)
    void otherLanguagesAndFlows(String form, String param, String code, String message)
        throws Exception {
      Map<String, Object> error = error(post(TEST_KEY, "customer=cus_123&" + form));
      assertThat(error).containsEntry("message", message);
      assertThat(error.get("param")).isEqualTo(param);
      assertThat(error.get("code")).isEqualTo(code);
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "/billing",
          "//app.example.com/",
          "app.example.com",
          "mailto:a@b.c",
          "ftp://a.b/",
          "javascript:alert(1)",
          " "
        })
    void returnUrlThatIsNoWebAddress(String returnUrl) {
      assertRefusal(
          SessionCreateParams.builder().setCustomer("cus_123").setReturnUrl(returnUrl).build(),
          InvalidRequestException.class,
          new RejectedRequest(
              400, "invalid_request_error", "url_invalid", "return_url", "Not a valid URL"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"bpc_missing", "123"})
    void unknownConfiguration(String configuration) {
      assertRefusal(
          SessionCreateParams.builder()
              .setCustomer("cus_123")
              .setConfiguration(configuration)
              .build(),
          InvalidRequestException.class,
          new RejectedRequest(
              400,
              "invalid_request_error",
              "resource_missing",
              "configuration",
              "No such configuration: '" + configuration + "'"));
    }

    @ParameterizedTest
    @ValueSource(strings = {CUS_DELETED, "user_123"})
    void missingCustomerObject(String customer) {
      assertRefusal(
          customer(customer),
          InvalidRequestException.class,
          new RejectedRequest(
              400,
              "invalid_request_error",
              "resource_missing",
              "customer",
              "No such customer: '" + customer + "'"));
    }

    @Test
    void customerOfTheOtherMode() {
      assertRefusal(
          catchThrowable(() -> create(LIVE_KEY, customer(CUS_OTHER_MODE))),
          InvalidRequestException.class,
          new RejectedRequest(
              400,
              "invalid_request_error",
              "resource_missing",
              "customer",
              "No such customer: 'cus_OtherMode'; a similar object exists in test mode, but a live"
                  + " mode key was used to make this request."));
      assertRefusal(
          customer(CUS_OTHER_MODE),
          InvalidRequestException.class,
          new RejectedRequest(
              400,
              "invalid_request_error",
              "resource_missing",
              "customer",
              "No such customer: 'cus_OtherMode'; a similar object exists in live mode, but a test"
                  + " mode key was used to make this request."));
    }

    @Test
    void accountWithoutPortalUnlessConfigurationIsNamed() throws Exception {
      assertRefusal(
          customer(CUS_NO_PORTAL),
          InvalidRequestException.class,
          new RejectedRequest(
              400,
              "invalid_request_error",
              null,
              null,
              "No configuration provided and your test mode default configuration has not been"
                  + " created. Provide a configuration or create your default by saving your"
                  + " customer portal settings in test mode at"
                  + " https://dashboard.stripe.com/test/settings/billing/portal."));
      assertThat(
              create(
                      TEST_KEY,
                      SessionCreateParams.builder()
                          .setCustomer(CUS_NO_PORTAL)
                          .setConfiguration("bpc_123")
                          .build())
                  .getCustomer())
          .isEqualTo(CUS_NO_PORTAL);
    }

    @Test
    void wrongKey() {
      assertRefusal(
          catchThrowable(() -> create("sk_test_invalid567890abcd", customer("cus_123"))),
          AuthenticationException.class,
          new RejectedRequest(
              401,
              "invalid_request_error",
              null,
              null,
              "Invalid API Key provided: sk_test_*************abcd"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"pk_test_51StandIn", "sk_51StandInTestKey", "secret"})
    void keyOfAnotherShape(String key) {
      assertThat(catchThrowable(() -> create(key, customer("cus_123"))))
          .isExactlyInstanceOf(AuthenticationException.class);
    }

    @Test
    void missingKey() throws Exception {
      HttpResponse<String> response = send(form("customer=cus_123"));

      assertThat(response.statusCode()).isEqualTo(401);
      assertThat(header(response, "WWW-Authenticate")).isEqualTo("Basic realm=\"Stripe\"");
      assertThat(error(response))
          .containsExactlyInAnyOrderEntriesOf(
              Map.of(
                  "type",
                  "invalid_request_error",
                  "message",
                  "You did not provide an API key. You need to provide your API key in the"
                      + " Authorization header, using Bearer auth (e.g. 'Authorization: Bearer"
                      + " YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for"
                      + " details, or we can help at https://support.stripe.com/."));
    }

    @Test
    void restrictedKeyWithoutPermission() {
      assertRefusal(
          catchThrowable(() -> create("rk_test_nopermission1234", customer("cus_123"))),
          PermissionException.class,
          new RejectedRequest(
              403,
              "invalid_request_error",
              null,
              null,
              "The provided key 'rk_test_************1234' does not have the required permissions"
                  + " for this endpoint on account 'acct_1StandIn'. Having the"
                  + " 'rak_customer_portal_write' permission would allow this request to"
                  + " continue."));
    }

    @Test
    void unsupportedVersion() throws Exception {
      HttpResponse<String> response =
          send(
              form("customer=cus_123")
                  .header("Authorization", "Bearer " + TEST_KEY)
                  .header("Stripe-Version", "2019-2-19"));

      assertThat(response.statusCode()).isEqualTo(400);
      assertThat(error(response))
          .containsEntry("type", "invalid_request_error")
          .containsEntry("message", "Invalid Stripe API version: 2019-2-19");
    }

    @Test
    void bodyThatIsNoForm() throws Exception {
      HttpResponse<String> response =
          send(
              request(SESSIONS)
                  .POST(BodyPublishers.ofString("{\"customer\": \"cus_123\"}"))
                  .header("Authorization", "Bearer " + TEST_KEY)
                  .header("Content-Type", "application/json"));

      assertThat(response.statusCode()).isEqualTo(400);
      assertThat(error(response))
          .containsEntry("type", "invalid_request_error")
          .containsEntry(
              "message",
              "Invalid request: unsupported Content-Type application/json. If error persists and"
                  + " you need assistance, please contact support@stripe.com.");
    }

    @ParameterizedTest
    @ValueSource(strings = {SESSIONS, "/v1/products", "/p", "/favicon.ico"})
    void otherUrl(String path) throws Exception {
      HttpResponse<String> response = send(request(path + "?a=b"));

      assertThat(response.statusCode()).isEqualTo(404);
      assertThat(header(response, "Request-Id")).matches("req_[0-9a-f]{32}");
      assertThat(error(response))
          .containsExactlyInAnyOrderEntriesOf(
              Map.of(
                  "type",
                  "invalid_request_error",
                  "message",
                  "Unrecognized request URL (GET: "
                      + path
                      + "). Please see https://stripe.com/docs or we can help at"
                      + " https://support.stripe.com/."));
    }

    @Test
    void accessToItsAdministration() throws Exception {
      assertThat(send(request("/__admin/requests")).statusCode()).isEqualTo(401);
    }
  }

  @Nested
  class MisbehavesOnRequest {
    @Test
    void limitingTheRate() throws Exception {
      assertRefusal(
          customer(CUS_RATE_LIMITED),
          RateLimitException.class,
          new RejectedRequest(
              429,
              "invalid_request_error",
              "rate_limit",
              null,
              "Request rate limit exceeded. Learn more about rate limits here"
                  + " https://stripe.com/docs/rate-limits."));
      assertThat(
              header(post(TEST_KEY, "customer=" + CUS_RATE_LIMITED), "Stripe-Rate-Limited-Reason"))
          .isEqualTo("endpoint-rate");
    }

    @Test
    void conflicting() {
      assertRefusal(
          customer(CUS_CONFLICT),
          ApiException.class,
          new RejectedRequest(
              409,
              "invalid_request_error",
              "lock_timeout",
              null,
              "This object cannot be accessed right now because another API request or Stripe"
                  + " process is currently accessing it. If you see this error intermittently,"
                  + " retry the request. If you see this error frequently and are making multiple"
                  + " concurrent requests to a single object, make your requests serially or at a"
                  + " lower rate."));
    }

    @ParameterizedTest
    @ValueSource(strings = {CUS_SERVER_ERROR, CUS_SERVER_ERROR_RETRY, CUS_SERVER_ERROR_NO_RETRY})
    void failing(String customer) {
      assertRefusal(
          customer(customer),
          ApiException.class,
          new RejectedRequest(
              500,
              "api_error",
              null,
              null,
              "An unexpected error occurred. We have been notified of the problem."));
    }

    @Test
    void advisingWhetherToRetry() throws Exception {
      assertThat(shouldRetry(CUS_SERVER_ERROR)).isNull();
      assertThat(shouldRetry(CUS_SERVER_ERROR_RETRY)).isEqualTo("true");
      assertThat(shouldRetry(CUS_SERVER_ERROR_NO_RETRY)).isEqualTo("false");
    }

    @Test
    void recoveringAtTheThirdAttempt() throws Exception {
      Session session = create(stripe, TEST_KEY, customer(CUS_TWICE_FAILING), key("key-1"), 2);

      assertThat(session.getCustomer()).isEqualTo(CUS_TWICE_FAILING);
      assertThat(stripe.portalSessionRequests())
          .extracting(request -> request.getHeader("Idempotency-Key"))
          .containsExactly("key-1", "key-1", "key-1");
      assertThat(create(stripe, TEST_KEY, customer(CUS_TWICE_FAILING), key("key-1"), 0))
          .isEqualTo(session);
    }

    @Test
    void answeringLate() throws Exception {
      long before = System.nanoTime();

      create(TEST_KEY, customer(CUS_SLOW));

      assertThat(Duration.ofNanos(System.nanoTime() - before))
          .isGreaterThan(Duration.ofMillis(299));
    }

    @Test
    void resettingTheConnection() {
      assertThat(catchThrowable(() -> create(TEST_KEY, customer(CUS_CONNECTION_RESET))))
          .isExactlyInstanceOf(ApiConnectionException.class);
    }

    @Test
    void answeringNonsense() throws Exception {
      HttpResponse<String> response = post(TEST_KEY, "customer=" + CUS_NONSENSE);

      assertThat(response.statusCode()).isEqualTo(200);
      assertThat(header(response, "Content-Type")).isEqualTo("text/html; charset=utf-8");
      assertThat(response.body()).startsWith("<!DOCTYPE html>");
      assertThat(catchThrowable(() -> create(TEST_KEY, customer(CUS_NONSENSE))))
          .isExactlyInstanceOf(ApiException.class)
          .hasMessageStartingWith("Invalid response object from API");
    }

    @Test
    void leavingOutTheUrl() throws Exception {
      assertThat(json(post(TEST_KEY, "customer=" + CUS_NO_URL)))
          .containsEntry("customer", CUS_NO_URL)
          .doesNotContainKey("url");
    }

    @Test
    void claimingTheOtherMode() throws Exception {
      assertThat(create(TEST_KEY, customer(CUS_OTHER_LIVEMODE)).getLivemode()).isTrue();
      assertThat(create(LIVE_KEY, customer(CUS_OTHER_LIVEMODE)).getLivemode()).isFalse();
    }

    @Test
    void sendingUsersElsewhere() throws Exception {
      assertThat(create(TEST_KEY, customer(CUS_EVIL_URL)).getUrl())
          .matches("https://evil\\.example\\.com/p/session/test_[0-9a-f]{32}");
    }

    private String shouldRetry(String customer) throws Exception {
      return header(post(TEST_KEY, "customer=" + customer), "Stripe-Should-Retry");
    }
  }

  @Nested
  class ShowsAPage {
    @Test
    void ofTheSession() throws Exception {
      Session session =
          create(
              LIVE_KEY,
              SessionCreateParams.builder()
                  .setCustomer("cus_123")
                  .setConfiguration("bpc_123")
                  .setReturnUrl("https://app.example.com/?a=b&c=d")
                  .build());

      HttpResponse<String> page = send(HttpRequest.newBuilder(URI.create(session.getUrl())));

      assertThat(page.statusCode()).isEqualTo(200);
      assertThat(header(page, "Content-Type")).isEqualTo("text/html; charset=utf-8");
      assertThat(page.body())
          .contains(
              "<dt>Customer</dt><dd>cus_123</dd>",
              "<dt>Mode</dt><dd>Live</dd>",
              "<dt>Configuration</dt><dd>bpc_123</dd>",
              "<h2 id=\"payment-methods\">Payment methods</h2>",
              "<h2 id=\"invoices\">Invoices</h2>",
              ">Update plan</a>",
              ">Cancel plan</a>",
              "<h2 id=\"details\">Customer details</h2>",
              "<a id=\"return\" href=\"https://app.example.com/?a=b&amp;c=d\">"
                  + "Return to https://app.example.com/?a=b&amp;c=d</a>")
          .containsOnlyOnce("<link")
          .contains("<link rel=\"stylesheet\" href=\"/style.css\">")
          .doesNotContain("src=", "style=", "<style", "@import", "url(");
    }

    @Test
    void withoutLinkIfThereIsNoReturnUrl() throws Exception {
      Session session = create(TEST_KEY, customer("cus_123"));

      assertThat(send(HttpRequest.newBuilder(URI.create(session.getUrl()))).body())
          .contains("<dt>Mode</dt><dd>Test</dd>")
          .doesNotContain("Return to");
    }

    @Test
    void escapingWhatItShows() throws Exception {
      String body = "customer=" + URLEncoder.encode("cus_\"><script>", StandardCharsets.UTF_8);
      String url = (String) json(post(TEST_KEY, body)).get("url");

      assertThat(send(HttpRequest.newBuilder(URI.create(url))).body())
          .contains("<dt>Customer</dt><dd>cus_&quot;&gt;&lt;script&gt;</dd>")
          .doesNotContain("<script");
    }

    @Test
    void forUnknownSessionsToo() throws Exception {
      HttpResponse<String> page = send(request("/p/session/test_unknown"));

      assertThat(page.statusCode()).isEqualTo(404);
      assertThat(header(page, "Content-Type")).isEqualTo("text/html; charset=utf-8");
      assertThat(page.body()).contains("<h1>Session not found</h1>");
    }

    @Test
    void ofItself() throws Exception {
      HttpResponse<String> page = send(request("/"));

      assertThat(page.statusCode()).isEqualTo(200);
      assertThat(page.body()).contains("<h1>Stripe stand-in</h1>");
    }
  }

  @Nested
  class Runs {
    @Test
    void onlyOnAFreePort() {
      int port = URI.create(stripe.url()).getPort();
      Set<Thread> threadsBefore = threadsHoldingTheJvm();

      assertThatIllegalStateException()
          .isThrownBy(() -> StripeStandIn.start(port))
          .withMessage("Port " + port + " is in use: stop what listens there");
      assertOnlyTheseHoldTheJvm(threadsBefore);
    }

    @Test
    @Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void servingOthersWhileAnswersWaitAndStoppingAtOnce() throws Exception {
      Set<Thread> threadsBefore = threadsHoldingTheJvm();
      StripeStandIn other = StripeStandIn.start(0);
      HttpRequest slow =
          HttpRequest.newBuilder(URI.create(other.url() + SESSIONS))
              .POST(BodyPublishers.ofString("customer=" + CUS_SLOW))
              .header("Content-Type", "application/x-www-form-urlencoded")
              .header("Authorization", "Bearer " + TEST_KEY)
              .build();
      List<CompletableFuture<HttpResponse<String>>> waiting =
          IntStream.range(0, 200)
              .mapToObj(each -> HTTP.sendAsync(slow, BodyHandlers.ofString()))
              .toList();
      await().until(() -> other.portalSessionRequests().size() == 200);

      assertThat(create(other, TEST_KEY, customer("cus_123"), noKey(), 0).getCustomer())
          .isEqualTo("cus_123");
      other.close();

      assertThat(waiting)
          .allSatisfy(
              answer ->
                  assertThat(answer)
                      .failsWithin(5, TimeUnit.SECONDS)
                      .withThrowableThat()
                      .withCauseInstanceOf(IOException.class));
      assertOnlyTheseHoldTheJvm(threadsBefore);
    }

    private void assertOnlyTheseHoldTheJvm(Set<Thread> threads) {
      // Awaitility's own thread would hold the JVM too.
      await()
          .pollInSameThread()
          .untilAsserted(() -> assertThat(threadsHoldingTheJvm()).isSubsetOf(threads));
    }

    private Set<Thread> threadsHoldingTheJvm() {
      return Thread.getAllStackTraces().keySet().stream()
          .filter(thread -> !thread.isDaemon())
          .collect(Collectors.toSet());
    }
  }

  private record RejectedRequest(
      int status, String type, String code, String param, String message) {}

  private static void assertRefusal(
      SessionCreateParams params,
      Class<? extends StripeException> thrown,
      RejectedRequest expected) {
    assertRefusal(catchThrowable(() -> create(TEST_KEY, params)), thrown, expected);
  }

  private static void assertRefusal(
      Throwable failure, Class<? extends StripeException> thrown, RejectedRequest expected) {
    assertThat(failure).isExactlyInstanceOf(thrown);
    StripeException refused = (StripeException) failure;
    assertThat(
            new RejectedRequest(
                refused.getStatusCode(),
                refused.getStripeError().getType(),
                refused.getStripeError().getCode(),
                refused.getStripeError().getParam(),
                refused.getStripeError().getMessage()))
        .isEqualTo(expected);
    assertThat(refused.getRequestId()).matches("req_[0-9a-f]{32}");
    assertThat(refused.getStripeError().getDocUrl())
        .isEqualTo(
            expected.code() == null
                ? null
                : "https://stripe.com/docs/error-codes/" + expected.code().replace('_', '-'));
    if (expected.status() != 401 && expected.status() != 403) {
      assertThat(refused.getStripeError().getRequestLogUrl())
          .matches(
              "https://dashboard\\.stripe\\.com/(test/)?logs/"
                  + refused.getRequestId()
                  + "\\?t=\\d+");
    }
  }

  /** A flow of the subscription sub_123, if it is one of a subscription. */
  private static SessionCreateParams flow(FlowData.Type type) {
    FlowData.Builder flow =
        FlowData.builder()
            .setType(type)
            .setAfterCompletion(
                FlowData.AfterCompletion.builder()
                    .setType(FlowData.AfterCompletion.Type.REDIRECT)
                    .setRedirect(
                        FlowData.AfterCompletion.Redirect.builder()
                            .setReturnUrl("https://app.example.com/after")
                            .build())
                    .build());
    if (type == FlowData.Type.SUBSCRIPTION_CANCEL) {
      flow.setSubscriptionCancel(
          FlowData.SubscriptionCancel.builder().setSubscription("sub_123").build());
    }
    if (type == FlowData.Type.SUBSCRIPTION_UPDATE) {
      flow.setSubscriptionUpdate(
          FlowData.SubscriptionUpdate.builder().setSubscription("sub_123").build());
    }
    return SessionCreateParams.builder()
        .setCustomer("cus_123")
        .setReturnUrl("https://app.example.com/")
        .setFlowData(flow.build())
        .build();
  }

  private static SessionCreateParams customer(String id) {
    return SessionCreateParams.builder().setCustomer(id).build();
  }

  private static RequestOptions key(String idempotencyKey) {
    return RequestOptions.builder().setIdempotencyKey(idempotencyKey).build();
  }

  private static RequestOptions noKey() {
    return RequestOptions.builder().build();
  }

  private static Session create(String key, SessionCreateParams params) throws StripeException {
    return create(stripe, key, params, noKey(), 0);
  }

  private static Session create(
      StripeStandIn server,
      String key,
      SessionCreateParams params,
      RequestOptions options,
      int retries)
      throws StripeException {
    return StripeClient.builder()
        .setApiKey(key)
        .setApiBase(server.url())
        .setMaxNetworkRetries(retries)
        .build()
        .v1()
        .billingPortal()
        .sessions()
        .create(params, options);
  }

  private static HttpResponse<String> post(String key, String body) throws Exception {
    return send(form(body).header("Authorization", "Bearer " + key));
  }

  private static HttpResponse<String> postKeyed(String body) throws Exception {
    return send(
        form(body)
            .header("Authorization", "Bearer " + TEST_KEY)
            .header("Idempotency-Key", "key-1"));
  }

  private static HttpRequest.Builder form(String body) {
    return request(SESSIONS)
        .POST(BodyPublishers.ofString(body))
        .header("Content-Type", "application/x-www-form-urlencoded");
  }

  private static HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(stripe.url() + path));
  }

  private static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return HTTP.send(request.build(), BodyHandlers.ofString());
  }

  private static String header(HttpResponse<String> response, String name) {
    return response.headers().firstValue(name).orElse(null);
  }

  private static Map<String, Object> json(HttpResponse<String> response) throws Exception {
    return new ObjectMapper().readValue(response.body(), new TypeReference<>() {});
  }

  /** What is in the error, without the address of its log entry. */
  private static Map<String, Object> error(HttpResponse<String> response) throws Exception {
    assertThat(header(response, "Content-Type")).isEqualTo("application/json");
    Map<String, Object> body = json(response);
    assertThat(body).containsOnlyKeys("error");
    Map<String, Object> error = new HashMap<>();
    ((Map<?, ?>) body.get("error")).forEach((name, value) -> error.put((String) name, value));
    error.remove("request_log_url");
    return error;
  }
}
