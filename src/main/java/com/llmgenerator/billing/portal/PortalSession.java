package com.llmgenerator.billing.portal;

/**
 * A session of Stripe's Customer Portal, as the caller gets it: {@code {"url": "…"}}.
 *
 * @param url opens the portal once, for a short time; whoever has it is in, so it is never logged
 */
public record PortalSession(String url) {
  @Override
  public String toString() {
    return "a portal session";
  }
}
