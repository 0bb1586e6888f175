package com.llmgenerator.billing.portal;

import com.llmgenerator.billing.Settings;
import com.llmgenerator.billing.config.Origin;
import com.llmgenerator.billing.problem.BadRequestException;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.camel.Body;
import org.apache.camel.Variable;
import org.springframework.stereotype.Component;

/** Decides where Stripe's portal may send a user back to. */
@Component
public final class ReturnUrlPolicy {
  private static final int LONGEST_URL = 2048;

  /** What ends before the first slash, question mark or hash; path and query; fragment. */
  private static final Pattern URL =
      Pattern.compile("([^:/?#]++://[^/?#]*+)([!$-;=?-\\[\\]-~]*+#?+)([!#-;=?-\\[\\]-~]*+)");

  /** What browsers leave in {@code location.href} and RFC 3986 does not allow unescaped. */
  private static final Pattern UNESCAPED = Pattern.compile("%(?![0-9A-Fa-f]{2})|[\\[\\]|{}^`]");

  private final String defaultReturnUrl;
  private final Set<Origin> allowed;

  ReturnUrlPolicy(Settings settings) {
    this.defaultReturnUrl = settings.portal().defaultReturnUrl();
    this.allowed = settings.portal().returnOrigins();
  }

  /**
   * Chooses the return URL of a request.
   *
   * @param request what the caller sent
   * @param originsOfKey where callers with this API key may send users back to besides: origins
   *     with spaces between them; null if there is no key
   * @return the caller's URL as RFC 3986 writes it: percent-encoded where it was not, and otherwise
   *     unchanged; the default if the caller sent none
   * @throws BadRequestException if the caller's URL is not on an allowed origin
   */
  public String choose(
      @Body PortalRequest request, @Variable("keyReturnOrigins") String originsOfKey) {
    if (request.returnUrl() == null) {
      return defaultReturnUrl;
    }
    if (request.returnUrl().length() > LONGEST_URL) {
      throw new BadRequestException(
          "invalid_return_url", "returnUrl is longer than 2,048 characters");
    }
    Matcher url = URL.matcher(request.returnUrl());
    if (!url.matches()) {
      throw new BadRequestException(
          "invalid_return_url",
          "returnUrl is not an absolute URL, or holds a character that browsers escape");
    }
    Origin origin = origin(url.group(1));
    if (!allowed.contains(origin) && !isOneOf(originsOfKey, origin)) {
      throw new BadRequestException(
          "invalid_return_url",
          "returnUrl is neither on an origin of PORTAL_RETURN_ORIGINS nor on one of the API key");
    }
    return url.group(1) + encoded(url.group(2)) + encoded(url.group(3)).replace("#", "%23");
  }

  private static Origin origin(String text) {
    try {
      return Origin.of(text);
    } catch (IllegalArgumentException e) {
      throw new BadRequestException(
          "invalid_return_url", "returnUrl is rejected: " + e.getMessage());
    }
  }

  private static String encoded(String part) {
    return UNESCAPED
        .matcher(part)
        .replaceAll(character -> "%%%02X".formatted((int) character.group().charAt(0)));
  }

  private static boolean isOneOf(String origins, Origin origin) {
    return origins != null && List.of(origins.split(" ")).contains(origin.toString());
  }
}
