package com.llmgenerator.billing.stripe;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.llmgenerator.billing.Settings;
import com.llmgenerator.billing.http.RequestLog;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.camel.Body;
import org.apache.camel.Variable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Reads the events of Stripe.
 *
 * @see <a href="https://docs.stripe.com/api/events/object">The Event object</a>
 */
@Component
public final class StripeEvents {
  private static final Logger LOG = LoggerFactory.getLogger(StripeEvents.class);
  private static final Set<String> OF_CUSTOMERS =
      Set.of("customer.created", "customer.updated", "customer.deleted");
  private static final Set<String> OF_SUBSCRIPTIONS =
      Set.of(
          "customer.subscription.created",
          "customer.subscription.updated",
          "customer.subscription.deleted");
  private static final String PURCHASE = "checkout.session.completed";
  private static final Pattern ID = Pattern.compile("evt_\\w{1,250}");
  private static final Pattern ANY_ID = Pattern.compile("(?s).+");
  private static final Pattern USABLE_ID = Pattern.compile("[A-Za-z0-9_-]{1,255}");
  private static final Pattern TYPE = Pattern.compile("[\\w.\\[\\]-]{1,100}");
  private static final Pattern STATUS = Pattern.compile("[a-z_]{1,32}");
  private static final Pattern USER = Pattern.compile("[^\\p{Cntrl}\\p{Cs}]{1,255}");
  private static final long LATEST_SECOND = 99_999_999_999L;

  private final boolean ourMode;
  private final ObjectMapper json;

  /** The conflicts of the last minute. */
  private final Cache<String, Boolean> conflicts =
      Caffeine.newBuilder().expireAfterWrite(Duration.ofMinutes(1)).maximumSize(1_000).build();

  StripeEvents(Settings settings, ObjectMapper json) {
    this.ourMode = settings.stripe().livemode();
    this.json = json;
  }

  /**
   * Reads an event.
   *
   * @param body its JSON
   * @throws InvalidEventException if it is none, or lacks what Stripe's events have
   */
  public StripeEvent read(@Body byte[] body) {
    JsonNode event = parse(body);
    if (!event.path("object").asText().equals("event")) {
      throw new InvalidEventException("The body is not an event");
    }
    String id = text(event.path("id"), ID, "id");
    String type = text(event.path("type"), TYPE, "type");
    RequestLog.note("stripeEvent", id);
    RequestLog.note("stripeEventType", type);
    OffsetDateTime created = time(event.path("created"), "created");
    if (!event.path("livemode").isBoolean()) {
      throw new InvalidEventException("The event has no livemode");
    }
    boolean livemode = event.path("livemode").booleanValue();
    JsonNode told = event.at("/data/object");
    if (OF_SUBSCRIPTIONS.contains(type)) {
      String payer = text(told.path("customer"), ANY_ID, "customer");
      String subscription = text(told.path("id"), ANY_ID, "subscription");
      return new StripeEvent(
          id,
          type,
          created,
          livemode,
          livemode == ourMode,
          isUsable(payer, id) && isUsable(subscription, id) ? "subscription" : "nothing",
          payer,
          null,
          false,
          subscription,
          text(told.path("status"), STATUS, "status"),
          time(told.path("created"), "subscription's created"));
    }
    String customer = null;
    String user = null;
    boolean deleted = type.equals("customer.deleted");
    if (OF_CUSTOMERS.contains(type)) {
      customer = text(told.path("id"), ANY_ID, "customer");
      user = deleted ? null : user(told.at("/metadata/user_id"), id);
    } else if (type.equals(PURCHASE) && !told.path("customer").isNull()) {
      customer = text(told.path("customer"), ANY_ID, "customer");
      user = user(told.path("client_reference_id"), id);
    }
    boolean matters = customer != null && (user != null || deleted) && isUsable(customer, id);
    return new StripeEvent(
        id,
        type,
        created,
        livemode,
        livemode == ourMode,
        matters ? "customer" : "nothing",
        customer,
        user,
        deleted,
        null,
        null,
        null);
  }

  /**
   * The answer to an event, which the log tells too.
   *
   * @param stored the row that says what became of it: its outcome, or one with the members {@code
   *     outcome} and {@code conflict}; null if nothing was to be stored
   */
  public EventReceipt receipt(@Variable("stored") Object stored) {
    String outcome = stored == null ? "ignored" : stored.toString();
    if (stored instanceof Map<?, ?> row) {
      outcome = row.get("outcome").toString();
      if (row.get("conflict") != null) {
        RequestLog.note("code", "billing_account_conflict");
        warnOfConflict(row.get("conflict").toString());
      }
    }
    RequestLog.note("outcome", outcome);
    return new EventReceipt(outcome);
  }

  /** A minute once: Stripe tells the same with every change of a customer. */
  private void warnOfConflict(String conflict) {
    if (conflicts.asMap().putIfAbsent(conflict, true) == null) {
      LOG.warn(
          "{}: mend it at Stripe, or in the database as README says below Purchases", conflict);
    }
  }

  private JsonNode parse(byte[] body) {
    try {
      return json.readTree(body);
    } catch (IOException e) {
      throw new InvalidEventException("The body is not JSON");
    }
  }

  private static String text(JsonNode found, Pattern pattern, String name) {
    if (!found.isTextual() || !pattern.matcher(found.textValue()).matches()) {
      throw new InvalidEventException("The event has no " + name + " that can be one");
    }
    return found.textValue();
  }

  private static OffsetDateTime time(JsonNode found, String name) {
    if (!found.canConvertToLong() || found.longValue() < 0 || found.longValue() > LATEST_SECOND) {
      throw new InvalidEventException("The event has no " + name + " that can be one");
    }
    return Instant.ofEpochSecond(found.longValue()).atOffset(ZoneOffset.UTC);
  }

  /**
   * Whether an id of a customer or a subscription is one that is kept here: Stripe's are, and
   * nearly all that were chosen by whoever imported them.
   *
   * @param source what has the id, for the log
   */
  static boolean isUsable(String id, String source) {
    boolean usable = USABLE_ID.matcher(id).matches();
    if (!usable) {
      LOG.warn(
          "{} is ignored: its customer or subscription has an id of more than 255 characters, or of"
              + " others than A-Z, a-z, 0-9, _ and -",
          source);
    }
    return usable;
  }

  /**
   * Whoever is not named, or not so that it can be a user, gets no account.
   *
   * @param source what names the user, for the log
   */
  static String user(JsonNode found, String source) {
    if (!found.isTextual() || found.textValue().isBlank()) {
      return null;
    }
    if (!USER.matcher(found.textValue()).matches()) {
      LOG.warn(
          "{} names a user who cannot be one: more than 255 characters, or control characters",
          source);
      return null;
    }
    return found.textValue();
  }
}
