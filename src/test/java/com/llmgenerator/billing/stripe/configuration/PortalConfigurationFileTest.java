package com.llmgenerator.billing.stripe.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.mock.env.MockEnvironment;

class PortalConfigurationFileTest {
  private static final String FILE = "classpath:portal-offer.yaml";
  private static final MockEnvironment SETTINGS =
      new MockEnvironment()
          .withProperty("portal.default-return-url", "https://app.example.com/dashboard");

  private final PortalConfigurationFile offer = PortalConfigurationFile.read(FILE, SETTINGS);

  @Test
  void asksStripeForExactlyThis() {
    assertThat(offer.form())
        .extracting(Object::toString)
        .filteredOn(pair -> !pair.startsWith("metadata"))
        .containsExactly(
            "name=LLMGenerator",
            "default_return_url=https://app.example.com/dashboard",
            "business_profile[headline]=Your LLMGenerator subscription",
            "business_profile[privacy_policy_url]=https://llmgenerator.example.com/privacy",
            "business_profile[terms_of_service_url]=https://llmgenerator.example.com/terms",
            "features[payment_method_update][enabled]=true",
            "features[invoice_history][enabled]=true",
            "features[subscription_update][enabled]=true",
            "features[subscription_update][default_allowed_updates][0]=price",
            "features[subscription_update][default_allowed_updates][1]=promotion_code",
            "features[subscription_update][proration_behavior]=create_prorations",
            "features[subscription_update][products][0][product]=prod_LLMGenerator",
            "features[subscription_update][products][0][prices][0]=price_LLMGeneratorMonthly",
            "features[subscription_update][products][0][prices][1]=price_LLMGeneratorYearly",
            "features[subscription_cancel][enabled]=true",
            "features[subscription_cancel][mode]=at_period_end",
            "features[subscription_cancel][cancellation_reason][enabled]=true",
            "features[subscription_cancel][cancellation_reason][options][0]=too_expensive",
            "features[subscription_cancel][cancellation_reason][options][1]=missing_features",
            "features[subscription_cancel][cancellation_reason][options][2]=switched_service",
            "features[subscription_cancel][cancellation_reason][options][3]=unused",
            "features[subscription_cancel][cancellation_reason][options][4]=customer_service",
            "features[subscription_cancel][cancellation_reason][options][5]=too_complex",
            "features[subscription_cancel][cancellation_reason][options][6]=low_quality",
            "features[subscription_cancel][cancellation_reason][options][7]=other",
            "features[customer_update][enabled]=true",
            "features[customer_update][allowed_updates][0]=name",
            "features[customer_update][allowed_updates][1]=email",
            "features[customer_update][allowed_updates][2]=address",
            "features[customer_update][allowed_updates][3]=phone",
            "features[customer_update][allowed_updates][4]=tax_id");
    assertThat(offer.form().get(offer.form().size() - 1).toString())
        .matches("metadata\\[billing_portal_offer]=[0-9a-f]{16}");
  }

  @Test
  void emptiesListsThatAreDeclaredEmpty(@TempDir Path folder) throws IOException {
    ObjectNode declared = declared();
    declared.withObject("/features/customer_update").putArray("allowed_updates");
    Path file = Files.writeString(folder.resolve("offer.yaml"), declared.toString());
    assertThat(PortalConfigurationFile.read(file.toUri().toString(), SETTINGS).form())
        .extracting(Object::toString)
        .filteredOn(pair -> pair.contains("allowed_updates]"))
        .contains("features[customer_update][allowed_updates]=")
        .noneMatch(pair -> pair.startsWith("features[customer_update][allowed_updates]["));
  }

  @Test
  void knowsItsOwnByTheMarkAndTheOriginThatUsersComeBackTo() throws IOException {
    ObjectNode found = declared();
    found.put("default_return_url", "https://app.example.com/another/page");
    assertThat(offer.made(found)).isFalse();
    found.withObject("/metadata").put("billing_portal_offer", "of another version");
    assertThat(offer.made(found)).isTrue();
    found.put("default_return_url", "https://staging.example.com/dashboard");
    assertThat(offer.made(found)).isFalse();
    found.putNull("default_return_url");
    assertThat(offer.made(found)).isFalse();
  }

  @Nested
  class TellsTheDifference {
    @Test
    void ofNone() throws IOException {
      assertThat(offer.differences(agreeing())).isEmpty();
    }

    @Test
    void notByTheOrderOfLists() throws IOException {
      ObjectNode found = agreeing();
      found
          .withObject("/features/customer_update")
          .putArray("allowed_updates")
          .add("tax_id")
          .add("phone")
          .add("name")
          .add("email")
          .add("address");
      assertThat(offer.differences(found)).isEmpty();
    }

    @Test
    void lineByLine() throws IOException {
      ObjectNode found = agreeing();
      found.put("active", false).putNull("name");
      found.withObject("/features/subscription_cancel").put("mode", "immediately");
      found.withObject("/features/invoice_history").put("enabled", false);
      found.withObject("/features/customer_update").putArray("allowed_updates").add("email");
      ObjectNode other =
          ((ObjectNode) found.at("/features/subscription_update"))
              .withArray("products")
              .addObject()
              .put("product", "prod_2");
      other.putArray("prices").add("price_2");
      assertThat(offer.differences(found))
          .containsExactly(
              "active: false -> true",
              "features.customer_update.allowed_updates: email -> address, email, name, phone,"
                  + " tax_id",
              "features.invoice_history.enabled: false -> true",
              "features.subscription_cancel.mode: immediately -> at_period_end",
              "features.subscription_update.products.prod_2: price_2 -> nothing",
              "name: nothing -> LLMGenerator");
    }

    @Test
    void byTheMarkAloneWhereStripeDoesNotShowProducts() throws IOException {
      ObjectNode found = agreeing();
      ((ObjectNode) found.at("/features/subscription_update")).remove("products");
      assertThat(offer.differences(found)).isEmpty();
      found.withObject("/metadata").put("billing_portal_offer", "of another file");
      assertThat(offer.differences(found))
          .singleElement()
          .asString()
          .startsWith("metadata.billing_portal_offer: of another file -> ");
    }

    /** What Stripe would answer once it agrees, with a member that no file declares. */
    private ObjectNode agreeing() throws IOException {
      ObjectNode found = declared();
      String mark = offer.form().get(offer.form().size() - 1).getValue();
      found.put("default_return_url", "https://app.example.com/dashboard");
      found.put("active", true).put("is_default", false);
      found.withObject("/metadata").put("billing_portal_offer", mark).put("other", "x");
      found.withObject("/features/subscription_update").put("trial_update_behavior", "end_trial");
      return found;
    }
  }

  private static ObjectNode declared() throws IOException {
    try (InputStream file =
        PortalConfigurationFileTest.class.getResourceAsStream("/portal-offer.yaml")) {
      return (ObjectNode) new YAMLMapper().readTree(file);
    }
  }

  @Nested
  class Refuses {
    @ParameterizedTest
    @ValueSource(
        strings = {
          "payment_method_update",
          "invoice_history",
          "subscription_update",
          "subscription_cancel",
          "customer_update"
        })
    void anOfferThatLacksACapability(String name, @TempDir Path folder) throws IOException {
      JsonNode offer = declared();
      ((ObjectNode) offer.path("features").path(name)).put("enabled", false);
      Path file = Files.writeString(folder.resolve("offer.yaml"), offer.toString());
      assertThatIllegalArgumentException()
          .isThrownBy(() -> PortalConfigurationFile.read(file.toUri().toString(), SETTINGS))
          .withMessage("which does not declare " + name);
    }

    @Test
    void whatIsNoOffer(@TempDir Path folder) throws IOException {
      for (String text : List.of("", "[]", "features: 1", "x")) {
        Path file = Files.writeString(folder.resolve("offer.yaml"), text);
        assertThatIllegalArgumentException()
            .isThrownBy(() -> PortalConfigurationFile.read(file.toUri().toString(), SETTINGS))
            .withMessage(
                "which does not declare payment_method_update, invoice_history,"
                    + " subscription_update, subscription_cancel, customer_update");
      }
      Path unset = Files.writeString(folder.resolve("unset.yaml"), "name: ${no.such.setting}");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> PortalConfigurationFile.read(unset.toUri().toString(), SETTINGS))
          .withMessage("which refers to ${no.such.setting}, which is not set");
      Path file = Files.writeString(folder.resolve("offer.yaml"), "{");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> PortalConfigurationFile.read(file.toUri().toString(), SETTINGS))
          .withMessage("which is no YAML");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> PortalConfigurationFile.read("file:/no/such/file", SETTINGS))
          .withMessage("which cannot be read");
    }
  }
}
