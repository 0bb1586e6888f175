package com.llmgenerator.billing.stripe.configuration;

import com.fasterxml.jackson.databind.JsonNode;
import com.llmgenerator.billing.config.StripeProperties;
import com.llmgenerator.billing.problem.ProblemException;
import com.llmgenerator.billing.stripe.StripeAccountClient.Answer;
import com.llmgenerator.billing.stripe.StripeText;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Instant;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.stereotype.Component;

/**
 * Whether Stripe's portal offers what is promised, as the last check found it: the key is valid and
 * has its permission, the portal configuration is of its mode, active, and offers the five
 * capabilities. It is no part of readiness or liveness: another pod would find the same.
 *
 * <p>Unknown where Stripe cannot be asked: also where the key may open the portal and not read its
 * configuration, which is all right.
 */
@Component
public final class PortalConfigurationHealthIndicator implements HealthIndicator {
  private static final Logger LOG =
      LoggerFactory.getLogger(PortalConfigurationHealthIndicator.class);
  private static final String REMEDY =
      "run configure-portal and set STRIPE_PORTAL_CONFIGURATION to what it prints";

  private final StripeProperties stripe;
  private final PortalConfigurations configurations;
  private volatile Health health = Health.unknown().withDetail("reason", "Not checked yet").build();
  private boolean mayWrite;

  PortalConfigurationHealthIndicator(
      StripeProperties stripe, PortalConfigurations configurations, MeterRegistry metrics) {
    this.stripe = stripe;
    this.configurations = configurations;
    // A secret key may do all; what a restricted one may do is found out once.
    this.mayWrite = stripe.secretKey().text().startsWith("sk_");
    Gauge.builder(
            "billing.portal.configuration.valid", this, PortalConfigurationHealthIndicator::measure)
        .description("1 if Stripe's portal offers what is promised, 0 if not")
        .register(metrics);
  }

  @Override
  public Health health() {
    return health;
  }

  /** Asks Stripe, and tells in one line what is to do, or once that nothing is. */
  public void check() {
    Health before = health;
    Health found;
    try {
      found = judge();
    } catch (ProblemException e) {
      found = unknown(e.getMessage());
    }
    health =
        Health.status(found.getStatus())
            .withDetails(found.getDetails())
            .withDetail("checkedAt", Instant.now().toString())
            .build();
    if (found.getStatus() != Status.UP) {
      LOG.warn("{}", found.getDetails().get("reason"));
    } else if (before.getStatus() != Status.UP) {
      LOG.info(
          "Stripe's portal offers what is promised, by {}",
          found.getDetails().get("configuration"));
    }
  }

  private Health judge() {
    Answer answer =
        stripe.portalConfiguration().isPresent()
            ? configurations.retrieve(stripe.portalConfiguration().get())
            : configurations.listDefault();
    Answer permission =
        mayWrite || answer.status() == 401 ? answer : configurations.askForNoSession();
    mayWrite = mayWrite || permission.status() == 400;
    if (answer.status() == 401) {
      return down("Stripe refuses the key: check STRIPE_SECRET_KEY");
    }
    if (permission.status() == 403 && !mayWrite) {
      return down("Stripe refuses the key's permission: give it \"Customer portal: write\"");
    }
    if (answer.status() == 403) {
      return unknown(
          "The key may open the portal, but not read what it offers: that is not checked. Give it"
              + " \"Customer portal: write\", which includes reading");
    }
    if (answer.status() == 404 || answer.status() == 400) {
      return down("Stripe has no " + name() + ": check STRIPE_PORTAL_CONFIGURATION");
    }
    if (answer.status() != 200) {
      return unknown("Stripe does not tell what the portal offers: " + answer.refusal());
    }
    if (answer.body().path("object").asText().equals("list")) {
      JsonNode first = answer.body().path("data").path(0);
      return first.isMissingNode() ? down("Stripe has no " + name() + ": " + REMEDY) : judge(first);
    }
    return judge(answer.body());
  }

  private Health judge(JsonNode configuration) {
    if (!configuration.path("object").asText().equals("billing_portal.configuration")) {
      return unknown("Stripe answered something else than a portal configuration");
    }
    JsonNode livemode = configuration.path("livemode");
    if (!livemode.isBoolean() || livemode.booleanValue() != stripe.livemode()) {
      return down("The " + name() + " is of the other mode: check STRIPE_PORTAL_CONFIGURATION");
    }
    if (!configuration.path("active").asBoolean()) {
      return down("The " + name() + " is not active: " + REMEDY);
    }
    List<String> lacking = PortalConfigurationFile.lacking(configuration);
    if (!lacking.isEmpty()) {
      return down(
          "The " + name() + " does not offer " + String.join(", ", lacking) + ": " + REMEDY);
    }
    return Health.up()
        .withDetail("configuration", StripeText.identifier(configuration.path("id")))
        .build();
  }

  private String name() {
    return stripe
            .portalConfiguration()
            .map(id -> "portal configuration " + id)
            .orElse("default portal configuration")
        + " in "
        + (stripe.livemode() ? "live" : "test")
        + " mode";
  }

  private double measure() {
    Status status = health.getStatus();
    return status == Status.UNKNOWN ? Double.NaN : status == Status.UP ? 1 : 0;
  }

  private static Health down(String reason) {
    return Health.down().withDetail("reason", reason).build();
  }

  private static Health unknown(String reason) {
    return Health.unknown().withDetail("reason", reason).build();
  }
}
