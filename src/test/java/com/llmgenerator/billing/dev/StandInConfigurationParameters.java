package com.llmgenerator.billing.dev;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.llmgenerator.billing.dev.StripeAnswer.RejectedRequest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** The parameters of portal configurations: which there are, what may stand in them. */
final class StandInConfigurationParameters {
  private static final String BOOLEAN = "true false";
  private static final String TEXT = "";
  private static final String URL = "url";
  private static final String PRORATIONS = "always_invoice create_prorations none";

  /** By name, a place in a list written as []: the words that may stand in it. */
  private static final Map<String, String> KNOWN =
      Map.ofEntries(
          Map.entry("active", BOOLEAN),
          Map.entry("name", TEXT),
          Map.entry("default_return_url", URL),
          Map.entry("expand[]", TEXT),
          Map.entry("login_page[enabled]", BOOLEAN),
          Map.entry("business_profile[headline]", TEXT),
          Map.entry("business_profile[privacy_policy_url]", URL),
          Map.entry("business_profile[terms_of_service_url]", URL),
          Map.entry("features[customer_update][enabled]", BOOLEAN),
          Map.entry(
              "features[customer_update][allowed_updates][]",
              "address email name phone shipping tax_id"),
          Map.entry("features[invoice_history][enabled]", BOOLEAN),
          Map.entry("features[payment_method_update][enabled]", BOOLEAN),
          Map.entry("features[payment_method_update][payment_method_configuration]", TEXT),
          Map.entry("features[subscription_cancel][enabled]", BOOLEAN),
          Map.entry("features[subscription_cancel][mode]", "at_period_end immediately"),
          Map.entry("features[subscription_cancel][proration_behavior]", PRORATIONS),
          Map.entry("features[subscription_cancel][cancellation_reason][enabled]", BOOLEAN),
          Map.entry(
              "features[subscription_cancel][cancellation_reason][options][]",
              "customer_service low_quality missing_features other switched_service too_complex"
                  + " too_expensive unused"),
          Map.entry("features[subscription_update][enabled]", BOOLEAN),
          Map.entry("features[subscription_update][billing_cycle_anchor]", "now unchanged"),
          Map.entry(
              "features[subscription_update][default_allowed_updates][]",
              "price promotion_code quantity"),
          Map.entry("features[subscription_update][proration_behavior]", PRORATIONS),
          Map.entry("features[subscription_update][products][][product]", TEXT),
          Map.entry("features[subscription_update][products][][prices][]", TEXT),
          Map.entry(
              "features[subscription_update][products][][adjustable_quantity][enabled]", BOOLEAN),
          Map.entry(
              "features[subscription_update][schedule_at_period_end][conditions][][type]",
              "decreasing_item_amount shortening_interval"),
          Map.entry(
              "features[subscription_update][trial_update_behavior]", "continue_trial end_trial"));

  private StandInConfigurationParameters() {}

  /** Refuses what Stripe does not know, or does not want together. */
  static void check(Map<String, String> parameters) {
    parameters.forEach(
        (name, value) -> {
          if (!name.matches("metadata\\[[^\\[\\]]{1,40}]")) {
            checkKnown(name, value);
          }
        });
    String update = "features[subscription_update]";
    boolean updates = "true".equals(parameters.get(update + "[enabled]"));
    if (updates && !has(parameters, update + "[default_allowed_updates]")) {
      throw missing(update + "[default_allowed_updates]");
    }
    if (updates && !has(parameters, update + "[products]")) {
      throw missing(update + "[products]");
    }
    if (updates && "false".equals(parameters.get("features[payment_method_update][enabled]"))) {
      throw RejectedRequest.of(
          400, "Cannot enable subscription updates while payment method update is disabled.");
    }
  }

  static void checkList(Map<String, String> parameters) {
    StandInRequest.checkPage(Set.of("active", "is_default"), parameters);
    parameters.forEach(
        (name, value) -> {
          if (name.equals("active") || name.equals("is_default")) {
            StandInRequest.refuseUnlessOneOf(List.of("true", "false"), name, value);
          }
        });
  }

  /** Writes parameters into a configuration; a list replaces the one before. */
  static void apply(Map<String, String> parameters, ObjectNode configuration) {
    Map<String, Object> read = new LinkedHashMap<>();
    parameters.forEach(
        (name, value) -> {
          if (!name.startsWith("expand[")) {
            put(read, name.replace("]", "").split("\\["), 0, value(name, value));
          }
        });
    merge(configuration, StripeAnswer.JSON.valueToTree(lists(read)));
  }

  private static void checkKnown(String name, String value) {
    // A list is made empty by its name alone.
    boolean emptied = value.isEmpty() && KNOWN.keySet().stream().anyMatch(isListOf(name));
    String words = emptied ? TEXT : KNOWN.get(name.replaceAll("\\[\\d*]", "[]"));
    if (words == null) {
      throw unknown(name);
    }
    if (words.equals(URL) && !value.isEmpty()) {
      StandInRequest.refuseUnlessWebUrl(name, value);
    } else if (!words.equals(TEXT) && !words.equals(URL)) {
      StandInRequest.refuseUnlessOneOf(List.of(words.split(" ")), name, value);
    }
  }

  private static Predicate<String> isListOf(String name) {
    return known -> known.startsWith(name + "[]");
  }

  private static Object value(String name, String value) {
    boolean flag = BOOLEAN.equals(KNOWN.get(name.replaceAll("\\[\\d*]", "[]")));
    return flag ? Boolean.valueOf(value) : value.isEmpty() ? null : value;
  }

  private static boolean has(Map<String, String> parameters, String begin) {
    return parameters.keySet().stream().anyMatch(name -> name.startsWith(begin + "["));
  }

  @SuppressWarnings("unchecked")
  private static void put(Map<String, Object> tree, String[] path, int at, Object value) {
    if (at == path.length - 1) {
      tree.put(path[at], value);
    } else {
      Object inner = tree.computeIfAbsent(path[at], name -> new TreeMap<String, Object>());
      put((Map<String, Object>) inner, path, at + 1, value);
    }
  }

  /** What was sent under numbers is a list. */
  private static Object lists(Object node) {
    if (!(node instanceof Map<?, ?> map)) {
      return node;
    }
    Stream<?> names = map.keySet().stream();
    if (!map.isEmpty() && names.allMatch(name -> name.toString().matches("\\d+"))) {
      return map.entrySet().stream()
          .sorted((a, b) -> number(a.getKey()) - number(b.getKey()))
          .map(entry -> lists(entry.getValue()))
          .toList();
    }
    Map<String, Object> read = new LinkedHashMap<>();
    map.forEach((name, value) -> read.put(name.toString(), lists(value)));
    return read;
  }

  private static int number(Object index) {
    return Integer.parseInt(index.toString());
  }

  private static void merge(ObjectNode target, JsonNode changes) {
    changes
        .properties()
        .forEach(
            change -> {
              JsonNode old = target.get(change.getKey());
              if (old instanceof ObjectNode inner && change.getValue().isObject()) {
                merge(inner, change.getValue());
              } else if (old instanceof ArrayNode && !change.getValue().isArray()) {
                target.putArray(change.getKey());
              } else {
                target.set(change.getKey(), change.getValue());
              }
            });
  }

  private static RejectedRequest unknown(String name) {
    return RejectedRequest.of(
        400, "parameter_unknown", name, "Received unknown parameter: " + name);
  }

  private static RejectedRequest missing(String name) {
    return RejectedRequest.of(
        400, "parameter_missing", name, "Missing required param: " + name + ".");
  }
}
