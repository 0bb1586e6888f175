package com.llmgenerator.billing.portal;

import java.util.Set;
import org.apache.camel.Body;
import org.springframework.stereotype.Component;

/** Decides in which language, and for what, a caller may open Stripe's portal. */
@Component
public final class PortalChoices {
  /** Stripe's list; a test compares it with the official SDK's. */
  static final Set<String> LOCALES =
      Set.of(
          "auto", "bg", "cs", "da", "de", "el", "en", "en-AU", "en-CA", "en-GB", "en-IE", "en-IN",
          "en-NZ", "en-SG", "es", "es-419", "et", "fi", "fil", "fr", "fr-CA", "hr", "hu", "id",
          "it", "ja", "ko", "lt", "lv", "ms", "mt", "nb", "nl", "pl", "pt", "pt-BR", "ro", "ru",
          "sk", "sl", "sv", "th", "tr", "vi", "zh", "zh-HK", "zh-TW");

  /** Those of Stripe's flows that need nothing from the caller besides the choice. */
  static final Set<String> FLOWS =
      Set.of("payment_method_update", "subscription_cancel", "subscription_update");

  /**
   * The portal's language.
   *
   * @return an IETF tag of Stripe's list or {@code auto}; null if the caller did not choose
   * @throws InvalidLocaleException if it is none
   */
  public String locale(@Body PortalRequest request) {
    if (request.locale() != null && !LOCALES.contains(request.locale())) {
      throw new InvalidLocaleException("locale is not on Stripe's list");
    }
    return request.locale();
  }

  /**
   * What the user is to do in the portal.
   *
   * @return Stripe's name of the flow; null if the caller did not choose
   * @throws InvalidFlowException if there is no such flow
   */
  public String flow(@Body PortalRequest request) {
    if (request.flow() != null && !FLOWS.contains(request.flow())) {
      throw new InvalidFlowException("flow is not one of " + FLOWS.stream().sorted().toList());
    }
    return request.flow();
  }
}
