package com.llmgenerator.billing.dev;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.llmgenerator.billing.dev.StandInSessions.Session;
import java.util.HashMap;
import java.util.Map;

/**
 * The pages of an open session: what its configuration allows, or the flow that it opens, and a
 * page for each task. They say that they change nothing.
 *
 * @see <a href="https://docs.stripe.com/customer-management/portal-deep-links">Deep links</a>
 */
final class PortalPage {
  private static final String HOME = "home";

  /** What is done on a page of its own, by the feature that allows it. */
  private static final Map<String, String> TASKS =
      Map.of(
          "payment_method_update", "Update payment method",
          "subscription_cancel", "Cancel plan",
          "subscription_update", "Update plan",
          "customer_update", "Update customer details");

  private final Session session;
  private final JsonNode configuration;
  private final String address;

  /** Shows a session by the configuration in use. */
  PortalPage(Session session, JsonNode configuration) {
    this.session = session;
    this.configuration = configuration;
    this.address = session.url().replaceFirst(".*(?=/p/session/)", "");
  }

  /**
   * Answers a GET.
   *
   * @param page what follows the session's URL; null is the session's URL itself
   */
  StripeAnswer show(String page) {
    String shown = page == null && session.flow() != null ? session.flow().type() : page;
    if (shown == null || shown.equals(HOME)) {
      return StandInPage.of(200, "portal", model("Customer portal"));
    }
    if (!TASKS.containsKey(shown) || !feature(shown).path("enabled").asBoolean()) {
      return notFound();
    }
    Map<String, Object> model = model(TASKS.get(shown));
    model.put(shown, true);
    model.put("back", page == null ? null : address + "/" + HOME);
    return StandInPage.withForm("task", model, page == null ? redirect() : null);
  }

  /** Answers the button of such a page: a flow goes on as the session says. */
  StripeAnswer confirm(String page) {
    if (page == null && redirect() != null) {
      return StandInPage.redirect(redirect());
    }
    boolean confirmation =
        page == null
            && session.flow() != null
            && session.flow().afterCompletion().type().equals("hosted_confirmation");
    return confirmation
        ? StandInPage.of(200, "message", model("Done"))
        : StandInPage.redirect(address + "/" + HOME);
  }

  static StripeAnswer notFound() {
    return StandInPage.message(
        404,
        "Session not found",
        "This session has expired or never was. Ask the application for a new one.");
  }

  private String redirect() {
    return session.flow() == null || session.flow().afterCompletion().redirect() == null
        ? null
        : session.flow().afterCompletion().redirect().returnUrl();
  }

  private JsonNode feature(String name) {
    return configuration.path("features").path(name);
  }

  private Map<String, Object> model(String title) {
    Map<String, Object> model =
        StripeAnswer.JSON.convertValue(
            configuration, new TypeReference<HashMap<String, Object>>() {});
    model.put("title", title);
    model.put("message", "This is the confirmation that Stripe shows. Nothing was changed.");
    model.put("address", address);
    model.put("test", !session.livemode());
    model.put("mode", session.livemode() ? "Live" : "Test");
    model.put("customer", session.customer());
    model.put("configuration", session.configuration());
    model.put("language", session.locale() == null ? "auto" : session.locale());
    model.put("returnUrl", session.returnUrl());
    model.put("subscription", subscription());
    return model;
  }

  /** The one that the flow is about; null if it is about none. */
  private String subscription() {
    StandInFlow flow = session.flow();
    if (flow == null) {
      return null;
    }
    StandInFlow.Subscription subject =
        flow.subscriptionCancel() == null ? flow.subscriptionUpdate() : flow.subscriptionCancel();
    return subject == null ? null : subject.subscription();
  }
}
