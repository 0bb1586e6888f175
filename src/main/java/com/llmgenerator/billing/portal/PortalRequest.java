package com.llmgenerator.billing.portal;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * The optional body of a request: {@code {"returnUrl": "https://…", "locale": "fr", "flow": "…"}}.
 *
 * @param returnUrl where Stripe's portal sends the user back to; null for the default
 * @param locale the language of the portal; null for that of the customer or the browser
 * @param flow what the user is to do there, and nothing else; null for the whole portal
 */
public record PortalRequest(String returnUrl, String locale, String flow) {

  // Without the explicit mode Jackson would also take a bare JSON string for a request.
  @JsonCreator(mode = JsonCreator.Mode.PROPERTIES)
  public PortalRequest(
      @JsonProperty("returnUrl") String returnUrl,
      @JsonProperty("locale") String locale,
      @JsonProperty("flow") String flow) {
    this.returnUrl = returnUrl;
    this.locale = locale;
    this.flow = flow;
  }
}
