package com.llmgenerator.billing.stripe.configuration;

import com.fasterxml.jackson.databind.JsonNode;
import com.llmgenerator.billing.problem.PaymentProviderException;
import com.llmgenerator.billing.stripe.StripeAccountClient;
import com.llmgenerator.billing.stripe.StripeAccountClient.Answer;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
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
  private static final String PATH = "/v1/billing_portal/configurations";
  private static final String OBJECT = "billing_portal.configuration";
  private static final String EXPAND = "expand[]";

  /** What Stripe shows only to those who ask. */
  private static final String PRODUCTS = "features.subscription_update.products";

  private final StripeAccountClient stripe;

  PortalConfigurations(StripeAccountClient stripe) {
    this.stripe = stripe;
  }

  /** The one with an id ({@code bpc_…}). */
  Answer retrieve(String id) {
    return stripe.get(PATH + "/" + id);
  }

  /** A list of the one that sessions get where none is named, or of none. */
  Answer listDefault() {
    return stripe.get(PATH + "?is_default=true&limit=1");
  }

  /** Whether the key may make sessions: a request that lacks all is refused, and makes none. */
  Answer askForNoSession() {
    return stripe.post("/v1/billing_portal/sessions", List.of());
  }

  /**
   * The configuration that somebody named by its id.
   *
   * @throws PaymentProviderException if Stripe does not show it, saying what to do
   */
  JsonNode find(String id) {
    Answer answer = stripe.get(PATH + "/" + id + "?" + query(PRODUCTS));
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
    String after = "";
    boolean more = true;
    while (more) {
      String asked = "?limit=10&" + query("data." + PRODUCTS) + after;
      JsonNode page = body(stripe.get(PATH + asked), "list");
      JsonNode last = null;
      for (JsonNode configuration : page.path("data")) {
        last = configuration;
        if (offer.made(configuration)) {
          ours.add(configuration);
        }
      }
      more = page.path("has_more").asBoolean() && last != null;
      after = more ? "&starting_after=" + last.path("id").asText() : "";
    }
    return ours.stream()
        .filter(configuration -> configuration.path("active").asBoolean())
        .findFirst()
        .or(() -> ours.stream().findFirst());
  }

  JsonNode create(PortalConfigurationFile offer) {
    return body(stripe.post(PATH, form(offer)), OBJECT);
  }

  JsonNode update(String id, PortalConfigurationFile offer) {
    List<NameValuePair> form = form(offer);
    form.add(new BasicNameValuePair("active", "true"));
    return body(stripe.post(PATH + "/" + id, form), OBJECT);
  }

  private static List<NameValuePair> form(PortalConfigurationFile offer) {
    List<NameValuePair> form = new ArrayList<>(offer.form());
    form.add(new BasicNameValuePair(EXPAND, PRODUCTS));
    return form;
  }

  private static String query(String expanded) {
    return URLEncoder.encode(EXPAND, StandardCharsets.UTF_8) + "=" + expanded;
  }

  private static JsonNode body(Answer answer, String object) {
    if (answer.status() == 401) {
      throw new PaymentProviderException("Stripe refuses the key: check STRIPE_SECRET_KEY");
    }
    if (answer.status() == 403) {
      throw new PaymentProviderException(
          "Stripe refuses the key's permission: give it \"Customer portal: write\"");
    }
    if (answer.status() != 200) {
      throw new PaymentProviderException(
          "Stripe refuses the configuration: "
              + answer.refusal()
              + ". Correct what it names in PORTAL_OFFER");
    }
    if (!answer.body().path("object").asText().equals(object)) {
      throw new PaymentProviderException("Stripe answered something else than a " + object);
    }
    return answer.body();
  }
}
