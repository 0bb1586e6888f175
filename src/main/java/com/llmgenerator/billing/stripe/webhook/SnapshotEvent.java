package com.llmgenerator.billing.stripe.webhook;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.llmgenerator.billing.request.AccessLog;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.regex.Pattern;

/**
 * An event with a snapshot of the object that it is about. What is missing or of another form than
 * Stripe documents reads as null.
 *
 * @param json the Event object
 * @see <a href="https://docs.stripe.com/api/events/object">The Event object</a>
 */
record SnapshotEvent(JsonNode json) {
  private static final Pattern VISIBLE_ASCII = Pattern.compile("[!-~]{1,255}");
  private static final Pattern STATUS = Pattern.compile("[a-z_]{1,32}");
  private static final long LATEST_SECOND = 99_999_999_999L;

  String id() {
    return text(json.path("id"), VISIBLE_ASCII);
  }

  String type() {
    return text(json.path("type"), VISIBLE_ASCII);
  }

  /** Reads what it tells of a customer or a subscription, if both are named so that they count. */
  StripeEvent read() {
    JsonNode object = json.at("/data/object");
    return switch (json.path("type").asText()) {
      case "checkout.session.completed" ->
          ofPurchase(object.path("customer"), object.path("client_reference_id"));
      case "customer.created", "customer.updated" ->
          ofCustomer(object.path("id"), object.at("/metadata/user_id"), false);
      case "customer.deleted" -> ofCustomer(object.path("id"), MissingNode.getInstance(), true);
      case "customer.subscription.created",
          "customer.subscription.updated",
          "customer.subscription.deleted" ->
          ofSubscription(object);
      default -> StripeEvent.IGNORED;
    };
  }

  private StripeEvent ofPurchase(JsonNode customer, JsonNode user) {
    if (customer.isNull() && StripeEventReader.user(user, id()) != null) {
      // No warning: a shop of one-time payments may want it so.
      AccessLog.note(
          "reason",
          "Ignored: the purchase has no customer; with customer_creation=always it would have one");
    }
    return ofCustomer(customer, user, false);
  }

  private StripeEvent ofCustomer(JsonNode customer, JsonNode user, boolean deleted) {
    String customerId = idOf(customer);
    String userId = customerId == null ? null : StripeEventReader.user(user, id());
    if (customerId == null
        || userId == null && !deleted
        || !StripeEventReader.isUsable(customerId, id())) {
      return StripeEvent.IGNORED;
    }
    return new StripeEvent(
        id(),
        type(),
        time(json.path("created")),
        json.path("livemode").booleanValue(),
        "customer",
        customerId,
        userId,
        deleted,
        null,
        null,
        null);
  }

  private StripeEvent ofSubscription(JsonNode subscription) {
    String customerId = idOf(subscription.path("customer"));
    String subscriptionId = subscription.path("id").textValue();
    if (customerId == null
        || subscriptionId == null
        || !StripeEventReader.isUsable(customerId, id())
        || !StripeEventReader.isUsable(subscriptionId, id())) {
      return StripeEvent.IGNORED;
    }
    return new StripeEvent(
        id(),
        type(),
        time(json.path("created")),
        json.path("livemode").booleanValue(),
        "subscription",
        customerId,
        null,
        false,
        subscriptionId,
        text(subscription.path("status"), STATUS),
        time(subscription.path("created")));
  }

  /** The id of an object that is expanded or not. */
  private static String idOf(JsonNode found) {
    return (found.isObject() ? found.path("id") : found).textValue();
  }

  private static String text(JsonNode found, Pattern pattern) {
    String text = found.textValue();
    return text != null && pattern.matcher(text).matches() ? text : null;
  }

  private static OffsetDateTime time(JsonNode found) {
    boolean usable =
        found.canConvertToExactIntegral()
            && found.canConvertToLong()
            && found.longValue() >= 0
            && found.longValue() <= LATEST_SECOND;
    return usable ? Instant.ofEpochSecond(found.longValue()).atOffset(ZoneOffset.UTC) : null;
  }
}
