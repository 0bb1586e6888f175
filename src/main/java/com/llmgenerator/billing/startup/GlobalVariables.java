package com.llmgenerator.billing.startup;

import com.llmgenerator.billing.config.StripeProperties;
import org.apache.camel.CamelContext;
import org.apache.camel.spring.boot.CamelContextConfiguration;
import org.springframework.stereotype.Component;

/** Sets {@code ${variable.global:livemode}}: queries ask for data of the mode of Stripe's key. */
@Component
final class GlobalVariables implements CamelContextConfiguration {
  private final boolean livemode;

  GlobalVariables(StripeProperties stripe) {
    this.livemode = stripe.livemode();
  }

  @Override
  public void beforeApplicationStart(CamelContext camel) {
    camel.setVariable("global:livemode", livemode);
  }

  @Override
  public void afterApplicationStart(CamelContext camel) {}
}
