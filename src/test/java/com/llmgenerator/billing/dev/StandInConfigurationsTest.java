package com.llmgenerator.billing.dev;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.stripe.StripeClient;
import com.stripe.exception.InvalidRequestException;
import com.stripe.exception.PermissionException;
import com.stripe.model.billingportal.Configuration;
import com.stripe.param.billingportal.ConfigurationCreateParams;
import com.stripe.param.billingportal.ConfigurationCreateParams.Features;
import com.stripe.param.billingportal.ConfigurationCreateParams.Features.CustomerUpdate;
import com.stripe.param.billingportal.ConfigurationCreateParams.Features.InvoiceHistory;
import com.stripe.param.billingportal.ConfigurationCreateParams.Features.PaymentMethodUpdate;
import com.stripe.param.billingportal.ConfigurationCreateParams.Features.SubscriptionCancel;
import com.stripe.param.billingportal.ConfigurationCreateParams.Features.SubscriptionCancel.CancellationReason;
import com.stripe.param.billingportal.ConfigurationCreateParams.Features.SubscriptionUpdate;
import com.stripe.param.billingportal.ConfigurationListParams;
import com.stripe.param.billingportal.ConfigurationRetrieveParams;
import com.stripe.param.billingportal.ConfigurationUpdateParams;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The stand-in's portal configurations, as the official SDK makes and reads them. */
class StandInConfigurationsTest {
  private static StripeStandIn stripe;

  @BeforeAll
  static void start() {
    stripe = StripeStandIn.start(0);
  }

  @AfterAll
  static void stop() {
    stripe.close();
  }

  @BeforeEach
  void reset() {
    stripe.reset();
  }

  @Test
  void makesWhatWasAskedFor() throws Exception {
    Configuration made =
        configurations("sk_test_1")
            .create(everything().addExpand("features.subscription_update.products").build());

    assertThat(made.getId()).startsWith("bpc_");
    assertThat(made.getObject()).isEqualTo("billing_portal.configuration");
    assertThat(made.getActive()).isTrue();
    assertThat(made.getIsDefault()).isFalse();
    assertThat(made.getLivemode()).isFalse();
    assertThat(made.getName()).isEqualTo("Ours");
    assertThat(made.getDefaultReturnUrl()).isEqualTo("https://app.example.com/");
    assertThat(made.getMetadata()).containsEntry("a", "b");
    assertThat(made.getLoginPage().getEnabled()).isFalse();
    assertThat(made.getBusinessProfile().getPrivacyPolicyUrl()).isEqualTo("https://a.example.com");
    assertThat(made.getBusinessProfile().getHeadline()).isNull();
    Configuration.Features features = made.getFeatures();
    assertThat(features.getPaymentMethodUpdate().getEnabled()).isTrue();
    assertThat(features.getInvoiceHistory().getEnabled()).isTrue();
    assertThat(features.getCustomerUpdate().getEnabled()).isTrue();
    assertThat(features.getCustomerUpdate().getAllowedUpdates()).containsExactly("email", "name");
    assertThat(features.getSubscriptionCancel().getEnabled()).isTrue();
    assertThat(features.getSubscriptionCancel().getMode()).isEqualTo("at_period_end");
    assertThat(features.getSubscriptionCancel().getCancellationReason().getOptions())
        .containsExactly("unused", "other");
    Configuration.Features.SubscriptionUpdate update = features.getSubscriptionUpdate();
    assertThat(update.getEnabled()).isTrue();
    assertThat(update.getDefaultAllowedUpdates()).containsExactly("price");
    assertThat(update.getProducts()).hasSize(1);
    assertThat(update.getProducts().get(0).getProduct()).isEqualTo("prod_1");
    assertThat(update.getProducts().get(0).getPrices()).containsExactly("price_1", "price_2");
    Configuration shown =
        configurations("sk_test_1")
            .retrieve(
                made.getId(),
                ConfigurationRetrieveParams.builder()
                    .addExpand("features.subscription_update.products")
                    .build());
    assertThat(shown).isEqualTo(made);
  }

  @Test
  void showsProductsToThoseWhoAskForThem() throws Exception {
    Configuration made = configurations("sk_test_1").create(everything().build());
    assertThat(made.getFeatures().getSubscriptionUpdate().getProducts()).isNull();
    assertThat(products(ConfigurationListParams.builder())).isNull();
    assertThat(
            products(
                ConfigurationListParams.builder()
                    .addExpand("data.features.subscription_update.products")))
        .hasSize(1);
    assertThatExceptionOfType(InvalidRequestException.class)
        .isThrownBy(() -> products(ConfigurationListParams.builder().addExpand("data.name")))
        .withMessageStartingWith("This property cannot be expanded (data.name).");
  }

  private static List<?> products(ConfigurationListParams.Builder params) throws Exception {
    Configuration first = configurations("sk_test_1").list(params.build()).getData().get(0);
    return first.getFeatures().getSubscriptionUpdate().getProducts();
  }

  @Test
  void changesWhatIsNamedAndNothingElse() throws Exception {
    Configuration made = configurations("sk_test_1").create(everything().build());
    Configuration changed =
        configurations("sk_test_1")
            .update(
                made.getId(),
                ConfigurationUpdateParams.builder()
                    .setActive(false)
                    .setFeatures(
                        ConfigurationUpdateParams.Features.builder()
                            .setCustomerUpdate(
                                ConfigurationUpdateParams.Features.CustomerUpdate.builder()
                                    .addAllowedUpdate(
                                        ConfigurationUpdateParams.Features.CustomerUpdate
                                            .AllowedUpdate.PHONE)
                                    .build())
                            .build())
                    .build());
    assertThat(changed.getActive()).isFalse();
    assertThat(changed.getFeatures().getCustomerUpdate().getEnabled()).isTrue();
    assertThat(changed.getFeatures().getCustomerUpdate().getAllowedUpdates())
        .containsExactly("phone");
    assertThat(changed.getFeatures().getSubscriptionUpdate())
        .isEqualTo(made.getFeatures().getSubscriptionUpdate());
  }

  @Test
  void listsByFilterPageByPage() throws Exception {
    Configuration made = configurations("rk_live_1").create(everything().build());
    assertThat(ids("rk_live_1", ConfigurationListParams.builder().build()))
        .containsExactly(made.getId(), "bpc_1StandInDefault");
    assertThat(ids("rk_live_1", ConfigurationListParams.builder().setIsDefault(true).build()))
        .containsExactly("bpc_1StandInDefault");
    assertThat(ids("rk_live_1", ConfigurationListParams.builder().setActive(false).build()))
        .isEmpty();
    assertThat(ids("sk_test_1", ConfigurationListParams.builder().build()))
        .containsExactly("bpc_1StandInDefault");
    ConfigurationListParams.Builder page = ConfigurationListParams.builder().setLimit(1L);
    assertThat(configurations("rk_live_1").list(page.build()).getHasMore()).isTrue();
    assertThat(ids("rk_live_1", page.setStartingAfter(made.getId()).build()))
        .containsExactly("bpc_1StandInDefault");
    assertThat(configurations("rk_live_1").list(page.build()).getHasMore()).isFalse();
  }

  @ParameterizedTest
  @EnumSource(CancellationReason.Option.class)
  void knowsEveryReasonToCancel(CancellationReason.Option option) throws Exception {
    Features features =
        Features.builder()
            .setSubscriptionCancel(
                SubscriptionCancel.builder()
                    .setEnabled(true)
                    .setCancellationReason(
                        CancellationReason.builder().setEnabled(true).addOption(option).build())
                    .build())
            .build();
    Configuration made =
        configurations("sk_test_1")
            .create(ConfigurationCreateParams.builder().setFeatures(features).build());
    assertThat(made.getFeatures().getSubscriptionCancel().getCancellationReason().getOptions())
        .containsExactly(option.getValue());
  }

  @ParameterizedTest
  @EnumSource(CustomerUpdate.AllowedUpdate.class)
  void knowsEveryDetailOfACustomer(CustomerUpdate.AllowedUpdate detail) throws Exception {
    Features features =
        Features.builder()
            .setCustomerUpdate(
                CustomerUpdate.builder().setEnabled(true).addAllowedUpdate(detail).build())
            .build();
    Configuration made =
        configurations("sk_test_1")
            .create(ConfigurationCreateParams.builder().setFeatures(features).build());
    assertThat(made.getFeatures().getCustomerUpdate().getAllowedUpdates())
        .containsExactly(detail.getValue());
  }

  @Test
  void refusesLikeStripe() {
    assertRefused(ConfigurationCreateParams.builder().build(), "parameter_missing", "features");
    assertRefused(
        ConfigurationCreateParams.builder()
            .setFeatures(Features.builder().putExtraParam("dancing", "true").build())
            .build(),
        "parameter_unknown",
        "features[dancing]");
    assertRefused(
        ConfigurationCreateParams.builder()
            .setFeatures(
                Features.builder()
                    .setSubscriptionUpdate(SubscriptionUpdate.builder().setEnabled(true).build())
                    .build())
            .build(),
        "parameter_missing",
        "features[subscription_update][default_allowed_updates]");
    assertRefused(
        ConfigurationCreateParams.builder()
            .setFeatures(
                Features.builder()
                    .setInvoiceHistory(InvoiceHistory.builder().setEnabled(true).build())
                    .build())
            .setDefaultReturnUrl("nowhere")
            .build(),
        "url_invalid",
        "default_return_url");
    assertThatExceptionOfType(InvalidRequestException.class)
        .isThrownBy(() -> configurations("sk_test_1").retrieve("bpc_other"))
        .satisfies(
            refused -> {
              assertThat(refused.getStatusCode()).isEqualTo(404);
              assertThat(refused.getCode()).isEqualTo("resource_missing");
            });
    assertThatExceptionOfType(PermissionException.class)
        .isThrownBy(() -> configurations("rk_test_noread").retrieve("bpc_1StandInDefault"));
    assertThatExceptionOfType(PermissionException.class)
        .isThrownBy(() -> configurations("rk_test_nowrite").create(everything().build()));
  }

  private static void assertRefused(ConfigurationCreateParams params, String code, String param) {
    assertThatExceptionOfType(InvalidRequestException.class)
        .isThrownBy(() -> configurations("sk_test_1").create(params))
        .satisfies(
            refused -> {
              assertThat(refused.getStatusCode()).isEqualTo(400);
              assertThat(refused.getCode()).isEqualTo(code);
              assertThat(refused.getParam()).isEqualTo(param);
            });
  }

  private static ConfigurationCreateParams.Builder everything() {
    return ConfigurationCreateParams.builder()
        .setName("Ours")
        .setDefaultReturnUrl("https://app.example.com/")
        .putMetadata("a", "b")
        .setBusinessProfile(
            ConfigurationCreateParams.BusinessProfile.builder()
                .setPrivacyPolicyUrl("https://a.example.com")
                .build())
        .setFeatures(
            Features.builder()
                .setPaymentMethodUpdate(PaymentMethodUpdate.builder().setEnabled(true).build())
                .setInvoiceHistory(InvoiceHistory.builder().setEnabled(true).build())
                .setCustomerUpdate(
                    CustomerUpdate.builder()
                        .setEnabled(true)
                        .addAllowedUpdate(CustomerUpdate.AllowedUpdate.EMAIL)
                        .addAllowedUpdate(CustomerUpdate.AllowedUpdate.NAME)
                        .build())
                .setSubscriptionCancel(
                    SubscriptionCancel.builder()
                        .setEnabled(true)
                        .setMode(SubscriptionCancel.Mode.AT_PERIOD_END)
                        .setCancellationReason(
                            CancellationReason.builder()
                                .setEnabled(true)
                                .addOption(CancellationReason.Option.UNUSED)
                                .addOption(CancellationReason.Option.OTHER)
                                .build())
                        .build())
                .setSubscriptionUpdate(
                    SubscriptionUpdate.builder()
                        .setEnabled(true)
                        .addDefaultAllowedUpdate(SubscriptionUpdate.DefaultAllowedUpdate.PRICE)
                        .addProduct(
                            SubscriptionUpdate.Product.builder()
                                .setProduct("prod_1")
                                .addAllPrice(List.of("price_1", "price_2"))
                                .build())
                        .build())
                .build());
  }

  private static Stream<String> ids(String key, ConfigurationListParams params) throws Exception {
    return configurations(key).list(params).getData().stream().map(Configuration::getId);
  }

  private static com.stripe.service.billingportal.ConfigurationService configurations(String key) {
    return StripeClient.builder()
        .setApiKey(key)
        .setApiBase(stripe.url())
        .setMaxNetworkRetries(0)
        .build()
        .v1()
        .billingPortal()
        .configurations();
  }
}
