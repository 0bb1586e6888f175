package com.llmgenerator.billing;

import com.llmgenerator.billing.config.Origin;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.springframework.core.env.PropertyResolver;

/**
 * The settings of the billing portal, checked once at start.
 *
 * <p>Each is the environment variable named here, a file of that name in a folder imported with
 * {@code configtree:}, or the property it stands for: {@code STRIPE_SECRET_KEY} is {@code
 * stripe.secret-key}. Defaults stand in {@code application.yaml}.
 */
public record Settings(Keycloak keycloak, Stripe stripe, Portal portal) {

  /**
   * The realm whose access tokens are accepted.
   *
   * @param issuer {@code KEYCLOAK_ISSUER}: what {@code iss} must be
   * @param jwksUrl {@code KEYCLOAK_JWKS_URL}: where the realm publishes its signing keys
   * @param audience {@code KEYCLOAK_AUDIENCE}: what {@code aud} must contain
   * @param keysKept {@code KEYCLOAK_KEYS_KEPT}: how long known keys serve while Keycloak is down
   */
  public record Keycloak(String issuer, URI jwksUrl, String audience, Duration keysKept) {}

  /**
   * The Stripe account.
   *
   * @param secretKey {@code STRIPE_SECRET_KEY}: a restricted or secret key
   * @param apiBase {@code STRIPE_API_BASE}: origin of Stripe's API
   * @param apiVersion {@code STRIPE_API_VERSION}: sent as {@code Stripe-Version}
   * @param portalConfiguration {@code STRIPE_PORTAL_CONFIGURATION}: {@code bpc_…}, or none for the
   *     account's default
   * @param portalOrigin {@code STRIPE_PORTAL_ORIGIN}: where the portal is, Stripe's or a domain of
   *     your own at Stripe
   * @param webhookSecrets {@code STRIPE_WEBHOOK_SECRETS}: with which Stripe signs its events; none
   *     if they are not taken
   */
  public record Stripe(
      String secretKey,
      Origin apiBase,
      String apiVersion,
      Optional<String> portalConfiguration,
      Origin portalOrigin,
      List<String> webhookSecrets) {

    /** Whether the key acts on live data; otherwise it acts on test data. */
    public boolean livemode() {
      return secretKey.startsWith("_live_", 2);
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

  /**
   * Where users are sent back to, whose pages may call, and how much.
   *
   * @param defaultReturnUrl {@code PORTAL_DEFAULT_RETURN_URL}: the application's dashboard
   * @param returnOrigins {@code PORTAL_RETURN_ORIGINS}: origins users may be sent back to
   * @param corsOrigins {@code PORTAL_CORS_ORIGINS}: origins whose pages may call the API
   * @param corsHeaders {@code PORTAL_CORS_HEADERS}: names, in lower case, of headers that these
   *     pages may send besides those that all may
   * @param deadline {@code PORTAL_DEADLINE}: how long a request may take, Stripe's retries included
   * @param requestsAtOnce {@code PORTAL_REQUESTS_AT_ONCE}: how many may be in the routes
   * @param sessionsPerMinute {@code PORTAL_SESSIONS_PER_MINUTE}: how many a caller may ask for
   * @param sessionsInBurst {@code PORTAL_SESSIONS_IN_BURST}: how many of them at once
   */
  public record Portal(
      String defaultReturnUrl,
      Set<Origin> returnOrigins,
      Set<Origin> corsOrigins,
      Set<String> corsHeaders,
      Duration deadline,
      int requestsAtOnce,
      int sessionsPerMinute,
      int sessionsInBurst) {}

  /**
   * Reads and checks all settings.
   *
   * @throws InvalidSettingsException naming each setting that is missing or insecure
   */
  public static Settings from(PropertyResolver properties) {
    SettingsReader reader = new SettingsReader(properties);
    String issuer = reader.issuer("keycloak.issuer");
    Settings settings =
        new Settings(
            new Keycloak(
                issuer,
                reader.jwksUrl("keycloak.jwks-url", issuer),
                reader.text(
                    "keycloak.audience",
                    "name an audience of this service alone, not account",
                    "(?!account$)\\S+"),
                reader.duration("keycloak.keys-kept", "10m", "7d")),
            new Stripe(
                reader.secret(
                    "stripe.secret-key",
                    "be a restricted or secret key of Stripe (rk_live_…, sk_test_…)",
                    "(sk|rk)_(live|test)_\\w{1,240}"),
                reader.origin("stripe.api-base"),
                reader.text(
                    "stripe.api-version",
                    "be a version of Stripe's API, as 2026-09-30.endive",
                    "\\d{4}-\\d\\d-\\d\\d(\\.[a-z]+)?"),
                reader.optionalText(
                    "stripe.portal-configuration",
                    "be the id of a portal configuration (bpc_…)",
                    "bpc_\\w{1,240}"),
                reader.origin("stripe.portal-origin"),
                reader.optionalSecrets(
                    "stripe.webhook-secrets",
                    "list signing secrets of webhook endpoints (whsec_…), separated by commas",
                    "whsec_[\\w+/=-]{16,240}")),
            reader.portal());
    reader.databaseUrl("spring.datasource.url");
    reader.address("server.address");
    reader.port("server.port");
    reader.address("management.server.address");
    reader.port("management.server.port");
    reader.text("spring.datasource.username", "name the database user", ".+");
    reader.secret("spring.datasource.password", "be the database user's password", ".+");
    reader.text(
        "portal.routes",
        "be a folder of *.camel.yaml files, as file:/etc/camel/routes",
        "(file|classpath):.+");
    reader.offer("portal.offer");
    reader.text("portal.offer-checked", "be true or false", "true|false");
    reader.failIfAnyIsInvalid();
    return settings;
  }
}
