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
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Buys something for a user, who pays as one customer however often: tells it by the signed events
 * that Stripe sends after its checkout page.
 */
final class StandInPurchases {
  private final HttpClient client = HttpClient.newHttpClient();
  private final StandInLists lists;
  private final URI events;
  private final String secret;

  /**
   * Starts without purchases.
   *
   * @param events where events are sent; null if nowhere
   * @param secret with which they are signed
   * @param lists where they stay
   */
  StandInPurchases(URI events, String secret, StandInLists lists) {
    this.lists = lists;
    this.events = events;
    this.secret = secret;
  }

  /** Answers {@code POST /purchases?user=…} with what became of the events. */
  StripeAnswer buy(LoggedRequest request) {
    String user =
        request.getQueryParams().containsKey("user")
            ? request.queryParameter("user").firstValue()
            : "";
    if (events == null || !user.matches("[\\w-]{1,200}")) {
      return RejectedRequest.of(400, "Name a user: /purchases?user=<sub of the user's token>")
          .answer(null);
    }
    long now = Instant.now().getEpochSecond();
    String id = StandInSessions.newId("");
    String customer = "cus_" + user.replace("-", "");
    Map<String, String> told = new LinkedHashMap<>();
    told.put("customer", customer);
    lists.put(StandInLists.customer(customer, now, false, null));
    lists.put(StandInLists.purchase("cs_evt_1" + id, now, false, customer, user));
    lists.put(StandInLists.subscription("sub_" + id, now, false, customer, "active"));
    if (isLost(request)) {
      return StripeAnswer.json(200, told);
    }
    told.put(
        "checkout.session.completed",
        send(SignedEvent.purchase("evt_1" + id, now, false, customer, user)));
    told.put(
        "customer.subscription.created",
        send(
            SignedEvent.subscription(
                "created", "evt_2" + id, now, false, "sub_" + id, customer, "active")));
    return StripeAnswer.json(200, told);
  }

  private static boolean isLost(LoggedRequest request) {
    return request.getQueryParams().containsKey("told")
        && request.queryParameter("told").firstValue().equals("false");
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
