package com.llmgenerator.billing.config;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Settings of a portal that allows usual things. */
public final class TestSettings {
  private TestSettings() {}

  public static StripeProperties stripe(String key, String base, Optional<String> configuration) {
    return new StripeProperties(
        new Secret(key),
        Origin.of(base),
        "2026-09-30.endive",
        configuration,
        Origin.of("https://billing.stripe.com"),
        List.of());
  }

  public static PortalProperties portal(Origin... returnOrigins) {
    return new PortalProperties(
        Set.of(returnOrigins),
        "https://app.example.com/dashboard",
        Set.of(),
        Set.of(),
        Duration.ofSeconds(10),
        250,
        10,
        5,
        "classpath:routes",
        "classpath:portal-offer.yaml",
        "true");
  }
}
