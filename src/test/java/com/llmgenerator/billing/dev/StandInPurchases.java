package com.llmgenerator.billing.dev;

import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import com.llmgenerator.billing.dev.StripeAnswer.RejectedRequest;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Buys something for a user, who pays as one customer however often: by a request, or on the page
 * of a Payment Link. Tells it by the signed events that Stripe sends after its checkout page.
 *
 * @see <a href="https://docs.stripe.com/payment-links/url-parameters">URL parameters</a>
 */
final class StandInPurchases {
  /** What Stripe takes as {@code client_reference_id}. */
  private static final String REFERENCE = "[A-Za-z0-9_-]{1,200}";

  /** With which the ids of {@link SignedEvent#purchase}'s Checkout Sessions begin. */
  private static final String SESSION = "cs_evt_1";

  private final HttpClient client = HttpClient.newHttpClient();
  private final StandInLists lists;
  private final URI events;
  private final String secret;
  private final String afterCompletion;

  /**
   * Starts without purchases.
   *
   * @param events where events are sent; null if nowhere
   * @param secret with which they are signed
   * @param afterCompletion where the checkout page sends its buyer; null for a page of its own
   * @param lists where they stay
   */
  StandInPurchases(URI events, String secret, String afterCompletion, StandInLists lists) {
    this.lists = lists;
    this.events = events;
    this.secret = secret;
    this.afterCompletion = afterCompletion;
  }

  /** Answers {@code POST /purchases?user=…} with what became of the events. */
  StripeAnswer buy(LoggedRequest request) {
    String user = parameter(request, "user");
    if (events == null || !user.matches(REFERENCE)) {
      return RejectedRequest.of(400, "Name a user: /purchases?user=<sub of the user's token>")
          .answer(null);
    }
    String id = StandInSessions.newId("");
    boolean told = !parameter(request, "told").equals("false");
    return StripeAnswer.json(200, buy(id, customer(user), user, told));
  }

  /** Answers {@code GET /b/test_demo?client_reference_id=…} with the checkout page. */
  StripeAnswer showCheckout(LoggedRequest request) {
    Map<String, Object> shown = new HashMap<>();
    shown.put("title", "Subscribe to LLMGenerator Pro");
    shown.put("test", true);
    shown.put("user", buyer(request));
    return StandInPage.withForm("checkout", shown, afterCompletion("cs_"));
  }

  /** Answers {@code POST} to the same address, which that page's button sends: buys. */
  StripeAnswer checkOut(LoggedRequest request) {
    String user = buyer(request);
    String id = StandInSessions.newId("");
    buy(id, customer(user == null ? id : user), user, events != null);
    String next = afterCompletion(SESSION + id);
    return next == null
        ? StandInPage.message(200, "Thanks for subscribing", "A payment was made, in test mode.")
        : StandInPage.redirect(next);
  }

  /**
   * The user whom a Payment Link names; null if it names none, or by other characters than Stripe
   * takes, which it then drops in silence: that purchase is nobody's.
   */
  private static String buyer(LoggedRequest request) {
    String reference = parameter(request, "client_reference_id");
    return reference.matches(REFERENCE) ? reference : null;
  }

  private String afterCompletion(String session) {
    return afterCompletion == null
        ? null
        : afterCompletion.replace("{CHECKOUT_SESSION_ID}", session);
  }

  private static String customer(String user) {
    return "cus_" + user.replace("-", "");
  }

  private Map<String, String> buy(String id, String customer, String user, boolean told) {
    long now = Instant.now().getEpochSecond();
    Map<String, String> answers = new LinkedHashMap<>();
    answers.put("customer", customer);
    lists.put(StandInLists.customer(customer, now, false, null));
    lists.put(StandInLists.purchase(SESSION + id, now, false, customer, user));
    lists.put(StandInLists.subscription("sub_" + id, now, false, customer, "active"));
    if (told) {
      answers.put(
          "checkout.session.completed",
          send(SignedEvent.purchase("evt_1" + id, now, false, customer, user)));
      answers.put(
          "customer.subscription.created",
          send(
              SignedEvent.subscription(
                  "created", "evt_2" + id, now, false, "sub_" + id, customer, "active")));
    }
    return answers;
  }

  private static String parameter(LoggedRequest request, String name) {
    return request.getQueryParams().containsKey(name)
        ? request.queryParameter(name).firstValue()
        : "";
  }

  private String send(SignedEvent event) {
    HttpRequest request =
        HttpRequest.newBuilder(events)
            .timeout(Duration.ofSeconds(20))
            .header("Content-Type", "application/json; charset=utf-8")
            .header("Stripe-Signature", event.signature(secret))
            .POST(BodyPublishers.ofByteArray(event.bytes()))
            .build();
    try {
      HttpResponse<String> answer = client.send(request, BodyHandlers.ofString());
      return answer.statusCode() + " " + answer.body();
    } catch (IOException e) {
      return "not delivered: " + e;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
