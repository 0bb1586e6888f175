package com.llmgenerator.billing.stripe.configuration;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.llmgenerator.billing.config.StripeProperties;
import com.llmgenerator.billing.problem.PaymentProviderException;
import com.llmgenerator.billing.problem.ProblemException;
import com.llmgenerator.billing.stripe.CommandConfiguration;
import java.util.List;
import java.util.Optional;
import org.springframework.boot.ApplicationArguments;
import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.ExitCodeGenerator;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.Environment;

/**
 * The command {@code configure-portal}: makes a portal configuration at Stripe agree with the file
 * of {@code PORTAL_OFFER}, and prints its id: that of {@code STRIPE_PORTAL_CONFIGURATION}, or else
 * the one it made before. It shows the difference before it acts; with a live key it acts only if
 * told to. It needs the portal's settings, and starts nothing of it.
 */
@Import({CommandConfiguration.class, PortalConfigurations.class})
public class ConfigurePortal implements ApplicationRunner, ExitCodeGenerator {
  /** What the command line begins with. */
  public static final String NAME = "configure-portal";

  public static final List<String> OPTIONS = List.of("--apply", "--dry-run");

  private final StripeProperties stripe;
  private final PortalConfigurations configurations;
  private final Environment environment;
  private int exitCode;

  ConfigurePortal(
      StripeProperties stripe, PortalConfigurations configurations, Environment environment) {
    this.stripe = stripe;
    this.configurations = configurations;
    this.environment = environment;
  }

  @Override
  public void run(ApplicationArguments arguments) {
    String location = environment.getRequiredProperty("portal.offer");
    System.out.println("Stripe is " + stripe + ", the offer is " + location);
    try {
      configure(
          PortalConfigurationFile.read(location, environment),
          arguments.containsOption("apply")
              || !arguments.containsOption("dry-run") && !stripe.livemode());
    } catch (ProblemException e) {
      System.out.println(e.getMessage());
      exitCode = 1;
    }
  }

  @Override
  public int getExitCode() {
    return exitCode;
  }

  private void configure(PortalConfigurationFile offer, boolean apply) {
    Optional<String> used = stripe.portalConfiguration();
    Optional<JsonNode> ours =
        used.map(configurations::find).or(() -> configurations.findOurs(offer));
    JsonNode before = ours.orElseGet(MissingNode::getInstance);
    List<String> differences = offer.differences(before);
    String id = before.path("id").asText();
    System.out.println(ours.isEmpty() ? "There is no configuration of ours yet" : "Found " + id);
    differences.forEach(line -> System.out.println("  " + line));
    if (!differences.isEmpty() && !apply) {
      System.out.println("Nothing was changed. Say --apply to change it");
      return;
    }
    if (!differences.isEmpty()) {
      JsonNode after =
          ours.isEmpty() ? configurations.create(offer) : configurations.update(id, offer);
      id = after.path("id").asText();
      List<String> left = offer.differences(after);
      if (!left.isEmpty()) {
        throw new PaymentProviderException(
            "Stripe took " + id + " otherwise than asked for: " + String.join("; ", left));
      }
    }
    System.out.println(
        (differences.isEmpty() ? "It agrees: " : ours.isEmpty() ? "Made " : "Changed ") + id);
    if (!used.equals(Optional.of(id))) {
      System.out.println("Set STRIPE_PORTAL_CONFIGURATION=" + id);
    }
  }
}
