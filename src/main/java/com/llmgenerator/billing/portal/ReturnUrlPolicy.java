package com.llmgenerator.billing.portal;

import com.llmgenerator.billing.config.Origin;
import com.llmgenerator.billing.config.PortalProperties;
import com.llmgenerator.billing.problem.BadRequestException;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.springframework.stereotype.Component;

/**
 * Sets the variable {@code returnUrl} to where Stripe's portal sends the user back to. The body is
 * a {@link PortalRequest}; the variable {@code keyReturnOrigins}, if it is set, has the origins of
 * the API key, with spaces between them.
 */
@Component
public final class ReturnUrlPolicy implements Processor {
  private static final int LONGEST_URL = 2048;

  /** What ends before the first slash, question mark or hash; path and query; fragment. */
  private static final Pattern URL =
      Pattern.compile("([^:/?#]++://[^/?#]*+)([!$-;=?-\\[\\]-~]*+#?+)([!#-;=?-\\[\\]-~]*+)");

  /** What browsers leave in {@code location.href} and RFC 3986 does not allow unescaped. */
  private static final Pattern UNESCAPED = Pattern.compile("%(?![0-9A-Fa-f]{2})|[\\[\\]|{}^`]");

  private final String defaultReturnUrl;
  private final Set<String> allowed;

  ReturnUrlPolicy(PortalProperties portal) {
    this.defaultReturnUrl = portal.defaultReturnUrl();
    this.allowed =
        portal.returnOrigins().stream().map(Origin::toString).collect(Collectors.toSet());
  }

  @Override
  public void process(Exchange exchange) {
    String url = exchange.getMessage().getBody(PortalRequest.class).returnUrl();
    String originsOfKey = exchange.getVariable("keyReturnOrigins", String.class);
    exchange.setVariable("returnUrl", url == null ? defaultReturnUrl : accept(url, originsOfKey));
  }

  /**
   * @return the caller's URL as RFC 3986 writes it: percent-encoded where it was not, and otherwise
   *     unchanged
   * @throws BadRequestException if it is not on an allowed origin
   */
  String accept(String returnUrl, String originsOfKey) {
    if (returnUrl.length() > LONGEST_URL) {
      throw rejected("returnUrl is longer than 2,048 characters");
    }
    Matcher url = URL.matcher(returnUrl);
    if (!url.matches()) {
      throw rejected("returnUrl is not an absolute URL, or holds a character that browsers escape");
    }
    if (!allowed.contains(url.group(1)) && !isAllowed(origin(url.group(1)), originsOfKey)) {
      throw rejected(
          "returnUrl is neither on an origin of PORTAL_RETURN_ORIGINS nor on one of the API key");
    }
    return url.group(1) + encoded(url.group(2)) + encoded(url.group(3)).replace("#", "%23");
  }

  /** Without the port that its scheme has anyway. */
  private static String origin(String text) {
    try {
      return Origin.of(text).toString();
    } catch (IllegalArgumentException e) {
      throw rejected("returnUrl is rejected: " + e.getMessage());
    }
  }

  private static String encoded(String part) {
    return UNESCAPED
        .matcher(part)
        .replaceAll(character -> "%%%02X".formatted((int) character.group().charAt(0)));
  }

  private static BadRequestException rejected(String reason) {
    return new BadRequestException("invalid_return_url", reason);
  }

  private boolean isAllowed(String origin, String originsOfKey) {
    return allowed.contains(origin)
        || originsOfKey != null && List.of(originsOfKey.split(" ")).contains(origin);
  }
}
