package com.llmgenerator.billing.dev;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which Stripe the embedded default calls. */
class StripeAccountTest {
  @Test
  void isTheStandInWithoutAKey() {
    assertThat(StripeAccount.from(Map.of("DEMO_STRIPE_CUSTOMER", "cus_1")))
        .isEqualTo(new StripeAccount("sk_test_embedded_default", "cus_demo", true, null));
    assertThat(StripeAccount.from(Map.of("STRIPE_SECRET_KEY", " ")).standIn()).isTrue();
  }

  @Test
  void isStripeItselfWithAKey() {
    assertThat(account("rk_test_1", "cus_1"))
        .isEqualTo(new StripeAccount("rk_test_1", "cus_1", false, null));
  }

  @ParameterizedTest
  @CsvSource({"sk_test_1, false", "rk_test_live_, false", "sk_live_1, true", "rk_live_1, true"})
  void isOfTheKeysMode(String key, boolean livemode) {
    assertThat(account(key, "cus_1").livemode()).isEqualTo(livemode);
  }

  @ParameterizedTest
  @ValueSource(strings = {"acct_1", "demo", "cus"})
  void refusesWhatIsNoCustomer(String customer) {
    assertThatThrownBy(() -> account("sk_test_1", customer))
        .isExactlyInstanceOf(IllegalStateException.class)
        .hasMessage(
            "DEMO_STRIPE_CUSTOMER must be a customer (cus_…) of the account of STRIPE_SECRET_KEY."
                + " Found: "
                + customer);
  }

  @Test
  void refusesAKeyWithoutCustomer() {
    assertThatThrownBy(() -> StripeAccount.from(Map.of("STRIPE_SECRET_KEY", "sk_test_1")))
        .isExactlyInstanceOf(IllegalStateException.class)
        .hasMessageEndingWith("Found: nothing")
        .hasMessageNotContaining("sk_test_1");
  }

  @Test
  void hasThePaymentLinkOfTheEnvironment() {
    Map<String, String> environment = new HashMap<>();
    environment.put("STRIPE_SECRET_KEY", "sk_test_1");
    environment.put("DEMO_STRIPE_CUSTOMER", "cus_1");
    environment.put("DEMO_PAYMENT_LINK", "https://buy.stripe.com/test_1");
    assertThat(StripeAccount.from(environment).paymentLink())
        .isEqualTo("https://buy.stripe.com/test_1");
    environment.put("DEMO_PAYMENT_LINK", "plink_1");
    assertThatThrownBy(() -> StripeAccount.from(environment))
        .isExactlyInstanceOf(IllegalStateException.class)
        .hasMessage(
            "DEMO_PAYMENT_LINK must be a Payment Link (https://buy.stripe.com/…). Found: plink_1");
  }

  private static StripeAccount account(String key, String customer) {
    return StripeAccount.from(Map.of("STRIPE_SECRET_KEY", key, "DEMO_STRIPE_CUSTOMER", customer));
  }
}
