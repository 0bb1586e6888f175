package com.llmgenerator.billing.stripe.webhook;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.llmgenerator.billing.config.StripeProperties;
import com.llmgenerator.billing.problem.BadRequestException;
import com.llmgenerator.billing.request.AccessLog;
import java.io.IOException;
import java.util.Map;
import java.util.regex.Pattern;
import org.apache.camel.Body;
import org.apache.camel.Variable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Reads the events of Stripe. What Stripe signed is never rejected for its shape: Stripe would send
 * it for days, and disable the endpoint in the end.
 */
@Component
public final class StripeEventReader {
  private static final Logger LOG = LoggerFactory.getLogger(StripeEventReader.class);
  private static final Pattern USABLE_ID = Pattern.compile("[A-Za-z0-9_-]{1,255}");
  private static final Pattern USER = Pattern.compile("[^\\p{Cntrl}\\p{Cs}]{1,255}");

  private final boolean ourMode;
  private final ObjectMapper json;

  StripeEventReader(StripeProperties stripe, ObjectMapper json) {
    this.ourMode = stripe.livemode();
    this.json = json;
  }

  /**
   * Reads an event: {@link StripeEvent#IGNORED} if it tells nothing that counts here.
   *
   * @param body its JSON
   * @throws BadRequestException if that is no JSON object, or has a member twice
   */
  public StripeEvent read(@Body byte[] body) {
    JsonNode event;
    try {
      event = parse(body);
    } catch (StreamConstraintsException e) {
      return ignoredWithWarning(
          "Ignored: the event is beyond the limits of the JSON parser; run reconcile-accounts to"
              + " store what it is about");
    }
    SnapshotEvent snapshot = new SnapshotEvent(event);
    AccessLog.note("stripeEvent", snapshot.id());
    AccessLog.note("stripeEventType", snapshot.type());
    String object = event.path("object").asText();
    if (object.equals("v2.core.event")) {
      return ignoredWithWarning(
          "Ignored: the event is thin; set the payload style of the webhook endpoint to snapshot");
    }
    if (event.hasNonNull("account")) {
      return ignoredWithWarning(
          "Ignored: the event is of a connected account; have the webhook endpoint listen to"
              + " events of your account alone");
    }
    if (!object.equals("event")) {
      return ignored("Ignored: the body is no event");
    }
    if (!event.path("livemode").equals(BooleanNode.valueOf(ourMode))) {
      return ignored("Ignored: the event is not of the mode of STRIPE_SECRET_KEY");
    }
    StripeEvent read = snapshot.read();
    if (!read.isComplete()) {
      return ignoredWithWarning(
          "Ignored: the event has no usable id, created or status; run reconcile-accounts to store"
              + " what it is about");
    }
    return read;
  }

  /**
   * The answer to an event, which the log tells too.
   *
   * @param stored the row that says what became of it: its outcome, or one with the members {@code
   *     outcome} and {@code conflict}; null if nothing was to be stored
   */
  public WebhookResult receipt(@Variable("stored") Object stored) {
    String outcome = stored == null ? "ignored" : stored.toString();
    if (stored instanceof Map<?, ?> row) {
      outcome = row.get("outcome").toString();
      if (row.get("conflict") != null) {
        AccessLog.note("code", "billing_account_conflict");
        AccessLog.note("reason", row.get("conflict"));
        LOG.warn(
            "{}: fix it at Stripe, or in the database as README says below Purchases",
            row.get("conflict"));
      }
    }
    AccessLog.note("outcome", outcome);
    return new WebhookResult(outcome);
  }

  private JsonNode parse(byte[] body) throws StreamConstraintsException {
    try (JsonParser parser = json.createParser(body)) {
      if (parser.nextToken() == JsonToken.START_OBJECT) {
        return json.readTree(parser);
      }
    } catch (StreamConstraintsException e) {
      throw e;
    } catch (IOException e) {
      throw new BadRequestException("invalid_event", "The body is not JSON, or has a member twice");
    }
    throw new BadRequestException("invalid_event", "The body is no JSON object");
  }

  private static StripeEvent ignored(String reason) {
    AccessLog.note("reason", reason);
    return StripeEvent.IGNORED;
  }

  private static StripeEvent ignoredWithWarning(String reason) {
    LOG.warn(reason);
    return ignored(reason);
  }

  /**
   * Whether an id of a customer or a subscription is one that is kept here: Stripe's are, and
   * nearly all that were chosen by whoever imported them.
   *
   * @param source what has the id, for the log
   */
  public static boolean isUsable(String id, String source) {
    boolean usable = USABLE_ID.matcher(id).matches();
    if (!usable) {
      warnOfIgnored(
          "Ignored: a customer or subscription has an id of more than 255 characters, or of others"
              + " than A-Z, a-z, 0-9, _ and -",
          source);
    }
    return usable;
  }

  /**
   * Whoever is not named, or not so that it can be a user, gets no account.
   *
   * @param source what names the user, for the log
   */
  public static String user(JsonNode found, String source) {
    if (!found.isTextual() || found.textValue().isBlank()) {
      return null;
    }
    if (!USER.matcher(found.textValue()).matches()) {
      warnOfIgnored(
          "Ignored: a user is named who cannot be one: more than 255 characters, or control"
              + " characters",
          source);
      return null;
    }
    return found.textValue();
  }

  /** In the access log of an event, too: the warning is not written for each. */
  private static void warnOfIgnored(String reason, String source) {
    AccessLog.note("reason", reason);
    LOG.atWarn().addKeyValue("source", source).log(reason);
  }
}
