package com.llmgenerator.billing.portal;

import static org.assertj.core.api.Assertions.assertThat;

import com.llmgenerator.billing.config.StripeProperties;
import com.llmgenerator.billing.config.TestSettings;
import java.util.Optional;
import org.apache.camel.Exchange;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PortalSessionRequestTest {
  @Nested
  class WritesTheForm {
    @Test
    void escapingWhatTheCallerChose() throws Exception {
      assertThat(
              form(
                  Optional.empty(),
                  "https://a.example.com/x?y=1&customer=cus_2#z%20+",
                  null,
                  null,
                  null))
          .isEqualTo(
              "customer=cus_1&return_url="
                  + "https%3A%2F%2Fa.example.com%2Fx%3Fy%3D1%26customer%3Dcus_2%23z%2520%2B");
    }

    @Test
    void withThePortalConfigurationIfOneIsSet() throws Exception {
      assertThat(form(Optional.of("bpc_1"), "https://a.example.com", null, null, null))
          .isEqualTo("customer=cus_1&return_url=https%3A%2F%2Fa.example.com&configuration=bpc_1");
    }
  }

  @Nested
  class WritesTheFlow {
    private static final String BEGIN =
        "customer=cus_1&return_url=https%3A%2F%2Fa.example.com&locale=fr-CA&flow_data%5Btype%5D=";
    private static final String END =
        "&flow_data%5Bafter_completion%5D%5Btype%5D=redirect"
            + "&flow_data%5Bafter_completion%5D%5Bredirect%5D%5Breturn_url%5D="
            + "https%3A%2F%2Fa.example.com";

    @Test
    void ofNoSubscription() throws Exception {
      assertThat(form("payment_method_update", null))
          .isEqualTo(BEGIN + "payment_method_update" + END);
    }

    @ParameterizedTest
    @ValueSource(strings = {"subscription_cancel", "subscription_update"})
    void ofASubscription(String flow) throws Exception {
      assertThat(form(flow, "sub_1"))
          .isEqualTo(BEGIN + flow + "&flow_data%5B" + flow + "%5D%5Bsubscription%5D=sub_1" + END);
    }

    private static String form(String flow, String subscription) throws Exception {
      return PortalSessionRequestTest.form(
          Optional.empty(), "https://a.example.com", "fr-CA", flow, subscription);
    }
  }

  private static String form(
      Optional<String> configuration,
      String returnUrl,
      String locale,
      String flow,
      String subscription)
      throws Exception {
    StripeProperties stripe =
        TestSettings.stripe("rk_live_1", "https://api.stripe.com", configuration);
    Exchange exchange = Messages.of(null);
    exchange.setVariable("stripeCustomer", "cus_1");
    exchange.setVariable("returnUrl", returnUrl);
    exchange.setVariable("locale", locale);
    exchange.setVariable("flow", flow);
    exchange.setVariable("subscription", subscription);
    new PortalSessionRequest(stripe).process(exchange);
    return EntityUtils.toString(exchange.getMessage().getBody(HttpEntity.class));
  }
}
