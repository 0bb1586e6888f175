package com.llmgenerator.billing.stripe.webhook;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.llmgenerator.billing.request.AccessLog;
import com.llmgenerator.billing.stripe.StripeText;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.regex.Pattern;

/**
 * What an event of Stripe tells, as far as it matters here. What is missing or of another form than
 * Stripe documents is null.
 *
 * @param id {@code evt_…}, or another of 1 to 255 visible ASCII characters
 * @param type as {@code customer.created}
 * @param created when it happened, by Stripe's clock, in whole seconds
 * @param livemode of which mode it is: that of {@code STRIPE_SECRET_KEY}
 * @param subject what is to be stored: {@code customer}, {@code subscription} or {@code nothing}
 * @param customer {@code cus_…}, or another id if it was imported
 * @param user whose customer that is: the {@code sub} of the user's access token
 * @param deleted whether the customer was deleted
 * @param subscription {@code sub_…}
 * @param status of the subscription, as {@code active}
 * @param begun when the subscription was made
 * @see <a href="https://docs.stripe.com/api/events/object">The Event object</a>
 */
public record StripeEvent(
    String id,
    String type,
    OffsetDateTime created,
    boolean livemode,
    String subject,
    String customer,
    String user,
    boolean deleted,
    String subscription,
    String status,
    OffsetDateTime begun) {
  /** What is told where nothing is to be stored. */
  static final StripeEvent IGNORED =
      new StripeEvent(null, null, null, false, "nothing", null, null, false, null, null, null);

  private static final Pattern VISIBLE_ASCII = Pattern.compile("[!-~]{1,255}");
  private static final Pattern STATUS = Pattern.compile("[a-z_]{1,32}");
  private static final long LATEST_SECOND = 99_999_999_999L;

  static String id(JsonNode event) {
    return text(event.path("id"), VISIBLE_ASCII);
  }

  static String type(JsonNode event) {
    return text(event.path("type"), VISIBLE_ASCII);
  }

  /**
   * Reads what an event with a snapshot of its object tells of a customer or a subscription, if
   * both are named so that they count.
   */
  static StripeEvent read(JsonNode event) {
    JsonNode object = event.at("/data/object");
    return switch (event.path("type").asText()) {
      case "checkout.session.completed" -> ofPurchase(event, object);
      case "customer.created", "customer.updated" ->
          ofCustomer(event, object.path("id"), object.at("/metadata/user_id"), false);
      case "customer.deleted" ->
          ofCustomer(event, object.path("id"), MissingNode.getInstance(), true);
      case "customer.subscription.created",
          "customer.subscription.updated",
          "customer.subscription.deleted" ->
          ofSubscription(event, object);
      default -> IGNORED;
    };
  }

  private static StripeEvent ofPurchase(JsonNode event, JsonNode session) {
    JsonNode customer = session.path("customer");
    JsonNode user = session.path("client_reference_id");
    if (customer.isNull() && StripeText.user(user, id(event)) != null) {
      // No warning: a shop of one-time payments may want it so.
      AccessLog.note(
          "reason",
          "Ignored: the purchase has no customer; with customer_creation=always it would have one");
    }
    return ofCustomer(event, customer, user, false);
  }

  private static StripeEvent ofCustomer(
      JsonNode event, JsonNode found, JsonNode named, boolean deleted) {
    String customer = idOf(found);
    String user = customer == null ? null : StripeText.user(named, id(event));
    boolean counts =
        customer != null && (user != null || deleted) && StripeText.isUsable(customer, id(event));
    return counts ? of(event, customer, user, deleted, MissingNode.getInstance()) : IGNORED;
  }

  private static StripeEvent ofSubscription(JsonNode event, JsonNode subscription) {
    String customer = idOf(subscription.path("customer"));
    String id = subscription.path("id").textValue();
    boolean counts =
        customer != null
            && id != null
            && StripeText.isUsable(customer, id(event))
            && StripeText.isUsable(id, id(event));
    return counts ? of(event, customer, null, false, subscription) : IGNORED;
  }

  private static StripeEvent of(
      JsonNode event, String customer, String user, boolean deleted, JsonNode subscription) {
    return new StripeEvent(
        id(event),
        type(event),
        time(event.path("created")),
        event.path("livemode").booleanValue(),
        subscription.isMissingNode() ? "customer" : "subscription",
        customer,
        user,
        deleted,
        subscription.path("id").textValue(),
        text(subscription.path("status"), STATUS),
        time(subscription.path("created")));
  }

  /** Whether it has all that is stored with its subject. */
  boolean isComplete() {
    return subject.equals("nothing")
        || id != null
            && created != null
            && (subscription == null || status != null && begun != null);
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
