package com.llmgenerator.billing.portal;

import com.llmgenerator.billing.Settings;
import java.util.List;
import java.util.Set;
import org.apache.camel.Body;
import org.apache.camel.Variable;
import org.springframework.stereotype.Component;

/** Decides where Stripe's portal may send a user back to. */
@Component
public final class ReturnUrlPolicy {
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
   * @return the caller's URL unchanged, or the default if the caller sent none
   * @throws InvalidRequestException if the body was JSON's {@code null} instead of an object
   * @throws InvalidReturnUrlException if the caller's URL is not on an allowed origin
   */
  public String choose(
      @Body PortalRequest request, @Variable("keyReturnOrigins") String originsOfKey) {
    if (request == null) {
      throw new InvalidRequestException("The body is null instead of an object");
    }
    if (request.returnUrl() == null) {
      return defaultReturnUrl;
    }
    try {
      Origin origin = Origin.ofUrl(request.returnUrl());
      if (allowed.contains(origin) || isOneOf(originsOfKey, origin)) {
        return request.returnUrl();
      }
    } catch (IllegalArgumentException e) {
      throw new InvalidReturnUrlException("returnUrl is refused: " + e.getMessage());
    }
    throw new InvalidReturnUrlException(
        "returnUrl is neither on an origin of PORTAL_RETURN_ORIGINS nor on one of the API key");
  }

  private static boolean isOneOf(String origins, Origin origin) {
    return origins != null && List.of(origins.split(" ")).contains(origin.toString());
  }
}
