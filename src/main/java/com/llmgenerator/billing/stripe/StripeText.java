package com.llmgenerator.billing.stripe;

import com.fasterxml.jackson.databind.JsonNode;
import com.llmgenerator.billing.request.AccessLog;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Texts of Stripe's answers and events, as fit for the log and the database. */
public final class StripeText {
  private static final Logger LOG = LoggerFactory.getLogger(StripeText.class);
  private static final Pattern IDENTIFIER = Pattern.compile("[A-Za-z0-9_.\\[\\]]{1,255}");
  private static final Pattern USABLE_ID = Pattern.compile("[A-Za-z0-9_-]{1,255}");
  private static final Pattern USER = Pattern.compile("[^\\p{Cntrl}\\p{Cs}]{1,255}");

  private StripeText() {}

  /** An id, code or name of a parameter; empty if it is anything else. */
  public static String identifier(JsonNode node) {
    return IDENTIFIER.matcher(node.asText()).matches() ? node.asText() : "";
  }

  /**
   * Whether an id of a customer or a subscription is one that is kept here: Stripe's are, and
   * nearly all that were chosen by whoever imported them.
   *
   * @param source what has the id, for the log
   */
  public static boolean isUsable(String id, String source) {
    return matches(
        USABLE_ID,
        id,
        "Ignored: a customer or subscription has an id of more than 255 characters, or of others"
            + " than A-Z, a-z, 0-9, _ and -",
        source);
  }

  /**
   * Whoever is not named, or not so that it can be a user, gets no account.
   *
   * @param source what names the user, for the log
   * @return the user's id, or null
   */
  public static String user(JsonNode found, String source) {
    String user = found.textValue();
    String reason =
        "Ignored: a user is named who cannot be one: more than 255 characters, or control"
            + " characters";
    boolean usable = user != null && !user.isBlank() && matches(USER, user, reason, source);
    return usable ? user : null;
  }

  /** Warns where it does not, and tells the access log of an event, too: warnings are rarer. */
  private static boolean matches(Pattern pattern, String text, String reason, String source) {
    boolean matches = pattern.matcher(text).matches();
    if (!matches) {
      AccessLog.note("reason", reason);
      LOG.atWarn().addKeyValue("source", source).log(reason);
    }
    return matches;
  }
}
