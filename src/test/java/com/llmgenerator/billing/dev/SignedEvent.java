package com.llmgenerator.billing.dev;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.stripe.Stripe;
import com.stripe.model.Customer;
import com.stripe.model.Event;
import com.stripe.model.StripeObject;
import com.stripe.model.Subscription;
import com.stripe.model.checkout.Session;
import com.stripe.net.Webhook;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;

/**
 * An event as Stripe sends it: made and signed by the classes of Stripe's own library.
 *
 * @param body its JSON
 */
public record SignedEvent(String body) {

  /** A purchase by a user, who is {@code client_reference_id}: null if the page named none. */
  public static SignedEvent purchase(
      String id, long created, boolean livemode, String customer, String user) {
    Session session = StandInLists.purchase("cs_" + id, created, livemode, customer, user);
    return of(id, "checkout.session.completed", created, livemode, session);
  }

  /** A change of a customer; its metadata name the user, if there is one. */
  public static SignedEvent customer(
      String type, String id, long created, boolean livemode, String customer, String user) {
    Customer changed = StandInLists.customer(customer, created, livemode, user);
    return of(id, "customer." + type, created, livemode, changed);
  }

  /** A change of a subscription. */
  public static SignedEvent subscription(
      String type,
      String id,
      long created,
      boolean livemode,
      String subscription,
      String customer,
      String status) {
    Subscription changed =
        StandInLists.subscription(subscription, 1_700_000_000L, livemode, customer, status);
    return of(id, "customer.subscription." + type, created, livemode, changed);
  }

  /** An event of any type about any object. */
  public static SignedEvent of(
      String id, String type, long created, boolean livemode, StripeObject object) {
    Event.Data data = new Event.Data();
    JsonObject json = JsonParser.parseString(object.toJson()).getAsJsonObject();
    data.setObject(json);
    Event event = new Event();
    event.setId(id);
    event.setObject("event");
    event.setType(type);
    event.setApiVersion(Stripe.API_VERSION);
    event.setCreated(created);
    event.setLivemode(livemode);
    event.setPendingWebhooks(1L);
    event.setData(data);
    return new SignedEvent(event.toJson());
  }

  /**
   * The same event, of which one member is another.
   *
   * @param path names of members, as {@code data.object.customer}
   * @param json the value, or null to take the member away
   */
  public SignedEvent with(String path, String json) {
    JsonObject event = JsonParser.parseString(body).getAsJsonObject();
    JsonObject parent = event;
    String[] names = path.split("\\.");
    String last = names[names.length - 1];
    for (int i = 0; i < names.length - 1; i++) {
      parent = parent.getAsJsonObject(names[i]);
    }
    if (json == null) {
      parent.remove(last);
    } else {
      parent.add(last, JsonParser.parseString(json));
    }
    return new SignedEvent(event.toString());
  }

  /** The bytes that are signed and sent. */
  public byte[] bytes() {
    return body.getBytes(StandardCharsets.UTF_8);
  }

  /** The header {@code Stripe-Signature}, of now. */
  public String signature(String secret) {
    return signature(secret, Instant.now());
  }

  /** The header {@code Stripe-Signature} of another time. */
  public String signature(String secret, Instant time) {
    try {
      return Webhook.Signature.generateSignatureHeader(body, secret, time.getEpochSecond());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
