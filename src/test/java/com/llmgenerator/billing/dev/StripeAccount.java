package com.llmgenerator.billing.dev;

import java.util.Map;

/**
 * The Stripe that the embedded default calls: the stand-in, or Stripe itself when the environment
 * has a key.
 *
 * @param key the account's secret key
 * @param demoCustomer the customer that the user {@code demo} pays as
 * @param standIn whether it is the stand-in
 * @param paymentLink where users buy; null if nobody set it, and for the stand-in, which has its
 *     own
 */
record StripeAccount(String key, String demoCustomer, boolean standIn, String paymentLink) {

  /**
   * Reads {@code STRIPE_SECRET_KEY}, {@code DEMO_STRIPE_CUSTOMER} and {@code DEMO_PAYMENT_LINK}.
   *
   * @throws IllegalStateException if there is a key, but no customer, or a link that is none
   */
  static StripeAccount from(Map<String, String> environment) {
    String key = environment.getOrDefault("STRIPE_SECRET_KEY", "");
    if (key.isBlank()) {
      return new StripeAccount("sk_test_embedded_default", "cus_demo", true, null);
    }
    String customer = environment.getOrDefault("DEMO_STRIPE_CUSTOMER", "");
    if (!customer.startsWith("cus_")) {
      throw new IllegalStateException(
          "DEMO_STRIPE_CUSTOMER must be a customer (cus_…) of the account of STRIPE_SECRET_KEY."
              + " Found: "
              + (customer.isBlank() ? "nothing" : customer));
    }
    String link = environment.get("DEMO_PAYMENT_LINK");
    if (link != null && !link.startsWith("https://")) {
      throw new IllegalStateException(
          "DEMO_PAYMENT_LINK must be a Payment Link (https://buy.stripe.com/…). Found: " + link);
    }
    return new StripeAccount(key, customer, false, link);
  }

  /** Whether the key acts on live data. */
  boolean livemode() {
    return key.startsWith("_live_", 2);
  }
}
