package com.llmgenerator.billing.auth;

import com.nimbusds.jose.KeySourceException;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.stereotype.Component;

/**
 * Down until the realm's signing keys were loaded once. It is part of readiness: before that every
 * user would be answered 503. Asking loads them, so that a start without Keycloak heals by itself.
 */
@Component
final class SigningKeysHealthIndicator implements HealthIndicator {
  private final SigningKeys keys;
  private volatile boolean loaded;

  SigningKeysHealthIndicator(SigningKeys keys) {
    this.keys = keys;
  }

  @Override
  public Health health() {
    try {
      if (!loaded) {
        keys.current();
        loaded = true;
      }
      return Health.up().build();
    } catch (KeySourceException e) {
      return Health.down().withDetail("reason", e.getMessage()).build();
    }
  }
}
