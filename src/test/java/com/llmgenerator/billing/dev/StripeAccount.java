package com.llmgenerator.billing.dev;

import java.util.Map;

/**
 * The Stripe that the embedded default calls: the stand-in, or Stripe itself when the environment
 * has a key.
 *
 * @param key the account's secret key
 * @param demoCustomer the customer that the user {@code demo} pays as
 * @param standIn whether it is the stand-in
 */
record StripeAccount(String key, String demoCustomer, boolean standIn) {

  /**
   * Reads {@code STRIPE_SECRET_KEY} and {@code DEMO_STRIPE_CUSTOMER}.
   *
   * @throws IllegalStateException if there is a key, but no customer
   */
  static StripeAccount from(Map<String, String> environment) {
    String key = environment.getOrDefault("STRIPE_SECRET_KEY", "");
    if (key.isBlank()) {
      return new StripeAccount("sk_test_embedded_default", "cus_demo", true);
    }
    String customer = environment.getOrDefault("DEMO_STRIPE_CUSTOMER", "");
    if (!customer.startsWith("cus_")) {
      throw new IllegalStateException(
          "DEMO_STRIPE_CUSTOMER must be a customer (cus_…) of the account of STRIPE_SECRET_KEY."
              + " Found: "
              + (customer.isBlank() ? "nothing" : customer));
    }
    return new StripeAccount(key, customer, false);
  }

  /** Whether the key acts on live data. */
  boolean livemode() {
    return key.startsWith("_live_", 2);
  }
}
