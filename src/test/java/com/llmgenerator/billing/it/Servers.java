package com.llmgenerator.billing.it;

import com.llmgenerator.billing.auth.ApiKey;
import com.llmgenerator.billing.dev.EmbeddedKeycloak;
import com.llmgenerator.billing.dev.EmbeddedPostgres;
import com.llmgenerator.billing.dev.Ports;
import com.llmgenerator.billing.dev.StripeStandIn;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

/**
 * The servers of the integration tests and one portal in front of them, started once for all tests:
 * real PostgreSQL, real Keycloak, the Stripe stand-in, the packaged jar.
 */
final class Servers {
  static final String RETURN_ORIGIN = "https://app.example.com";
  static final String DASHBOARD = RETURN_ORIGIN + "/dashboard";
  static final String STRIPE_KEY = "sk_test_integration";
  static final String EVENT_SECRET = "whsec_integrationIntegration";
  static final String OLD_EVENT_SECRET = "whsec_integrationBefore";

  /** Where the demo application is served, by its test: in pictures where users find it. */
  static final int DEMO_PORT = Boolean.getBoolean("screenshots") ? 3000 : Ports.free();

  static final EmbeddedPostgres POSTGRES;
  static final EmbeddedKeycloak KEYCLOAK;

  static {
    CompletableFuture<EmbeddedKeycloak> keycloak = EmbeddedKeycloak.starting(0, DEMO_PORT);
    POSTGRES = EmbeddedPostgres.start(0);
    ArchivedPortal.prepare();
    KEYCLOAK = keycloak.join();
  }

  static final StripeStandIn STRIPE =
      StripeStandIn.start(StripeStandIn.Options.onPort(0).withSlowAnswer(Duration.ofSeconds(8)));
  static final PackagedPortal PORTAL = PackagedPortal.start(environmentOfAll());
  static final JdbcTemplate DATABASE =
      new JdbcTemplate(
          new DriverManagerDataSource(POSTGRES.url(), POSTGRES.username(), POSTGRES.password()));

  static {
    addBillingAccount(EmbeddedKeycloak.DEMO_ID, "cus_demo");
    Runtime.getRuntime().addShutdownHook(new Thread(Servers::stop));
  }

  private Servers() {}

  private static void stop() {
    PORTAL.close();
    PackagedPortal.awaitEnds();
  }

  /**
   * The variables that a portal needs, and a rate limit that is enough for a test; change what a
   * test is about.
   */
  static Map<String, String> environment() {
    Map<String, String> environment = new LinkedHashMap<>();
    environment.put("SPRING_DATASOURCE_URL", POSTGRES.url());
    environment.put("SPRING_DATASOURCE_USERNAME", POSTGRES.username());
    environment.put("SPRING_DATASOURCE_PASSWORD", POSTGRES.password());
    environment.put("KEYCLOAK_ISSUER", KEYCLOAK.issuer());
    environment.put("STRIPE_SECRET_KEY", STRIPE_KEY);
    environment.put("STRIPE_API_BASE", STRIPE.url());
    environment.put("STRIPE_WEBHOOK_SECRETS", OLD_EVENT_SECRET + "," + EVENT_SECRET);
    environment.put("PORTAL_DEFAULT_RETURN_URL", DASHBOARD);
    environment.put("PORTAL_RETURN_ORIGINS", RETURN_ORIGIN);
    environment.put("PORTAL_SESSIONS_PER_MINUTE", "1000000");
    environment.put("PORTAL_SESSIONS_IN_BURST", "1000000");
    return environment;
  }

  /** One test has Stripe fail more often than another one's circuit breaker bears. */
  private static Map<String, String> environmentOfAll() {
    Map<String, String> environment = environment();
    environment.put("STRIPE_CLIENT_BREAKER_MINIMUM_CALLS", "1000");
    return environment;
  }

  static void addBillingAccount(String userId, String customer) {
    DATABASE.update(
        "insert into billing_account (user_id, livemode, stripe_customer_id) values (?, false, ?)",
        userId,
        customer);
  }

  /** Adds users who pay as one Stripe customer, each with an API key, and returns the keys. */
  static List<String> addPayingUsers(JdbcTemplate database, int users, String customer) {
    SecureRandom random = new SecureRandom();
    List<ApiKey> keys = Stream.generate(() -> ApiKey.generate(random)).limit(users).toList();
    List<Object[]> accounts = new ArrayList<>();
    List<Object[]> rows = new ArrayList<>();
    for (ApiKey key : keys) {
      String user = UUID.randomUUID().toString();
      accounts.add(new Object[] {user, customer});
      rows.add(new Object[] {key.digest(), user, key.hint()});
    }
    database.batchUpdate(
        "insert into billing_account (user_id, livemode, stripe_customer_id) values (?, false, ?)",
        accounts);
    database.batchUpdate(
        "insert into api_key (digest, user_id, name, hint) values (?, ?, 'test', ?)", rows);
    return keys.stream().map(ApiKey::text).toList();
  }

  /** Adds an API key that is in force. */
  static ApiKey addApiKey(String userId) {
    ApiKey key = ApiKey.generate(new SecureRandom());
    DATABASE.update(
        "insert into api_key (digest, user_id, name, hint) values (?, ?, 'test', ?)",
        key.digest(),
        userId,
        key.hint());
    return key;
  }
}
