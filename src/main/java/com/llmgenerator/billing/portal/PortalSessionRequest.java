package com.llmgenerator.billing.portal;

import com.llmgenerator.billing.config.StripeProperties;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.hc.client5.http.entity.UrlEncodedFormEntity;
import org.apache.hc.core5.http.NameValuePair;
import org.apache.hc.core5.http.message.BasicNameValuePair;
import org.springframework.stereotype.Component;

/**
 * Writes the form that asks Stripe for a portal session, of the variables {@code stripeCustomer}
 * ({@code cus_…}), {@code returnUrl} and, if they are set, {@code locale}, {@code flow} and {@code
 * subscription} ({@code sub_…}, on which a flow acts).
 *
 * @see <a href="https://docs.stripe.com/api/customer_portal/sessions/create">Create a portal
 *     session</a>
 */
@Component
public final class PortalSessionRequest implements Processor {
  private final StripeProperties stripe;

  PortalSessionRequest(StripeProperties stripe) {
    this.stripe = stripe;
  }

  @Override
  public void process(Exchange exchange) {
    String returnUrl = exchange.getVariable("returnUrl", String.class);
    String flow = exchange.getVariable("flow", String.class);
    List<NameValuePair> form = new ArrayList<>();
    add(form, "customer", exchange.getVariable("stripeCustomer", String.class));
    add(form, "return_url", returnUrl);
    add(form, "configuration", stripe.portalConfiguration().orElse(null));
    add(form, "locale", exchange.getVariable("locale", String.class));
    if (flow != null) {
      String subscription = exchange.getVariable("subscription", String.class);
      add(form, "flow_data[type]", flow);
      add(form, "flow_data[" + flow + "][subscription]", subscription);
      add(form, "flow_data[after_completion][type]", "redirect");
      add(form, "flow_data[after_completion][redirect][return_url]", returnUrl);
    }
    exchange.getMessage().setBody(new UrlEncodedFormEntity(form, StandardCharsets.UTF_8));
  }

  private static void add(List<NameValuePair> form, String name, String value) {
    if (value != null) {
      form.add(new BasicNameValuePair(name, value));
    }
  }
}
