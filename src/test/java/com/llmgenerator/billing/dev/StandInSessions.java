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

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import com.llmgenerator.billing.dev.StripeAnswer.RejectedRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BiFunction;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/**
 * Makes portal sessions, keeps the latest 10,000 open for a visit, and the configurations of both
 * modes.
 */
final class StandInSessions {
  private static final String DEFAULT_CONFIGURATION = StandInConfigurations.DEFAULT;
  private static final String DEFAULT_API_VERSION = "2026-09-30.endive";
  private static final int OPEN_SESSIONS = 10_000;
  private static final String SHOULD_RETRY = "Stripe-Should-Retry";

  private final Supplier<String> portalUrl;
  private final Duration slowAnswer;
  private final IdempotentAnswers idempotentAnswers = new IdempotentAnswers();
  private final StandInConfigurations liveConfigurations = new StandInConfigurations(true);
  private final StandInConfigurations testConfigurations = new StandInConfigurations(false);
  private final StandInLists lists;
  private final Map<String, Session> openSessions = IdempotentAnswers.latest(OPEN_SESSIONS);

  /**
   * Starts without sessions.
   *
   * @param portalUrl what session URLs begin with
   * @param slowAnswer how long the slow customer waits
   * @param lists what else the account has
   */
  StandInSessions(Supplier<String> portalUrl, Duration slowAnswer, StandInLists lists) {
    this.lists = lists;
    this.portalUrl = portalUrl;
    this.slowAnswer = slowAnswer;
  }

  /** Answers {@code POST /v1/billing_portal/sessions}. */
  StripeAnswer create(LoggedRequest received) {
    return answerApi(
        received,
        (request, requestId) -> {
          Map<String, String> parameters = request.sessionParameters();
          return once(
              received,
              request,
              parameters,
              requestId,
              attempt -> execute(request, parameters, attempt));
        });
  }

  /** Answers {@code POST /v1/billing_portal/configurations}. */
  StripeAnswer createConfiguration(LoggedRequest received) {
    return answerApi(
        received,
        (request, requestId) -> {
          Map<String, String> parameters = request.parameters();
          return once(
              received,
              request,
              parameters,
              requestId,
              attempt -> StripeAnswer.json(200, configurations(request).create(parameters)));
        });
  }

  /** Answers {@code GET /v1/billing_portal/configurations}. */
  StripeAnswer listConfigurations(LoggedRequest received) {
    return answerApi(
        received,
        (request, requestId) ->
            StripeAnswer.json(200, configurations(request).list(request.parameters()))
                .after(lists.delay()));
  }

  /** Answers {@code GET} and {@code POST /v1/billing_portal/configurations/{id}}. */
  StripeAnswer configuration(LoggedRequest received) {
    String id = received.getPathParameters().get("id");
    return answerApi(
        received,
        (request, requestId) ->
            StripeAnswer.json(
                200,
                received.getMethod().getName().equals("GET")
                    ? configurations(request).retrieve(id, request.parameters())
                    : configurations(request).update(id, request.parameters())));
  }

  /** Answers {@code GET /v1/customers}, and the other lists. */
  StripeAnswer list(LoggedRequest received) {
    String path = received.getUrl().replaceFirst("\\?.*", "");
    return answerApi(
        received,
        (request, requestId) ->
            StripeAnswer.json(200, lists.list(path, request.parameters(), request.live()))
                .after(lists.delay()));
  }

  /** Answers {@code GET /v1/customers/{id}}. */
  StripeAnswer customer(LoggedRequest received) {
    String id = received.getPathParameters().get("id");
    return answerApi(
        received,
        (request, requestId) -> StripeAnswer.json(200, lists.customer(id, request.live())));
  }

  private StandInConfigurations configurations(StandInRequest request) {
    return request.live() ? liveConfigurations : testConfigurations;
  }

  private static StripeAnswer answerApi(
      LoggedRequest received, BiFunction<StandInRequest, String, StripeAnswer> execution) {
    String requestId = newId("req_");
    StandInRequest request = null;
    StripeAnswer answer;
    try {
      request = StandInRequest.of(received);
      answer = execution.apply(request, requestId);
    } catch (RejectedRequest refusal) {
      answer = refusal.answer(request == null ? null : request.logUrl(requestId));
    }
    return withHeaders(answer, received, requestId);
  }

  /** Answers {@code GET /p/session/{token}}, and the pages below it. */
  StripeAnswer show(LoggedRequest request) {
    return answer(request, PortalPage::show);
  }

  /** Answers {@code POST} to such a page, which its button sends. */
  StripeAnswer confirm(LoggedRequest request) {
    return answer(request, PortalPage::confirm);
  }

  private StripeAnswer answer(
      LoggedRequest request, BiFunction<PortalPage, String, StripeAnswer> answers) {
    Session session = openSessions.get(request.getPathParameters().get("token"));
    if (session == null) {
      return PortalPage.notFound();
    }
    JsonNode configuration =
        (session.livemode() ? liveConfigurations : testConfigurations)
            .inUse(session.configuration());
    return answers.apply(
        new PortalPage(session, configuration), request.getPathParameters().get("page"));
  }

  /** Answers a request to any other URL. */
  StripeAnswer refuseUrl(LoggedRequest request) {
    String path = request.getUrl().replaceFirst("\\?.*", "");
    RejectedRequest refusal =
        RejectedRequest.of(
            404,
            String.format(
                "Unrecognized request URL (%s: %s). Please see https://stripe.com/docs or we can"
                    + " help at https://support.stripe.com/.",
                request.getMethod(), path));
    return withHeaders(refusal.answer(null), request, newId("req_"));
  }

  void reset() {
    idempotentAnswers.forget();
    liveConfigurations.reset();
    testConfigurations.reset();
  }

  /** Executes a request, or repeats the answer to its idempotency key. */
  private StripeAnswer once(
      LoggedRequest received,
      StandInRequest request,
      Map<String, String> parameters,
      String requestId,
      IntFunction<StripeAnswer> execution) {
    String idempotencyKey = received.getHeader("Idempotency-Key");
    return idempotencyKey == null
        ? execution.apply(1)
        : idempotentAnswers.answer(
            request.mode(),
            idempotencyKey,
            parameters,
            requestId,
            attempt -> {
              try {
                return execution.apply(attempt);
              } catch (RejectedRequest refusal) {
                return refusal.answer(request.logUrl(requestId));
              }
            });
  }

  private StripeAnswer execute(
      StandInRequest request, Map<String, String> parameters, int attempt) {
    String customer = parameters.get("customer");
    if (!customer.startsWith("cus_")) {
      throw missing("customer", customer, "");
    }
    String configuration = parameters.getOrDefault("configuration", DEFAULT_CONFIGURATION);
    if (!configuration.startsWith("bpc_") || configuration.equals("bpc_missing")) {
      throw missing("configuration", configuration, "");
    }
    boolean live = request.live();
    String portal = portalUrl.get();
    return switch (customer) {
      case CUS_DELETED -> throw missing("customer", customer, "");
      case CUS_OTHER_MODE ->
          throw missing(
              "customer",
              customer,
              String.format(
                  "; a similar object exists in %s mode, but a %s mode key was used to make this"
                      + " request.",
                  live ? "test" : "live", request.mode()));
      case CUS_NO_PORTAL -> {
        if (!parameters.containsKey("configuration")) {
          throw noDefaultConfiguration(request);
        }
        yield open(parameters, live, portal);
      }
      case CUS_RATE_LIMITED ->
          throw RejectedRequest.of(
                  429,
                  "rate_limit",
                  null,
                  "Request rate limit exceeded. Learn more about rate limits here"
                      + " https://stripe.com/docs/rate-limits.")
              .with("Stripe-Rate-Limited-Reason", "endpoint-rate");
      case CUS_CONFLICT ->
          throw RejectedRequest.of(
              409,
              "lock_timeout",
              null,
              "This object cannot be accessed right now because another API request or Stripe"
                  + " process is currently accessing it. If you see this error intermittently,"
                  + " retry the request. If you see this error frequently and are making multiple"
                  + " concurrent requests to a single object, make your requests serially or at a"
                  + " lower rate.");
      case CUS_SERVER_ERROR -> throw serverError().onceExecuted();
      case CUS_SERVER_ERROR_RETRY -> throw serverError().with(SHOULD_RETRY, "true").onceExecuted();
      case CUS_SERVER_ERROR_NO_RETRY ->
          throw serverError().with(SHOULD_RETRY, "false").onceExecuted();
      case CUS_TWICE_FAILING -> {
        if (attempt <= 2) {
          throw serverError().with(SHOULD_RETRY, "true");
        }
        yield open(parameters, live, portal);
      }
      case CUS_SLOW -> open(parameters, live, portal).after(slowAnswer);
      case CUS_CONNECTION_RESET -> StripeAnswer.connectionReset();
      case CUS_NONSENSE -> nonsense();
      case CUS_NO_URL -> withoutUrl(newSession(parameters, live, portal));
      case CUS_OTHER_LIVEMODE -> open(parameters, !live, portal);
      case CUS_EVIL_URL -> open(parameters, live, "https://evil.example.com");
      default -> open(parameters, live, portal);
    };
  }

  private StripeAnswer open(Map<String, String> parameters, boolean live, String portal) {
    Session session = newSession(parameters, live, portal);
    openSessions.put(session.url().substring(session.url().lastIndexOf('/') + 1), session);
    return StripeAnswer.json(200, session);
  }

  private static Session newSession(Map<String, String> parameters, boolean live, String portal) {
    return new Session(
        newId("bps_"),
        "billing_portal.session",
        parameters.getOrDefault("configuration", DEFAULT_CONFIGURATION),
        Instant.now().getEpochSecond(),
        parameters.get("customer"),
        StandInFlow.of(parameters),
        live,
        parameters.get("locale"),
        parameters.get("on_behalf_of"),
        parameters.get("return_url"),
        portal + "/p/session/" + newId(live ? "live_" : "test_"));
  }

  /** What an overloaded proxy might send in place of Stripe's JSON. */
  private static StripeAnswer nonsense() {
    return StandInPage.message(200, "Something went wrong", "Please try again later.");
  }

  private static StripeAnswer withoutUrl(Session session) {
    ObjectNode json = StripeAnswer.JSON.valueToTree(session);
    json.remove("url");
    return StripeAnswer.json(200, json);
  }

  private static RejectedRequest missing(String param, String id, String addition) {
    return RejectedRequest.of(
            400, "resource_missing", param, "No such %s: '%s'%s".formatted(param, id, addition))
        .onceExecuted();
  }

  private static RejectedRequest noDefaultConfiguration(StandInRequest request) {
    return RejectedRequest.of(
            400,
            String.format(
                "No configuration provided and your %1$s mode default configuration has not been"
                    + " created. Provide a configuration or create your default by saving your"
                    + " customer portal settings in %1$s mode at %2$ssettings/billing/portal.",
                request.mode(), request.dashboardUrl()))
        .onceExecuted();
  }

  private static RejectedRequest serverError() {
    return RejectedRequest.ofType(
        "api_error", 500, "An unexpected error occurred. We have been notified of the problem.");
  }

  private static StripeAnswer withHeaders(
      StripeAnswer answer, LoggedRequest request, String requestId) {
    String version = request.getHeader("Stripe-Version");
    String idempotencyKey = request.getHeader("Idempotency-Key");
    StripeAnswer complete =
        answer
            .with("Request-Id", requestId)
            .with("Stripe-Version", version == null ? DEFAULT_API_VERSION : version);
    return idempotencyKey == null ? complete : complete.with("Idempotency-Key", idempotencyKey);
  }

  static String newId(String prefix) {
    // Not UUID.randomUUID(): all threads would queue for its one random source.
    ThreadLocalRandom random = ThreadLocalRandom.current();
    return prefix + new UUID(random.nextLong(), random.nextLong()).toString().replace("-", "");
  }

  /** Stripe's {@code billing_portal.session}: its members in Stripe's order. */
  record Session(
      String id,
      String object,
      String configuration,
      long created,
      String customer,
      StandInFlow flow,
      boolean livemode,
      String locale,
      String onBehalfOf,
      String returnUrl,
      String url) {}
}
