package com.llmgenerator.billing.stripe;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.regex.Pattern;

/** Texts of Stripe's answers, as fit for the log. */
public final class StripeText {
  private static final Pattern IDENTIFIER = Pattern.compile("[A-Za-z0-9_.\\[\\]]{1,255}");

  private StripeText() {}

  /** An id, code or name of a parameter; empty if it is anything else. */
  public static String identifier(JsonNode node) {
    return IDENTIFIER.matcher(node.asText()).matches() ? node.asText() : "";
  }
}
