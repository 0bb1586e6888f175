package com.llmgenerator.billing.config;

import jakarta.validation.constraints.AssertTrue;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import java.util.List;
import java.util.Optional;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The Stripe account.
 *
 * @param secretKey a restricted or secret key
 * @param apiBase origin of Stripe's API
 * @param apiVersion sent as Stripe-Version
 * @param portalConfiguration bpc_…, or none for the account's default
 * @param portalOrigin where the portal is: Stripe's, or a domain of your own at Stripe
 * @param webhookSecrets with which Stripe signs its events; none if they are not taken
 */
@ConfigurationProperties("stripe")
public record StripeProperties(
    @Must("be a restricted or secret key of Stripe (rk_live_…, sk_test_…)") Secret secretKey,
    @Must("be an https origin, as https://host or https://host:port") @NotNull Origin apiBase,
    @Must("be a version of Stripe's API, as 2026-09-30.endive")
        @NotNull
        @Pattern(regexp = "\\d{4}-\\d\\d-\\d\\d(\\.[a-z]+)?")
        String apiVersion,
    @Must("be the id of a portal configuration (bpc_…)") @DefaultValue
        Optional<@Pattern(regexp = "bpc_\\w{1,240}") String> portalConfiguration,
    @Must("be an https origin, as https://host or https://host:port") @NotNull Origin portalOrigin,
    @Must("list signing secrets of webhook endpoints (whsec_…), separated by commas") @DefaultValue
        List<Secret> webhookSecrets) {

  @AssertTrue
  boolean isSecretKey() {
    return secretKey != null && secretKey.text().matches("(sk|rk)_(live|test)_\\w{1,240}");
  }

  @AssertTrue
  boolean isWebhookSecrets() {
    return webhookSecrets.stream()
        .allMatch(secret -> secret.text().matches("whsec_[\\w+/=-]{16,240}"));
  }

  /** Whether the key acts on live data; otherwise it acts on test data. */
  public boolean livemode() {
    return secretKey.text().startsWith("_live_", 2);
  }

  /** Whether portal sessions come from Stripe itself, not from a proxy or a stand-in. */
  public boolean isStripeItself() {
    return apiBase.host().equals("api.stripe.com");
  }

  @Override
  public String toString() {
    return apiBase + " in " + (livemode() ? "live" : "test") + " mode";
  }
}
