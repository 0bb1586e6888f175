package com.llmgenerator.billing.stripe.configuration;

import static java.util.stream.Collectors.joining;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.llmgenerator.billing.config.Origin;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.hc.core5.http.NameValuePair;
import org.apache.hc.core5.http.message.BasicNameValuePair;
import org.springframework.core.env.PropertyResolver;
import org.springframework.core.io.DefaultResourceLoader;
import org.springframework.util.PlaceholderResolutionException;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;

/**
 * What the portal shall offer, as declared in a file in the words of Stripe's API: the parameters
 * of a portal configuration.
 *
 * @see <a href="https://docs.stripe.com/api/customer_portal/configurations/create">Create a portal
 *     configuration</a>
 */
public final class PortalConfigurationFile {
  /** What our documentation promises, by Stripe's names. */
  static final List<String> CAPABILITIES =
      List.of(
          "payment_method_update",
          "invoice_history",
          "subscription_update",
          "subscription_cancel",
          "customer_update");

  /** By this key of its metadata a configuration is known as ours; its value tells the version. */
  static final String MARK = "billing_portal_offer";

  private static final String NOTHING = "nothing";
  private static final String PRODUCTS = "features.subscription_update.products";

  private final JsonNode declared;

  private PortalConfigurationFile(JsonNode declared) {
    this.declared = declared;
  }

  /**
   * Reads a file.
   *
   * @param location where it is, as {@code classpath:portal-offer.yaml}
   * @param properties what stands for the placeholders in it
   * @throws IllegalArgumentException if it cannot be read or does not declare all capabilities,
   *     saying so
   */
  public static PortalConfigurationFile read(String location, PropertyResolver properties) {
    try {
      String text =
          new DefaultResourceLoader()
              .getResource(location)
              .getContentAsString(StandardCharsets.UTF_8);
      Object read =
          new Yaml(new SafeConstructor(new LoaderOptions()))
              .load(properties.resolveRequiredPlaceholders(text));
      JsonNode declared = new ObjectMapper().valueToTree(read);
      List<String> lacking = lacking(declared);
      if (!lacking.isEmpty()) {
        throw new IllegalArgumentException("which does not declare " + String.join(", ", lacking));
      }
      return new PortalConfigurationFile(declared);
    } catch (IOException e) {
      throw new IllegalArgumentException("which cannot be read", e);
    } catch (PlaceholderResolutionException e) {
      throw new IllegalArgumentException(
          "which refers to ${" + e.getPlaceholder() + "}, which is not set", e);
    } catch (YAMLException e) {
      throw new IllegalArgumentException("which is no YAML", e);
    }
  }

  /** The capabilities that a configuration, declared or of Stripe, does not switch on. */
  static List<String> lacking(JsonNode configuration) {
    return CAPABILITIES.stream()
        .filter(name -> !configuration.path("features").path(name).path("enabled").asBoolean())
        .toList();
  }

  /**
   * Whether a configuration of Stripe's is from an offer of this environment: one that has users
   * come back to the same origin. Others may share the account and its mode.
   */
  boolean made(JsonNode configuration) {
    return configuration.path("metadata").has(MARK)
        && returnOrigin(configuration).equals(returnOrigin(declared));
  }

  private static Optional<Origin> returnOrigin(JsonNode configuration) {
    return Origin.find(configuration.path("default_return_url").asText());
  }

  /** The form that makes a configuration, or an existing one agree. */
  List<NameValuePair> form() {
    List<NameValuePair> form = new ArrayList<>();
    write("", declared, form);
    form.add(new BasicNameValuePair("metadata[" + MARK + "]", digest()));
    return form;
  }

  /** In which points a configuration of Stripe's does not agree: one line each, in order. */
  List<String> differences(JsonNode found) {
    Map<String, String> wanted = new TreeMap<>();
    flatten("", declared, wanted);
    wanted.put("metadata." + MARK, digest());
    wanted.put("active", "true");
    Map<String, String> is = new TreeMap<>();
    flatten("", found, is);
    Set<String> names = new TreeSet<>(wanted.keySet());
    if (found.at("/features/subscription_update/products").isArray()) {
      is.keySet().stream().filter(name -> name.startsWith(PRODUCTS)).forEach(names::add);
    } else {
      // Stripe does not show them in every answer: then the digest alone tells whether they agree.
      names.removeIf(name -> name.startsWith(PRODUCTS));
    }
    return names.stream()
        .map(
            name ->
                List.of(name, is.getOrDefault(name, NOTHING), wanted.getOrDefault(name, NOTHING)))
        .filter(point -> !point.get(1).equals(point.get(2)))
        .map(point -> point.get(0) + ": " + point.get(1) + " -> " + point.get(2))
        .toList();
  }

  /** As Stripe wants it in a form: {@code a[b][0]=c}; null, and a list of nothing, unsets. */
  private static void write(String name, JsonNode node, List<NameValuePair> form) {
    for (Map.Entry<String, JsonNode> member : node.properties()) {
      String key = member.getKey();
      write(name.isEmpty() ? key : name + "[" + key + "]", member.getValue(), form);
    }
    for (int i = 0; node.isArray() && i < node.size(); i++) {
      write(name + "[" + i + "]", node.get(i), form);
    }
    if (node.isValueNode() || node.isArray() && node.isEmpty()) {
      form.add(new BasicNameValuePair(name, node.asText("")));
    }
  }

  /** By name in dots; lists without their order, and products by their ids. */
  private static void flatten(String name, JsonNode node, Map<String, String> into) {
    if (node.isObject()) {
      String begin = name.isEmpty() ? "" : name + ".";
      node.properties().forEach(m -> flatten(begin + m.getKey(), m.getValue(), into));
    } else if (node.path(0).has("product")) {
      node.forEach(p -> flatten(name + "." + p.path("product").asText(), p.path("prices"), into));
    } else {
      String value =
          node.isArray()
              ? node.valueStream().map(JsonNode::asText).sorted().collect(joining(", "))
              : node.asText("");
      into.put(name, value.isEmpty() ? NOTHING : value);
    }
  }

  private String digest() {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256")
              .digest(declared.toString().getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every JDK has SHA-256", e);
    }
  }
}
