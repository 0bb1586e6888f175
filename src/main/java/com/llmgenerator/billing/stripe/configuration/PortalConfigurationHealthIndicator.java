package com.llmgenerator.billing.stripe.configuration;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.llmgenerator.billing.config.StripeProperties;
import com.llmgenerator.billing.problem.ProblemException;
import com.llmgenerator.billing.stripe.StripeAccountClient;
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

  private final StripeProperties settings;
  private final StripeAccountClient stripe;
  private final String name;
  private volatile Health health = unknown("Not checked yet").build();
  private boolean mayWrite;

  PortalConfigurationHealthIndicator(
      StripeProperties settings, StripeAccountClient stripe, MeterRegistry metrics) {
    this.settings = settings;
    this.stripe = stripe;
    this.name =
        settings
                .portalConfiguration()
                .map(id -> "portal configuration " + id)
                .orElse("default portal configuration")
            + (settings.livemode() ? " in live mode" : " in test mode");
    // A secret key may do all; what a restricted one may do is found out once.
    this.mayWrite = settings.secretKey().text().startsWith("sk_");
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
    Status before = health.getStatus();
    Health.Builder found;
    try {
      found = judge();
    } catch (ProblemException e) {
      found = unknown(e.getMessage());
    }
    health = found.withDetail("checkedAt", Instant.now().toString()).build();
    if (health.getStatus() != Status.UP) {
      LOG.warn("{}", health.getDetails().get("reason"));
    } else if (before != Status.UP) {
      LOG.info(
          "Stripe's portal offers what is promised, by {}",
          health.getDetails().get("configuration"));
    }
  }

  private Health.Builder judge() {
    Answer answer =
        stripe.get(
            PortalConfigurations.PATH
                + settings
                    .portalConfiguration()
                    .map(id -> "/" + id)
                    .orElse("?is_default=true&limit=1"));
    Answer permission = answer;
    if (!mayWrite && answer.status() != 401) {
      // A request that lacks all is refused, and makes no session.
      permission = stripe.post("/v1/billing_portal/sessions", List.of());
      mayWrite = permission.status() == 400;
    }
    if (answer.status() == 401) {
      return down("Stripe refuses the key: check STRIPE_SECRET_KEY");
    }
    if (permission.status() == 403 && !mayWrite) {
      return down("Stripe refuses the key's permission: give it \"Customer portal: write\"");
    }
    return switch (answer.status()) {
      case 200 -> judge(answer.body());
      case 403 ->
          unknown(
              "The key may open the portal, but not read what it offers: that is not checked. Give"
                  + " it \"Customer portal: write\", which includes reading");
      case 400, 404 -> down("Stripe has no " + name + ": check STRIPE_PORTAL_CONFIGURATION");
      default -> unknown("Stripe does not tell what the portal offers: " + answer.refusal());
    };
  }

  /** Judges a configuration, or a list of the default one. */
  private Health.Builder judge(JsonNode found) {
    boolean list = found.path("object").asText().equals("list");
    JsonNode configuration = list ? found.path("data").path(0) : found;
    if (list && configuration.isMissingNode()) {
      return down("Stripe has no " + name + ": " + REMEDY);
    }
    if (!configuration.path("object").asText().equals(PortalConfigurations.OBJECT)) {
      return unknown("Stripe answered something else than a portal configuration");
    }
    if (!configuration.path("livemode").equals(BooleanNode.valueOf(settings.livemode()))) {
      return down("The " + name + " is of the other mode: check STRIPE_PORTAL_CONFIGURATION");
    }
    if (!configuration.path("active").asBoolean()) {
      return down("The " + name + " is not active: " + REMEDY);
    }
    List<String> lacking = PortalConfigurationFile.lacking(configuration);
    return lacking.isEmpty()
        ? Health.up().withDetail("configuration", StripeText.identifier(configuration.path("id")))
        : down("The " + name + " does not offer " + String.join(", ", lacking) + ": " + REMEDY);
  }

  private double measure() {
    Status status = health.getStatus();
    return status == Status.UNKNOWN ? Double.NaN : status == Status.UP ? 1 : 0;
  }

  private static Health.Builder down(String reason) {
    return Health.down().withDetail("reason", reason);
  }

  private static Health.Builder unknown(String reason) {
    return Health.unknown().withDetail("reason", reason);
  }
}
