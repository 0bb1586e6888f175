package com.llmgenerator.billing.portal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.llmgenerator.billing.problem.BadRequestException;
import com.stripe.param.billingportal.SessionCreateParams.FlowData;
import java.util.stream.Stream;
import org.apache.camel.Exchange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PortalFlowTest {
  /** That one would need items of the caller's choice. */
  @Test
  void knowsEveryFlowOfStripesSdkButTheOneThatNeedsMore() {
    assertThat(Stream.of(FlowData.Type.values()).map(FlowData.Type::getValue))
        .containsExactlyInAnyOrderElementsOf(
            Stream.concat(PortalFlow.FLOWS.stream(), Stream.of("subscription_update_confirm"))
                .toList());
  }

  @Test
  void isLeftToStripeWhereTheCallerDoesNotChoose() {
    assertThat(flow(null)).isNull();
  }

  @Test
  void isWhatTheCallerChooses() {
    assertThat(flow("subscription_cancel")).isEqualTo("subscription_cancel");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "subscription_update_confirm", "Subscription_cancel", "x]&a[b"})
  void isNoOther(String flow) {
    assertThatExceptionOfType(BadRequestException.class)
        .isThrownBy(() -> flow(flow))
        .withMessage(
            "flow is not one of [payment_method_update, subscription_cancel, subscription_update]");
  }

  private static Object flow(String flow) {
    Exchange exchange = Messages.of(new PortalRequest(null, null, flow));
    new PortalFlow().process(exchange);
    return exchange.getVariable("flow");
  }
}
