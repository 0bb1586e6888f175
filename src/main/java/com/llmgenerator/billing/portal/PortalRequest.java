package com.llmgenerator.billing.portal;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * The optional body of a request: {@code {"returnUrl": "https://…"}}.
 *
 * @param returnUrl where Stripe's portal sends the user back to; null for the default
 */
public record PortalRequest(String returnUrl) {

  // Without the explicit mode Jackson would also take a bare JSON string for a request.
  @JsonCreator(mode = JsonCreator.Mode.PROPERTIES)
  public PortalRequest(@JsonProperty("returnUrl") String returnUrl) {
    this.returnUrl = returnUrl;
  }
}
