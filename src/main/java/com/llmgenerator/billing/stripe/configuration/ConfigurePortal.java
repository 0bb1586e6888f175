package com.llmgenerator.billing.stripe.configuration;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.llmgenerator.billing.Settings;
import com.llmgenerator.billing.config.JsonConfiguration;
import com.llmgenerator.billing.problem.PaymentProviderException;
import com.llmgenerator.billing.problem.ProblemException;
import com.llmgenerator.billing.stripe.CommandMetrics;
import com.llmgenerator.billing.stripe.StripeAccountClient;
import com.llmgenerator.billing.stripe.StripeClient;
import com.llmgenerator.billing.stripe.StripeGuard;
import java.io.PrintStream;
import java.util.List;
import java.util.Optional;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.Environment;

/**
 * The command {@code configure-portal}: makes a portal configuration at Stripe agree with the file
 * of {@code PORTAL_OFFER}, and prints its id: that of {@code STRIPE_PORTAL_CONFIGURATION}, or else
 * the one it made before. It shows the difference before it acts; with a live key it acts only if
 * told to. It needs the portal's settings, and starts nothing of it.
 */
@Import({
  CommandMetrics.class,
  JsonConfiguration.class,
  StripeClient.class,
  StripeGuard.class,
  StripeAccountClient.class,
  PortalConfigurations.class
})
public class ConfigurePortal {
  /** What the command line begins with. */
  public static final String NAME = "configure-portal";

  private static final String USAGE = "Usage: " + NAME + " [--apply | --dry-run]";

  /**
   * Runs the command.
   *
   * @param options at most one of {@code --apply} and {@code --dry-run}
   * @return its exit code
   */
  public static int run(List<String> options, PrintStream out) {
    if (!List.of(List.of(), List.of("--apply"), List.of("--dry-run")).contains(options)) {
      out.println(USAGE);
      return 2;
    }
    try (ConfigurableApplicationContext context =
        new SpringApplicationBuilder(ConfigurePortal.class)
            .web(WebApplicationType.NONE)
            .logStartupInfo(false)
            .run(StripeAccountClient.COMMAND_TIMEOUTS.toArray(String[]::new))) {
      Settings.Stripe stripe = context.getBean(Settings.class).stripe();
      boolean apply = options.isEmpty() ? !stripe.livemode() : options.contains("--apply");
      Environment environment = context.getEnvironment();
      String location = environment.getRequiredProperty("portal.offer");
      out.println("Stripe is " + stripe + ", the offer is " + location);
      configure(
          context.getBean(PortalConfigurations.class),
          PortalConfigurationFile.read(location, environment),
          apply,
          stripe.portalConfiguration(),
          out);
      return 0;
    } catch (ProblemException e) {
      out.println(e.getMessage());
      return 1;
    }
  }

  private static void configure(
      PortalConfigurations configurations,
      PortalConfigurationFile offer,
      boolean apply,
      Optional<String> used,
      PrintStream out) {
    Optional<JsonNode> ours =
        used.map(configurations::find).or(() -> configurations.findOurs(offer));
    JsonNode before = ours.orElseGet(MissingNode::getInstance);
    List<String> differences = offer.differences(before);
    String id = before.path("id").asText();
    out.println(ours.isEmpty() ? "There is no configuration of ours yet" : "Found " + id);
    differences.forEach(line -> out.println("  " + line));
    if (!differences.isEmpty() && !apply) {
      out.println("Nothing was changed. Say --apply to change it");
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
    out.println(
        (differences.isEmpty() ? "It agrees: " : ours.isEmpty() ? "Made " : "Changed ") + id);
    if (!used.equals(Optional.of(id))) {
      out.println("Set STRIPE_PORTAL_CONFIGURATION=" + id);
    }
  }
}
