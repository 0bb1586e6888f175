package com.llmgenerator.billing.dev;

import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import com.llmgenerator.billing.dev.StripeAnswer.RejectedRequest;
import com.stripe.param.billingportal.SessionCreateParams;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A request about the portal, sent with a key that may ask. */
final class StandInRequest {
  private static final Pattern KEY = Pattern.compile("(sk|rk)_(test|live)_\\w+");
  private static final Pattern API_VERSION = Pattern.compile("\\d{4}-\\d{2}-\\d{2}(\\.[a-z]+)?");
  private static final Set<String> PARAMETERS =
      Set.of("customer", "return_url", "configuration", "locale", "on_behalf_of");
  private static final Set<String> PAGE = Set.of("limit", "starting_after", "ending_before");
  private static final Pattern EXPANDED = Pattern.compile("expand\\[\\d*]");

  /** The languages of Stripe's portal. */
  private static final List<String> LOCALES =
      Stream.of(SessionCreateParams.Locale.values())
          .map(SessionCreateParams.Locale::getValue)
          .toList();

  private final LoggedRequest request;
  private final String key;

  private StandInRequest(LoggedRequest request, String key) {
    this.request = request;
    this.key = key;
  }

  /**
   * Reads the key from Bearer, or as the user from Basic authorization.
   *
   * @throws RejectedRequest 401 if there is no key or it is not one of Stripe's, 403 if it lacks
   *     permission
   */
  static StandInRequest of(LoggedRequest request) {
    String key = keyOf(request.getHeader("Authorization"));
    if (key.isEmpty()) {
      throw unauthorized(
          "You did not provide an API key. You need to provide your API key in the Authorization"
              + " header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See"
              + " https://stripe.com/docs/api#authentication for details, or we can help at"
              + " https://support.stripe.com/.");
    }
    if (!KEY.matcher(key).matches() || key.contains("invalid")) {
      throw unauthorized("Invalid API Key provided: " + masked(key));
    }
    String permission = request.getMethod().getName().equals("GET") ? "read" : "write";
    if (key.startsWith("rk_")
        && (key.contains("nopermission") || key.contains("no" + permission))) {
      throw RejectedRequest.of(
          403,
          String.format(
              "The provided key '%s' does not have the required permissions for this endpoint on"
                  + " account 'acct_1StandIn'. Having the 'rak_customer_portal_%s' permission"
                  + " would allow this request to continue.",
              masked(key), permission));
    }
    return new StandInRequest(request, key);
  }

  boolean live() {
    return key.startsWith("live_", "sk_".length());
  }

  /** The mode of the key: live or test. */
  String mode() {
    return live() ? "live" : "test";
  }

  /** Where Stripe's dashboard is in this mode, with a slash at the end. */
  String dashboardUrl() {
    return "https://dashboard.stripe.com/" + (live() ? "" : "test/");
  }

  /** Where the dashboard shows a request. */
  String logUrl(String requestId) {
    return dashboardUrl() + "logs/" + requestId + "?t=" + Instant.now().getEpochSecond();
  }

  /**
   * The parameters by name, the last where one is repeated: of a GET those of its query.
   *
   * @throws RejectedRequest 400 if the request is not as Stripe wants it
   */
  Map<String, String> parameters() {
    String version = request.getHeader("Stripe-Version");
    if (version != null && !API_VERSION.matcher(version).matches()) {
      throw RejectedRequest.of(400, "Invalid Stripe API version: " + version);
    }
    if (request.getMethod().getName().equals("GET")) {
      String[] parts = request.getUrl().split("\\?", 2);
      return parts.length == 1 ? Map.of() : decoded(parts[1]);
    }
    String contentType = request.getHeader("Content-Type");
    if (contentType == null
        || !contentType.matches("application/x-www-form-urlencoded\\s*(;.*)?")) {
      throw RejectedRequest.of(
          400,
          String.format(
              "Invalid request: unsupported Content-Type %s. If error persists and you need"
                  + " assistance, please contact support@stripe.com.",
              contentType == null ? "" : contentType));
    }
    return decoded(new String(request.getBody(), StandardCharsets.UTF_8));
  }

  /**
   * The parameters of a portal session.
   *
   * @throws RejectedRequest 400 if the request, or a parameter by itself, is not as Stripe wants it
   */
  Map<String, String> sessionParameters() {
    Map<String, String> parameters = parameters();
    parameters.forEach(StandInRequest::refuseUnknownOrEmpty);
    if (!parameters.containsKey("customer")) {
      throw RejectedRequest.of(
          400, "parameter_missing", "customer", "Missing required param: customer.");
    }
    String returnUrl = parameters.get("return_url");
    if (returnUrl != null) {
      refuseUnlessWebUrl("return_url", returnUrl);
    }
    String locale = parameters.get("locale");
    if (locale != null) {
      refuseUnlessOneOf(LOCALES, "locale", locale);
    }
    return parameters;
  }

  /** Refuses what a list cannot be asked for, besides its own filters. */
  static void checkPage(Set<String> filters, Map<String, String> parameters) {
    parameters.forEach(
        (name, value) -> {
          if (!filters.contains(name)
              && !PAGE.contains(name)
              && !EXPANDED.matcher(name).matches()) {
            throw RejectedRequest.of(
                400, "parameter_unknown", name, "Received unknown parameter: " + name);
          }
          if (name.equals("limit") && !value.matches("[1-9]\\d?|100")) {
            throw RejectedRequest.of(400, null, "limit", "This value must be between 1 and 100.");
          }
        });
  }

  /**
   * What is to be shown as a whole.
   *
   * @throws RejectedRequest 400 if that cannot be
   */
  static Set<String> expanded(Set<String> expandable, Map<String, String> parameters) {
    Set<String> expanded = new TreeSet<>();
    parameters.forEach(
        (name, value) -> {
          if (EXPANDED.matcher(name).matches()) {
            if (!expandable.contains(value)) {
              throw RejectedRequest.of(400, "This property cannot be expanded (" + value + ").");
            }
            expanded.add(value);
          }
        });
    return expanded;
  }

  static void refuseUnlessWebUrl(String parameter, String url) {
    if (!isWebUrl(url)) {
      throw RejectedRequest.of(400, "url_invalid", parameter, "Not a valid URL");
    }
  }

  static void refuseUnlessOneOf(List<String> values, String parameter, String value) {
    if (!values.contains(value)) {
      String last = values.get(values.size() - 1);
      String others = String.join(", ", values.subList(0, values.size() - 1));
      throw RejectedRequest.of(
          400,
          null,
          parameter,
          "Invalid %s: must be one of %s, or %s".formatted(parameter, others, last));
    }
  }

  /** The parameters of a form. */
  static Map<String, String> decoded(String form) {
    Map<String, String> parameters = new TreeMap<>();
    for (String pair : form.split("&")) {
      if (!pair.isEmpty()) {
        String[] parts = pair.split("=", 2);
        parameters.put(
            URLDecoder.decode(parts[0], StandardCharsets.UTF_8),
            parts.length == 1 ? "" : URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
      }
    }
    return parameters;
  }

  private static void refuseUnknownOrEmpty(String name, String value) {
    if (!PARAMETERS.contains(name) && !StandInFlow.has(name) && !EXPANDED.matcher(name).matches()) {
      throw RejectedRequest.of(
          400, "parameter_unknown", name, "Received unknown parameter: " + name);
    }
    if (value.isEmpty()) {
      throw RejectedRequest.of(
          400,
          "parameter_invalid_empty",
          name,
          String.format(
              "You passed an empty string for '%1$s'. We assume empty values are an attempt to"
                  + " unset a field; however '%1$s' cannot be unset. You should remove '%1$s' from"
                  + " your request or supply a non-empty value.",
              name));
    }
  }

  private static boolean isWebUrl(String text) {
    try {
      URI uri = new URI(text);
      return uri.isAbsolute() && uri.getHost() != null && uri.getScheme().matches("(?i)https?");
    } catch (URISyntaxException e) {
      return false;
    }
  }

  private static String keyOf(String authorization) {
    String[] parts = (authorization == null ? "" : authorization).strip().split("\\s+", 2);
    if (parts.length == 2 && parts[0].equalsIgnoreCase("Bearer")) {
      return parts[1];
    }
    if (parts.length == 2 && parts[0].equalsIgnoreCase("Basic")) {
      try {
        byte[] userAndPassword = Base64.getDecoder().decode(parts[1]);
        return new String(userAndPassword, StandardCharsets.UTF_8).replaceFirst("(?s):.*", "");
      } catch (IllegalArgumentException e) {
        return "";
      }
    }
    return "";
  }

  private static RejectedRequest unauthorized(String message) {
    return RejectedRequest.of(401, message).with("WWW-Authenticate", "Basic realm=\"Stripe\"");
  }

  /** The key as Stripe repeats it: the first eight and last four characters, the rest starred. */
  private static String masked(String key) {
    int hidden = key.length() - 12;
    return hidden < 4
        ? "*".repeat(key.length())
        : key.substring(0, 8) + "*".repeat(hidden) + key.substring(8 + hidden);
  }
}
