package com.llmgenerator.billing.portal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.llmgenerator.billing.problem.BadRequestException;
import com.stripe.param.billingportal.SessionCreateParams.FlowData;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PortalOptionsTest {
  private final PortalOptions choices = new PortalOptions();

  /** That one would need items of the caller's choice. */
  @Test
  void knowsEveryFlowOfStripesSdkButTheOneThatNeedsMore() {
    assertThat(Stream.of(FlowData.Type.values()).map(FlowData.Type::getValue))
        .containsExactlyInAnyOrderElementsOf(
            Stream.concat(PortalOptions.FLOWS.stream(), Stream.of("subscription_update_confirm"))
                .toList());
  }

  @Test
  void leavesBothToStripeWhereTheCallerDoesNotChoose() {
    assertThat(choices.locale(request(null, null))).isNull();
    assertThat(choices.flow(request(null, null))).isNull();
  }

  @Test
  void takesWhatTheCallerChooses() {
    assertThat(choices.locale(request("pt-BR", null))).isEqualTo("pt-BR");
    assertThat(choices.locale(request("en-US", null))).isEqualTo("en");
    assertThat(choices.flow(request(null, "subscription_cancel"))).isEqualTo("subscription_cancel");
  }

  @Test
  void refusesALocaleThatIsNoLanguageTag() {
    assertThatExceptionOfType(BadRequestException.class)
        .isThrownBy(() -> choices.locale(request("en_US", null)))
        .withMessage("locale is not a language tag of BCP 47");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "subscription_update_confirm", "Subscription_cancel", "x]&a[b"})
  void refusesOtherFlows(String flow) {
    assertThatExceptionOfType(BadRequestException.class)
        .isThrownBy(() -> choices.flow(request(null, flow)))
        .withMessage(
            "flow is not one of [payment_method_update, subscription_cancel, subscription_update]");
  }

  private static PortalRequest request(String locale, String flow) {
    return new PortalRequest(null, locale, flow);
  }
}
