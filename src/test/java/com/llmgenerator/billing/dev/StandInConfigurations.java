package com.llmgenerator.billing.dev;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.llmgenerator.billing.dev.StripeAnswer.RejectedRequest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The portal configurations of one mode: at first the account's default, which offers all that the
 * portal has. They can be made, changed, and found, but not deleted.
 *
 * @see <a href="https://docs.stripe.com/api/customer_portal/configurations">Configurations</a>
 */
final class StandInConfigurations {
  static final String DEFAULT = "bpc_1StandInDefault";

  private static final int MOST = 1_000;
  private static final String PRODUCTS = "features.subscription_update.products";

  /** All that the portal has: the lines of a form. */
  private static final String EVERYTHING =
      """
      features[customer_update][enabled]=true
      features[customer_update][allowed_updates][0]=name
      features[customer_update][allowed_updates][1]=email
      features[customer_update][allowed_updates][2]=address
      features[customer_update][allowed_updates][3]=phone
      features[customer_update][allowed_updates][4]=tax_id
      features[invoice_history][enabled]=true
      features[payment_method_update][enabled]=true
      features[subscription_cancel][enabled]=true
      features[subscription_cancel][cancellation_reason][enabled]=true
      features[subscription_cancel][cancellation_reason][options][0]=too_expensive
      features[subscription_cancel][cancellation_reason][options][1]=missing_features
      features[subscription_cancel][cancellation_reason][options][2]=unused
      features[subscription_cancel][cancellation_reason][options][3]=other
      features[subscription_update][enabled]=true
      features[subscription_update][default_allowed_updates][0]=price
      features[subscription_update][default_allowed_updates][1]=promotion_code
      features[subscription_update][products][0][product]=prod_LLMGenerator
      features[subscription_update][products][0][prices][0]=price_LLMGeneratorMonthly
      features[subscription_update][products][0][prices][1]=price_LLMGeneratorYearly
      """;

  private final boolean live;
  private final AtomicInteger made = new AtomicInteger();
  private final Map<String, ObjectNode> configurations =
      Collections.synchronizedMap(new LinkedHashMap<>());

  StandInConfigurations(boolean live) {
    this.live = live;
    reset();
  }

  /** Forgets all but the account's default, which is as at first. */
  void reset() {
    configurations.clear();
    ObjectNode first = empty(DEFAULT);
    first.put("is_default", true);
    StandInConfigurationParameters.apply(
        StandInRequest.decoded(EVERYTHING.replace("\n", "&")), first);
    configurations.put(DEFAULT, first);
  }

  JsonNode create(Map<String, String> parameters) {
    StandInConfigurationParameters.check(parameters);
    if (parameters.containsKey("active")) {
      throw RejectedRequest.of(
          400, "parameter_unknown", "active", "Received unknown parameter: active");
    }
    if (parameters.keySet().stream().noneMatch(name -> name.startsWith("features["))) {
      throw RejectedRequest.of(
          400, "parameter_missing", "features", "Missing required param: features.");
    }
    if (configurations.size() >= MOST) {
      throw RejectedRequest.of(400, "The stand-in keeps no more than " + MOST + " configurations.");
    }
    ObjectNode made = empty("bpc_standin" + this.made.incrementAndGet());
    StandInConfigurationParameters.apply(parameters, made);
    configurations.put(made.path("id").asText(), made);
    return shown(made, expanded("", parameters));
  }

  JsonNode update(String id, Map<String, String> parameters) {
    StandInConfigurationParameters.check(parameters);
    synchronized (configurations) {
      ObjectNode changed = known(id).deepCopy();
      StandInConfigurationParameters.apply(parameters, changed);
      changed.put("updated", Instant.now().getEpochSecond());
      configurations.put(id, changed);
      return shown(changed, expanded("", parameters));
    }
  }

  JsonNode retrieve(String id, Map<String, String> parameters) {
    return shown(known(id), expanded("", parameters));
  }

  /** The latest first, as Stripe does. */
  JsonNode list(Map<String, String> parameters) {
    StandInConfigurationParameters.checkList(parameters);
    boolean expanded = expanded("data.", parameters);
    List<ObjectNode> found;
    synchronized (configurations) {
      found = new ArrayList<>(configurations.values());
    }
    Collections.reverse(found);
    String after = parameters.get("starting_after");
    if (after != null) {
      found = found.subList(found.indexOf(known(after)) + 1, found.size());
    }
    for (String filter : List.of("active", "is_default")) {
      String wanted = parameters.get(filter);
      if (wanted != null) {
        found = found.stream().filter(c -> c.path(filter).asText().equals(wanted)).toList();
      }
    }
    int limit = Integer.parseInt(parameters.getOrDefault("limit", "10"));
    ObjectNode page = StripeAnswer.JSON.createObjectNode();
    page.put("object", "list");
    ArrayNode data = page.putArray("data");
    found.stream().limit(limit).forEach(configuration -> data.add(shown(configuration, expanded)));
    page.put("has_more", found.size() > limit);
    page.put("url", "/v1/billing_portal/configurations");
    return page;
  }

  /** The configuration that a session names; the default if somebody made it up. */
  JsonNode inUse(String id) {
    return configurations.getOrDefault(id, configurations.get(DEFAULT));
  }

  private static boolean expanded(String prefix, Map<String, String> parameters) {
    return !StandInRequest.expanded(Set.of(prefix + PRODUCTS), parameters).isEmpty();
  }

  /** Products are shown only to those who ask. */
  private static ObjectNode shown(ObjectNode configuration, boolean expanded) {
    ObjectNode shown = configuration.deepCopy();
    if (!expanded) {
      shown.withObject("/features/subscription_update").remove("products");
    }
    return shown;
  }

  private ObjectNode known(String id) {
    ObjectNode configuration = configurations.get(id);
    if (configuration == null) {
      throw RejectedRequest.of(
          404, "resource_missing", "configuration", "No such configuration: '%s'".formatted(id));
    }
    return configuration;
  }

  /** A configuration that offers nothing: its members in Stripe's order. */
  private ObjectNode empty(String id) {
    long now = Instant.now().getEpochSecond();
    ObjectNode made = StripeAnswer.JSON.createObjectNode();
    made.put("id", id);
    made.put("object", "billing_portal.configuration");
    made.put("active", true);
    made.putNull("application");
    made.putObject("business_profile")
        .putNull("headline")
        .putNull("privacy_policy_url")
        .putNull("terms_of_service_url");
    made.put("created", now);
    made.putNull("default_return_url");
    ObjectNode features = made.putObject("features");
    features.putObject("customer_update").put("enabled", false).putArray("allowed_updates");
    features.putObject("invoice_history").put("enabled", false);
    features
        .putObject("payment_method_update")
        .put("enabled", false)
        .putNull("payment_method_configuration");
    ObjectNode cancel = features.putObject("subscription_cancel");
    cancel.putObject("cancellation_reason").put("enabled", false).putArray("options");
    cancel.put("enabled", false).put("mode", "at_period_end").put("proration_behavior", "none");
    ObjectNode update = features.putObject("subscription_update");
    update.putNull("billing_cycle_anchor");
    update.putArray("default_allowed_updates");
    update.put("enabled", false);
    update.putArray("products");
    update.put("proration_behavior", "none");
    update.putObject("schedule_at_period_end").putArray("conditions");
    update.put("trial_update_behavior", "end_trial");
    made.put("is_default", false);
    made.put("livemode", live);
    made.putObject("login_page").put("enabled", false).putNull("url");
    made.putObject("metadata");
    made.putNull("name");
    made.put("updated", now);
    return made;
  }
}
