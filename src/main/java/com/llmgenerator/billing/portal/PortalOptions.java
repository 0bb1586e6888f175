package com.llmgenerator.billing.portal;

import com.llmgenerator.billing.problem.BadRequestException;
import java.util.IllformedLocaleException;
import java.util.Set;
import org.apache.camel.Body;
import org.springframework.stereotype.Component;

/** Decides in which language, and for what, a caller may open Stripe's portal. */
@Component
public final class PortalOptions {
  /** Those of Stripe's flows that need nothing from the caller besides the choice. */
  static final Set<String> FLOWS =
      Set.of("payment_method_update", "subscription_cancel", "subscription_update");

  /**
   * The portal's language.
   *
   * @return a tag of Stripe's list; null if the caller did not choose
   * @throws BadRequestException if the caller's is no language tag
   */
  public String locale(@Body PortalRequest request) {
    try {
      return request.locale() == null ? null : PortalLocale.nearest(request.locale());
    } catch (IllformedLocaleException e) {
      throw new BadRequestException("invalid_locale", "locale is not a language tag of BCP 47");
    }
  }

  /**
   * What the user is to do in the portal.
   *
   * @return Stripe's name of the flow; null if the caller did not choose
   * @throws BadRequestException if there is no such flow
   */
  public String flow(@Body PortalRequest request) {
    if (request.flow() != null && !FLOWS.contains(request.flow())) {
      throw new BadRequestException(
          "invalid_flow", "flow is not one of " + FLOWS.stream().sorted().toList());
    }
    return request.flow();
  }
}
