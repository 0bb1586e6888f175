package com.llmgenerator.billing.it;

import static com.llmgenerator.billing.it.Servers.DATABASE;
import static com.llmgenerator.billing.it.Servers.DEMO_PORT;
import static com.llmgenerator.billing.it.Servers.KEYCLOAK;

import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import com.llmgenerator.billing.dev.DemoServer;
import com.llmgenerator.billing.dev.EmbeddedKeycloak;
import com.llmgenerator.billing.dev.Ports;
import com.llmgenerator.billing.dev.StripeStandIn;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.util.Map;

/**
 * The demo application in a browser, with a packaged portal and a Stripe stand-in of its own. The
 * user {@code demo} has a plan.
 */
final class DemoApplication implements AutoCloseable {
  static final String ORIGIN = "http://localhost:" + DEMO_PORT;
  static final String SETTINGS = ORIGIN + "/";

  final Browser browser;
  final PackagedPortal portal;
  private final Path examples;
  private final StripeStandIn.Options stripeOptions;
  private StripeStandIn stripe;
  private DemoServer pages;

  private DemoApplication(Browser browser, Path examples, int stripePort) {
    this.browser = browser;
    this.examples = examples;
    this.portal = PackagedPortal.start(environment(stripePort));
    URI events = URI.create(portal.url("/api/v1/stripe/events"));
    this.stripeOptions =
        StripeStandIn.Options.onPort(stripePort)
            .sendingEventsTo(events, Servers.EVENT_SECRET)
            .redirectingTo(DemoServer.afterCheckout(DEMO_PORT));
    this.stripe = StripeStandIn.start(stripeOptions);
    serve(portal);
    DATABASE.update(
        "insert into subscription (id, livemode, stripe_customer_id, status, created_at)"
            + " values ('sub_demo', false, 'cus_demo', 'active', now())");
  }

  /**
   * Starts all; skips the tests where there is no browser.
   *
   * @param examples a folder that is served as {@code /examples}
   */
  static DemoApplication start(Path examples) {
    Browser.require();
    return new DemoApplication(Browser.start(), examples, Ports.free());
  }

  private static Map<String, String> environment(int stripePort) {
    Map<String, String> environment = Servers.environment();
    environment.put("STRIPE_API_BASE", "http://127.0.0.1:" + stripePort);
    environment.put("PORTAL_DEFAULT_RETURN_URL", SETTINGS);
    environment.put("PORTAL_RETURN_ORIGINS", ORIGIN);
    environment.put("PORTAL_CORS_ORIGINS", ORIGIN);
    return environment;
  }

  private void serve(PackagedPortal called) {
    DemoServer.Config config =
        new DemoServer.Config(
            KEYCLOAK.issuer(),
            EmbeddedKeycloak.DEMO_CLIENT,
            called.url(""),
            stripe.url() + StripeStandIn.PAYMENT_LINK);
    pages = DemoServer.start(DEMO_PORT, config, Map.of("/examples", examples.toUri()));
  }

  /** Nobody is signed in, demo has no API key, and newcomer has not bought anything. */
  void reset() {
    browser.forgetSessions();
    stripe.reset();
    DATABASE.update("delete from api_key where user_id = ?", EmbeddedKeycloak.DEMO_ID);
    deleteBillingAccountOfNewcomer();
  }

  void deleteBillingAccountOfNewcomer() {
    DATABASE.update("delete from billing_account where user_id = ?", EmbeddedKeycloak.NEWCOMER_ID);
  }

  /** What the addresses of portal sessions begin with. */
  String sessions() {
    return stripe.url() + "/p/session/";
  }

  /** The address of Stripe's checkout page for a user. */
  String checkout(String userId) {
    return stripe.url() + StripeStandIn.PAYMENT_LINK + "?client_reference_id=" + userId;
  }

  /** Has a user buy, and Stripe send its events. */
  void buy(String userId) {
    URI checkout = URI.create(checkout(userId));
    Caller.sendUnchecked(HttpRequest.newBuilder(checkout).POST(BodyPublishers.noBody()).build());
  }

  /** The form of the latest request for a portal session. */
  String asked() {
    return stripe.portalSessionRequests().stream()
        .map(LoggedRequest::getBodyAsString)
        .reduce((earlier, later) -> later)
        .orElseThrow();
  }

  /** Does something while Stripe cannot be reached. */
  void whileStripeIsDown(Runnable action) {
    stripe.close();
    try {
      action.run();
    } finally {
      stripe = StripeStandIn.start(stripeOptions);
    }
  }

  /** Does something while the pages call a portal that lets a caller open one session a minute. */
  void withStrictRateLimit(Runnable action) {
    Map<String, String> environment = environment(stripeOptions.port());
    environment.put("PORTAL_SESSIONS_PER_MINUTE", "1");
    environment.put("PORTAL_SESSIONS_IN_BURST", "1");
    pages.close();
    try (PackagedPortal strict = PackagedPortal.start(environment)) {
      serve(strict);
      action.run();
    } finally {
      pages.close();
      serve(portal);
    }
  }

  void signIn(String user) {
    browser.open(SETTINGS);
    browser.click("#sign-in");
    enterPassword(user);
  }

  void enterPassword(String user) {
    browser.awaitAddress(KEYCLOAK.issuer());
    browser.type("#username", user);
    browser.type("#password", user);
    browser.click("#kc-login");
    browser.awaitAddress(ORIGIN);
    browser.awaitText("b#username", user);
  }

  @Override
  public void close() {
    deleteBillingAccountOfNewcomer();
    DATABASE.update("delete from subscription");
    pages.close();
    stripe.close();
    portal.close();
    browser.close();
  }
}
