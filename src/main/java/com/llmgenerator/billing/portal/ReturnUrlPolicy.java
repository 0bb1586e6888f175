package com.llmgenerator.billing.portal;

import com.llmgenerator.billing.Settings;
import java.util.Set;
import org.apache.camel.Body;
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
   * @return the caller's URL unchanged, or the default if the caller sent none
   * @throws InvalidRequestException if the body was JSON's {@code null} instead of an object
   * @throws InvalidReturnUrlException if the caller's URL is not on an allowed origin
   */
  public String choose(@Body PortalRequest request) {
    if (request == null) {
      throw new InvalidRequestException("The body is null instead of an object");
    }
    if (request.returnUrl() == null) {
      return defaultReturnUrl;
    }
    try {
      if (allowed.contains(Origin.ofUrl(request.returnUrl()))) {
        return request.returnUrl();
      }
    } catch (IllegalArgumentException e) {
      throw new InvalidReturnUrlException("returnUrl is refused: " + e.getMessage());
    }
    throw new InvalidReturnUrlException("returnUrl is not on an origin of PORTAL_RETURN_ORIGINS");
  }
}
