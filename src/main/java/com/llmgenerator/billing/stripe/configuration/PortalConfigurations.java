package com.llmgenerator.billing.stripe.configuration;

import static java.util.Comparator.comparing;

import com.fasterxml.jackson.databind.JsonNode;
import com.llmgenerator.billing.problem.PaymentProviderException;
import com.llmgenerator.billing.stripe.StripeAccountClient;
import com.llmgenerator.billing.stripe.StripeAccountClient.Answer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.hc.core5.http.NameValuePair;
import org.apache.hc.core5.http.message.BasicNameValuePair;
import org.springframework.stereotype.Component;

/**
 * The portal configurations of the Stripe account.
 *
 * @see <a href="https://docs.stripe.com/api/customer_portal/configurations">Portal
 *     configurations</a>
 */
@Component
final class PortalConfigurations {
  static final String PATH = "/v1/billing_portal/configurations";
  static final String OBJECT = "billing_portal.configuration";

  /** What Stripe shows only to those who ask. */
  private static final String PRODUCTS = "features.subscription_update.products";

  private final StripeAccountClient stripe;

  PortalConfigurations(StripeAccountClient stripe) {
    this.stripe = stripe;
  }

  /**
   * The configuration that somebody named by its id.
   *
   * @throws PaymentProviderException if Stripe does not show it, saying what to do
   */
  JsonNode find(String id) {
    Answer answer = stripe.get(PATH + "/" + id + "?expand%5B%5D=" + PRODUCTS);
    if (answer.status() == 404) {
      throw new PaymentProviderException(
          "Stripe has no portal configuration " + id + ": check STRIPE_PORTAL_CONFIGURATION");
    }
    return body(answer, OBJECT);
  }

  /**
   * The configuration that an offer made, if there is one: an active one before others.
   *
   * @throws PaymentProviderException if Stripe does not list them, saying what to do
   */
  Optional<JsonNode> findOurs(PortalConfigurationFile offer) {
    List<JsonNode> ours = new ArrayList<>();
    String query = "?limit=10&expand%5B%5D=data." + PRODUCTS;
    String after = "";
    JsonNode page;
    do {
      page = body(stripe.get(PATH + query + after), "list");
      for (JsonNode configuration : page.path("data")) {
        after = "&starting_after=" + configuration.path("id").asText();
        if (offer.made(configuration)) {
          ours.add(configuration);
        }
      }
    } while (page.path("has_more").asBoolean() && !page.path("data").isEmpty());
    return ours.stream().max(comparing(configuration -> configuration.path("active").asBoolean()));
  }

  JsonNode create(PortalConfigurationFile offer) {
    return post("", offer.form());
  }

  JsonNode update(String id, PortalConfigurationFile offer) {
    List<NameValuePair> form = offer.form();
    form.add(new BasicNameValuePair("active", "true"));
    return post("/" + id, form);
  }

  private JsonNode post(String path, List<NameValuePair> form) {
    form.add(new BasicNameValuePair("expand[]", PRODUCTS));
    return body(stripe.post(PATH + path, form), OBJECT);
  }

  private static JsonNode body(Answer answer, String object) {
    JsonNode body =
        answer.accepted(
            "\"Customer portal: write\"",
            "Stripe refuses the configuration: %s. Correct what it names in PORTAL_OFFER");
    if (!body.path("object").asText().equals(object)) {
      throw new PaymentProviderException("Stripe answered something else than a " + object);
    }
    return body;
  }
}
