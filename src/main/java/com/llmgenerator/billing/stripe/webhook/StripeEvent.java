package com.llmgenerator.billing.stripe.webhook;

import java.time.OffsetDateTime;

/**
 * What an event of Stripe tells, as far as it matters here; null is what it does not tell.
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

  /**
   * For a route of before, mounted from a folder, which asks whether the key's mode is the event's.
   */
  public boolean ours() {
    return true;
  }

  /** Whether it has all that is stored with its subject. */
  boolean isComplete() {
    return switch (subject) {
      case "customer" -> id != null && created != null;
      case "subscription" -> id != null && created != null && status != null && begun != null;
      default -> true;
    };
  }
}
