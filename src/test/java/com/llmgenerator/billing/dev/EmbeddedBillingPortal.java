package com.llmgenerator.billing.dev;

import com.llmgenerator.billing.BillingPortalApplication;
import com.llmgenerator.billing.auth.ApiKey;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.logging.LoggingInitializationContext;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.StandardEnvironment;

/**
 * The embedded default, which {@code mvn spring-boot:test-run} starts: the billing portal with all
 * it needs on one machine. {@code application-embedded.yaml} has its settings.
 *
 * <p>Stripe itself is called when the environment has {@code STRIPE_SECRET_KEY}; then {@code
 * DEMO_STRIPE_CUSTOMER} names the customer that the user {@code demo} pays as.
 */
public final class EmbeddedBillingPortal {
  private static final Logger LOG = LoggerFactory.getLogger(EmbeddedBillingPortal.class);

  /** The ports, by the variables that set others. */
  private static final Map<String, Integer> PORTS =
      Map.of(
          "SERVER_PORT", 8080,
          "MANAGEMENT_SERVER_PORT", 9876,
          "DEMO_PORT", 3000,
          "KEYCLOAK_PORT", 8180,
          "STRIPE_STAND_IN_PORT", 12111);

  /** With which the stand-in signs; Stripe itself signs with {@code STRIPE_WEBHOOK_SECRETS}. */
  private static final String EVENT_SECRET = "whsec_embeddedDefaultStandIn";

  private EmbeddedBillingPortal() {}

  /** Ends with exit code 1 if anything does not start; what was started ends with this JVM. */
  public static void main(String[] arguments) {
    try {
      StripeAccount stripe = StripeAccount.from(System.getenv());
      requireFreePorts();
      run(stripe, arguments);
    } catch (RuntimeException e) {
      Throwable reason = e instanceof CompletionException ? e.getCause() : e;
      System.err.println(reason.getMessage());
      System.exit(1);
    }
  }

  private static int port(String variable) {
    String set = System.getenv(variable);
    return set == null ? PORTS.get(variable) : Integer.parseInt(set);
  }

  private static void requireFreePorts() {
    for (String variable : PORTS.keySet()) {
      Ports.requireFree(port(variable), "stop what listens there, or set " + variable);
    }
  }

  private static void run(StripeAccount stripe, String[] arguments) {
    Instant begin = Instant.now();
    LoggingSystem logging = logBeforeSpringBoot();
    LOG.info("Waiting for PostgreSQL and Keycloak");
    CompletableFuture<EmbeddedKeycloak> starting =
        EmbeddedKeycloak.starting(port("KEYCLOAK_PORT"), port("DEMO_PORT"));
    EmbeddedPostgres postgres = EmbeddedPostgres.start(0);
    EmbeddedKeycloak keycloak = starting.join();
    LOG.info("PostgreSQL and Keycloak run after {} s", secondsSince(begin));

    List<String> settings = new ArrayList<>(List.of(arguments));
    settings.add("--spring.datasource.url=" + postgres.url());
    settings.add("--spring.datasource.username=" + postgres.username());
    settings.add("--spring.datasource.password=" + postgres.password());
    settings.add("--keycloak.issuer=" + keycloak.issuer());
    String paymentLink = stripe.paymentLink();
    if (stripe.standIn()) {
      URI events = URI.create("http://127.0.0.1:" + port("SERVER_PORT") + "/api/v1/stripe/events");
      StripeStandIn.Options options =
          StripeStandIn.Options.onPort(port("STRIPE_STAND_IN_PORT"))
              .sendingEventsTo(events, EVENT_SECRET)
              .redirectingTo(DemoServer.afterCheckout(port("DEMO_PORT")));
      String standIn = StripeStandIn.start(options).url();
      paymentLink = standIn + StripeStandIn.PAYMENT_LINK;
      settings.add("--stripe.api-base=" + standIn);
      settings.add("--stripe.webhook-secrets=" + EVENT_SECRET);
      settings.add("--stripe.secret-key=" + stripe.key());
    }
    logging.cleanUp();
    Function<LogLevel, ConfigurableApplicationContext> portal = level -> start(settings, level);
    try (SavedRoutes saved = new SavedRoutes(routes())) {
      ConfigurableApplicationContext context = portal.apply(LogLevel.INFO);
      DemoData data = new DemoData(context.getBean(DataSource.class));
      data.addBillingAccount(stripe);
      ApiKey key = data.addApiKey();
      DemoServer.Config demo =
          new DemoServer.Config(
              keycloak.issuer(),
              EmbeddedKeycloak.DEMO_CLIENT,
              "http://localhost:" + port("SERVER_PORT"),
              paymentLink);
      DemoServer.start(port("DEMO_PORT"), demo, Map.of());
      LOG.info("All runs after {} s", secondsSince(begin));
      String page = "http://localhost:" + port("DEMO_PORT");
      System.out.println(
          new Welcome(page, context.getEnvironment(), keycloak, key, stripe.standIn()));
      new EditLoop(routes(), portal).run(context, saved);
    }
  }

  private static Path routes() {
    String set = System.getenv("PORTAL_ROUTES");
    return Path.of(set == null ? "routes" : set.replaceFirst("^file:", ""));
  }

  private static ConfigurableApplicationContext start(List<String> settings, LogLevel level) {
    SpringApplication application = new SpringApplication(BillingPortalApplication.class);
    application.setDefaultProperties(Map.of("logging.level.root", level.name()));
    application.setAdditionalProfiles("embedded");
    return application.run(settings.toArray(String[]::new));
  }

  /** Without it, all is logged in debug mode until Spring Boot starts. */
  private static LoggingSystem logBeforeSpringBoot() {
    LoggingSystem logging = LoggingSystem.get(EmbeddedBillingPortal.class.getClassLoader());
    logging.beforeInitialize();
    logging.initialize(new LoggingInitializationContext(new StandardEnvironment()), null, null);
    logging.setLogLevel("io.zonky", LogLevel.WARN);
    return logging;
  }

  private static long secondsSince(Instant begin) {
    return Math.round(Duration.between(begin, Instant.now()).toMillis() / 1000.0);
  }
}
