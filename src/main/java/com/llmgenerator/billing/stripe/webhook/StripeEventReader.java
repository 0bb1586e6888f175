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

  private final boolean livemode;
  private final ObjectMapper json;

  StripeEventReader(StripeProperties stripe, ObjectMapper json) {
    this.livemode = stripe.livemode();
    this.json = json;
  }

  /**
   * Reads an event: {@link StripeEvent#IGNORED} if it tells nothing that counts here.
   *
   * @param body its JSON
   * @throws BadRequestException if that is no JSON object, or has a member twice
   */
  public StripeEvent read(@Body byte[] body) {
    try (JsonParser parser = json.createParser(body)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new BadRequestException("invalid_event", "The body is no JSON object");
      }
      return read(json.<JsonNode>readTree(parser));
    } catch (StreamConstraintsException e) {
      return ignoredWithWarning(
          "Ignored: the event is beyond the limits of the JSON parser; run reconcile-accounts to"
              + " store what it is about");
    } catch (IOException e) {
      throw new BadRequestException("invalid_event", "The body is not JSON, or has a member twice");
    }
  }

  private StripeEvent read(JsonNode event) {
    AccessLog.note("stripeEvent", StripeEvent.id(event));
    AccessLog.note("stripeEventType", StripeEvent.type(event));
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
    if (!event.path("livemode").equals(BooleanNode.valueOf(livemode))) {
      return ignored("Ignored: the event is not of the mode of STRIPE_SECRET_KEY");
    }
    StripeEvent read = StripeEvent.read(event);
    return read.isComplete()
        ? read
        : ignoredWithWarning(
            "Ignored: the event has no usable id, created or status; run reconcile-accounts to"
                + " store what it is about");
  }

  /**
   * The answer to an event, which Stripe's Dashboard shows and the log tells too: {@code
   * {"outcome": "stored"}}, or {@code known} for a repetition, {@code conflict} if it was stored
   * and somebody must look at it, or {@code ignored}.
   *
   * @param stored the row that says what became of it: its outcome, or one with the members {@code
   *     outcome} and {@code conflict}; null if nothing was to be stored
   */
  public Map<String, String> receipt(@Variable("stored") Object stored) {
    String outcome = stored == null ? "ignored" : stored.toString();
    if (stored instanceof Map<?, ?> row) {
      outcome = row.get("outcome").toString();
      if (row.get("conflict") != null) {
        AccessLog.note("code", "billing_account_conflict");
        AccessLog.note("reason", row.get("conflict"));
        LOG.warn(
            "{}. Fix it at Stripe or in the database: see Conflicts in src/docs/stripe.md",
            row.get("conflict"));
      }
    }
    AccessLog.note("outcome", outcome);
    return Map.of("outcome", outcome);
  }

  private static StripeEvent ignored(String reason) {
    AccessLog.note("reason", reason);
    return StripeEvent.IGNORED;
  }

  private static StripeEvent ignoredWithWarning(String reason) {
    LOG.warn(reason);
    return ignored(reason);
  }
}
