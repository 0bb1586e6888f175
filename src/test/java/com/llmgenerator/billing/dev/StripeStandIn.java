package com.llmgenerator.billing.dev;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathMatching;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathTemplate;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.MappingBuilder;
import com.github.tomakehurst.wiremock.common.FatalStartupException;
import com.github.tomakehurst.wiremock.core.Options.ChunkedEncodingPolicy;
import com.github.tomakehurst.wiremock.core.WireMockConfiguration;
import com.github.tomakehurst.wiremock.extension.ResponseTransformerV2;
import com.github.tomakehurst.wiremock.http.AdminRequestHandler;
import com.github.tomakehurst.wiremock.http.Response;
import com.github.tomakehurst.wiremock.http.StubRequestHandler;
import com.github.tomakehurst.wiremock.jetty11.Jetty11HttpServer;
import com.github.tomakehurst.wiremock.stubbing.ServeEvent;
import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import java.net.BindException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.springframework.core.NestedExceptionUtils;

/**
 * A local server that answers like Stripe for Customer Portal sessions.
 *
 * <ul>
 *   <li>{@code POST /v1/billing_portal/sessions} makes a session or refuses it as Stripe does. Any
 *       customer beginning with {@code cus_} exists; the {@code CUS_…} constants misbehave.
 *   <li>{@code /v1/billing_portal/configurations} makes, changes, shows and lists configurations.
 *   <li>{@code GET /v1/customers}, {@code /v1/checkout/sessions} and {@code /v1/subscriptions} list
 *       what was bought, and what tests add.
 *   <li>{@code GET /p/session/{token}}, the session's URL, shows what the user would see.
 *   <li>{@code POST /purchases?user=…} buys for a user: the events of it are sent to {@link
 *       Options#sendingEventsTo}, unless {@code &told=false} says that they get lost.
 *   <li>{@code GET /b/test_demo?client_reference_id=…} is a Payment Link's page, whose button buys
 *       for that user, and then goes to {@link Options#redirectingTo}.
 *   <li>Everything else is answered with Stripe's "Unrecognized request URL".
 * </ul>
 *
 * <p>It listens on 127.0.0.1 only, keeps everything in memory within fixed bounds and serves
 * requests concurrently; an answer that waits takes up no thread.
 *
 * @see <a href="https://docs.stripe.com/api/customer_portal/sessions/create">Create a session</a>
 * @see <a href="https://docs.stripe.com/api/errors">Errors</a>
 */
public final class StripeStandIn implements AutoCloseable {
  /** The customer was deleted: 400, {@code resource_missing}, param {@code customer}. */
  public static final String CUS_DELETED = "cus_Deleted";

  /** The customer belongs to the mode the key is not of: as {@link #CUS_DELETED}, saying so. */
  public static final String CUS_OTHER_MODE = "cus_OtherMode";

  /**
   * The account has no default portal configuration: 400 without a code, unless the request names a
   * configuration.
   */
  public static final String CUS_NO_PORTAL = "cus_NoPortal";

  /** Too many requests: 429 with {@code Stripe-Rate-Limited-Reason: endpoint-rate}. */
  public static final String CUS_RATE_LIMITED = "cus_RateLimited";

  /** The customer is locked by another request: 409, {@code lock_timeout}. */
  public static final String CUS_CONFLICT = "cus_Conflict";

  /** 500 without advice whether to retry. */
  public static final String CUS_SERVER_ERROR = "cus_ServerError";

  /** 500 with {@code Stripe-Should-Retry: true}. */
  public static final String CUS_SERVER_ERROR_RETRY = "cus_ServerErrorRetry";

  /** 500 with {@code Stripe-Should-Retry: false}. */
  public static final String CUS_SERVER_ERROR_NO_RETRY = "cus_ServerErrorNoRetry";

  /**
   * The first two attempts of one {@code Idempotency-Key} get 500 with {@code Stripe-Should-Retry:
   * true}, the third a session. Without a key every attempt is a first one.
   */
  public static final String CUS_TWICE_FAILING = "cus_TwiceFailing";

  /** A session, but only after {@link Options#slowAnswer()}. */
  public static final String CUS_SLOW = "cus_Slow";

  /** The connection is reset instead of an answer. */
  public static final String CUS_CONNECTION_RESET = "cus_ConnectionReset";

  /** 200 with an HTML page where JSON belongs. */
  public static final String CUS_NONSENSE = "cus_Nonsense";

  /** 200 with a session that has no {@code url}. */
  public static final String CUS_NO_URL = "cus_NoUrl";

  /** 200 with a session whose {@code livemode} is not that of the key. */
  public static final String CUS_OTHER_LIVEMODE = "cus_OtherLivemode";

  /** 200 with a session whose URL is on {@code https://evil.example.com}. */
  public static final String CUS_EVIL_URL = "cus_EvilUrl";

  /** The path of the Payment Link: its page sells to the user {@code ?client_reference_id=…}. */
  public static final String PAYMENT_LINK = "/b/test_demo";

  private static final String SESSIONS_PATH = "/v1/billing_portal/sessions";
  private static final String CONFIGURATIONS_PATH = "/v1/billing_portal/configurations";
  // No answer blocks a thread, so more of them would only compete for the processors.
  private static final int CONTAINER_THREADS = 16;
  private static final int JOURNAL_ENTRIES = 1_000;

  private final StandInLists lists = new StandInLists();
  private final StandInSessions sessions;
  private final StandInPurchases purchases;
  private final WireMockServer server;
  private final String url;

  private StripeStandIn(Options options) {
    String portalUrl = options.portalUrl();
    sessions =
        new StandInSessions(
            () -> portalUrl == null ? url() : portalUrl, options.slowAnswer(), lists);
    purchases =
        new StandInPurchases(
            options.eventsUrl(), options.eventsSecret(), options.afterCompletion(), lists);
    server = new WireMockServer(configuration(options));
    route(post(SESSIONS_PATH), "create-session");
    route(post(CONFIGURATIONS_PATH), "create-configuration");
    route(get(urlPathEqualTo(CONFIGURATIONS_PATH)), "list-configurations");
    route(get(urlPathTemplate(CONFIGURATIONS_PATH + "/{id}")), "configuration");
    route(post(urlPathTemplate(CONFIGURATIONS_PATH + "/{id}")), "configuration");
    StandInLists.FILTERS.keySet().forEach(path -> route(get(urlPathEqualTo(path)), "list"));
    route(get(urlPathTemplate("/v1/customers/{id}")), "customer");
    route(get(urlPathTemplate("/p/session/{token}")), "show-session");
    route(get(urlPathTemplate("/p/session/{token}/{page}")), "show-session");
    route(post(urlPathTemplate("/p/session/{token}")), "confirm");
    route(post(urlPathTemplate("/p/session/{token}/{page}")), "confirm");
    route(post(urlPathEqualTo("/purchases")), "buy");
    route(get(urlPathEqualTo(PAYMENT_LINK)), "show-checkout");
    route(post(urlPathEqualTo(PAYMENT_LINK)), "check-out");
    route(get("/style.css"), "style");
    route(get("/"), "show-welcome");
    route(any(anyUrl()).atPriority(10), "refuse-url");
    listen(options.port());
    url = "http://127.0.0.1:" + server.port();
  }

  /**
   * Starts with the defaults of {@link Options#onPort}.
   *
   * @param port 0 for any free one
   * @throws IllegalStateException if the port is in use
   */
  public static StripeStandIn start(int port) {
    return start(Options.onPort(port));
  }

  /**
   * Starts with options.
   *
   * @throws IllegalStateException if the port is in use
   */
  public static StripeStandIn start(Options options) {
    return new StripeStandIn(options);
  }

  /** What to set as Stripe's API base: {@code http://127.0.0.1:<port>}. */
  public String url() {
    return url;
  }

  /**
   * The requests to the sessions path, of any method, oldest first: the latest 1,000 requests are
   * remembered.
   *
   * @throws com.github.tomakehurst.wiremock.verification.RequestJournalDisabledException after
   *     {@link Options#withoutJournal()}
   */
  public List<LoggedRequest> portalSessionRequests() {
    return server.findAll(anyRequestedFor(urlPathEqualTo(SESSIONS_PATH)));
  }

  /** The requests about configurations, oldest first, as of {@link #portalSessionRequests}. */
  public List<LoggedRequest> configurationRequests() {
    return server.findAll(anyRequestedFor(urlPathMatching(CONFIGURATIONS_PATH + "(/.*)?")));
  }

  /** The requests for customers, purchases and subscriptions, as {@link #portalSessionRequests}. */
  public List<LoggedRequest> listRequests() {
    return server.findAll(
        anyRequestedFor(urlPathMatching("/v1/(customers|checkout/sessions|subscriptions)(/.*)?")));
  }

  /** Gives the account customers with this user in their metadata, if it is not null. */
  public void putCustomer(String id, long created, boolean live, String user) {
    lists.put(StandInLists.customer(id, created, live, user));
  }

  /** Gives the account a purchase by a user, whom the page may not have named: null. */
  public void putPurchase(String id, long created, boolean live, String customer, String user) {
    lists.put(StandInLists.purchase(id, created, live, customer, user));
  }

  /** Gives the account a subscription, or the one with this id another status. */
  public void putSubscription(
      String id, long created, boolean live, String customer, String status) {
    lists.put(StandInLists.subscription(id, created, live, customer, status));
  }

  /** Deletes a customer of the account. */
  public void deleteCustomer(String id) {
    lists.deleteCustomer(id);
  }

  /** Refuses as many of the next requests for lists with 429, {@code Retry-After: 1}. */
  public void limitRate(int requests) {
    lists.limitRate(requests);
  }

  /** Has lists take longer, until {@link #reset}. */
  public void slowDownLists(Duration delay) {
    lists.delay(delay);
  }

  /** Forgets all requests, and nothing else. */
  public void forgetRequests() {
    server.resetRequests();
  }

  /**
   * Forgets all requests, what their idempotency keys stand for, configurations, customers,
   * purchases and subscriptions; sessions stay open.
   */
  public void reset() {
    server.resetRequests();
    sessions.reset();
    lists.reset();
  }

  /** Stops at once: answers that still wait are dropped. */
  @Override
  public void close() {
    server.stop();
  }

  private WireMockConfiguration configuration(Options options) {
    WireMockConfiguration configuration =
        options()
            .bindAddress("127.0.0.1")
            .port(options.port())
            .containerThreads(CONTAINER_THREADS)
            .asynchronousResponseEnabled(true)
            .httpServerFactory(PromptServer::new)
            .useChunkedTransferEncoding(ChunkedEncodingPolicy.NEVER)
            .gzipDisabled(true)
            .templatingEnabled(false)
            .stubRequestLoggingDisabled(true)
            // WireMock's admin API would let any local page read the keys that were sent.
            .adminAuthenticator(request -> false)
            .extensions(
                new Answering("create-session", sessions::create),
                new Answering("create-configuration", sessions::createConfiguration),
                new Answering("list-configurations", sessions::listConfigurations),
                new Answering("configuration", sessions::configuration),
                new Answering("list", sessions::list),
                new Answering("customer", sessions::customer),
                new Answering("show-session", sessions::show),
                new Answering("confirm", sessions::confirm),
                new Answering("buy", purchases::buy),
                new Answering("show-checkout", purchases::showCheckout),
                new Answering("check-out", purchases::checkOut),
                new Answering("style", request -> StandInPage.style()),
                new Answering("show-welcome", StripeStandIn::welcome),
                new Answering("refuse-url", sessions::refuseUrl));
    return options.journal()
        ? configuration.maxRequestJournalEntries(JOURNAL_ENTRIES)
        : configuration.disableRequestJournal();
  }

  private static StripeAnswer welcome(LoggedRequest request) {
    return StandInPage.message(
        200, "Stripe stand-in", "This server answers POST " + SESSIONS_PATH + " like Stripe.");
  }

  private void route(MappingBuilder requests, String answering) {
    server.stubFor(requests.willReturn(aResponse().withTransformers(answering)));
  }

  private void listen(int port) {
    try {
      server.start();
    } catch (FatalStartupException e) {
      if (NestedExceptionUtils.getRootCause(e) instanceof BindException) {
        throw new IllegalStateException("Port " + port + " is in use: stop what listens there", e);
      }
      throw e;
    }
  }

  /**
   * How the stand-in runs.
   *
   * @param port where it listens, 0 for any free port
   * @param slowAnswer how long {@link #CUS_SLOW} waits for its answer
   * @param portalUrl what session URLs begin with, such as {@code https://billing.stripe.com}; null
   *     for the stand-in's own address, where they open in a browser
   * @param journal whether requests are remembered
   * @param eventsUrl where events are sent; null if nowhere
   * @param eventsSecret with which they are signed
   * @param afterCompletion where the checkout page sends its buyer; null for a page of its own
   */
  public record Options(
      int port,
      Duration slowAnswer,
      String portalUrl,
      boolean journal,
      URI eventsUrl,
      String eventsSecret,
      String afterCompletion) {
    /** A port and the defaults: slow is 30 s, URLs are the stand-in's own, with a journal. */
    public static Options onPort(int port) {
      return new Options(port, Duration.ofSeconds(30), null, true, null, null, null);
    }

    /** The same with another delay for {@link #CUS_SLOW}. */
    public Options withSlowAnswer(Duration slowAnswer) {
      return new Options(
          port, slowAnswer, portalUrl, journal, eventsUrl, eventsSecret, afterCompletion);
    }

    /** The same with session URLs that begin with {@code portalUrl}. */
    public Options withPortalUrl(String portalUrl) {
      return new Options(
          port, slowAnswer, portalUrl, journal, eventsUrl, eventsSecret, afterCompletion);
    }

    /** The same without remembering requests, for benchmarks. */
    public Options withoutJournal() {
      return new Options(
          port, slowAnswer, portalUrl, false, eventsUrl, eventsSecret, afterCompletion);
    }

    /** The same with events of purchases, signed with a secret {@code whsec_…}. */
    public Options sendingEventsTo(URI eventsUrl, String eventsSecret) {
      return new Options(
          port, slowAnswer, portalUrl, journal, eventsUrl, eventsSecret, afterCompletion);
    }

    /**
     * The same with the page that follows the checkout page, in which {@code {CHECKOUT_SESSION_ID}}
     * stands for the id of the Checkout Session.
     */
    public Options redirectingTo(String afterCompletion) {
      return new Options(
          port, slowAnswer, portalUrl, journal, eventsUrl, eventsSecret, afterCompletion);
    }
  }

  /** Lets a function answer the requests of the stubs that name it. */
  private record Answering(String name, Function<LoggedRequest, StripeAnswer> answers)
      implements ResponseTransformerV2 {
    @Override
    public Response transform(Response response, ServeEvent event) {
      return answers.apply(event.getRequest()).toResponse();
    }

    @Override
    public String getName() {
      return name;
    }

    @Override
    public boolean applyGlobally() {
      return false;
    }
  }

  /** WireMock lets waiting answers run to their end after a stop, in threads that hold the JVM. */
  private static final class PromptServer extends Jetty11HttpServer {
    PromptServer(
        com.github.tomakehurst.wiremock.core.Options options,
        AdminRequestHandler admin,
        StubRequestHandler stubs) {
      super(options, admin, stubs);
    }

    @Override
    public void stop() {
      scheduledExecutorService.shutdownNow();
      super.stop();
    }
  }
}
