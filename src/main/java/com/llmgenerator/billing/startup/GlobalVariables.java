package com.llmgenerator.billing.startup;

import com.llmgenerator.billing.config.StripeProperties;
import org.apache.camel.CamelContext;
import org.apache.camel.spi.OnCamelContextInitializing;
import org.springframework.stereotype.Component;

/** Sets {@code ${variable.global:livemode}}: queries ask for data of the mode of Stripe's key. */
@Component
final class GlobalVariables implements OnCamelContextInitializing {
  private final boolean livemode;

  GlobalVariables(StripeProperties stripe) {
    this.livemode = stripe.livemode();
  }

  @Override
  public void onContextInitializing(CamelContext camel) {
    camel.setVariable("global:livemode", livemode);
  }
}
