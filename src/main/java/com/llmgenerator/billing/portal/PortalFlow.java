package com.llmgenerator.billing.portal;

import com.llmgenerator.billing.problem.BadRequestException;
import java.util.Set;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.springframework.stereotype.Component;

/**
 * Sets the variable {@code flow} to what the user is to do in Stripe's portal, in Stripe's words;
 * to nothing if the caller did not choose. The body is a {@link PortalRequest}.
 */
@Component
public final class PortalFlow implements Processor {
  /** Those of Stripe's flows that need nothing from the caller besides the choice. */
  static final Set<String> FLOWS =
      Set.of("payment_method_update", "subscription_cancel", "subscription_update");

  @Override
  public void process(Exchange exchange) {
    String flow = exchange.getMessage().getBody(PortalRequest.class).flow();
    if (flow != null && !FLOWS.contains(flow)) {
      throw new BadRequestException(
          "invalid_flow", "flow is not one of " + FLOWS.stream().sorted().toList());
    }
    exchange.setVariable("flow", flow);
  }
}
