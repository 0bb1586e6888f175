package com.llmgenerator.billing.it;

import static com.llmgenerator.billing.it.Caller.AS_USER;
import static com.llmgenerator.billing.it.Caller.WITH_API_KEY;
import static com.llmgenerator.billing.it.Problems.assertProblem;
import static com.llmgenerator.billing.it.Servers.DATABASE;
import static com.llmgenerator.billing.it.Servers.KEYCLOAK;
import static com.llmgenerator.billing.it.Servers.STRIPE;
import static org.assertj.core.api.Assertions.assertThat;

import com.llmgenerator.billing.it.Caller.Answer;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The members {@code locale} and {@code flow} of both operations, over a socket. */
class PortalFlowsIT {
  private static final String NONE =
      "No subscription found that goes on: there is nothing to cancel or change.";
  private static final String CANCEL = "{\"flow\": \"subscription_cancel\"}";

  private final String customer = "cus_" + UUID.randomUUID().toString().replace("-", "");
  private final String user = UUID.randomUUID().toString();
  private String key;

  @BeforeEach
  void addUser() {
    STRIPE.reset();
    Servers.addBillingAccount(user, customer);
    key = Servers.addApiKey(user).text();
  }

  @AfterEach
  void deleteSubscriptions() {
    DATABASE.update("delete from subscription");
  }

  @Nested
  class Returns200 {
    @Test
    void toASignedInUserWhoCancels() {
      addSubscription("sub_ofDemo", "cus_demo", false, "active", 1);
      String token = KEYCLOAK.login("demo").accessToken();
      String body =
          "{\"returnUrl\": \"https://app.example.com/b?a=b\", \"locale\": \"pt-BR\","
              + " \"flow\": \"subscription_cancel\"}";
      assertThat(Caller.post(AS_USER, token, body).status()).isEqualTo(200);
      assertThat(asked())
          .isEqualTo(
              "customer=cus_demo&return_url=https%3A%2F%2Fapp.example.com%2Fb%3Fa%3Db&locale=pt-BR"
                  + "&flow_data%5Btype%5D=subscription_cancel"
                  + "&flow_data%5Bsubscription_cancel%5D%5Bsubscription%5D=sub_ofDemo"
                  + "&flow_data%5Bafter_completion%5D%5Btype%5D=redirect"
                  + "&flow_data%5Bafter_completion%5D%5Bredirect%5D%5Breturn_url%5D="
                  + "https%3A%2F%2Fapp.example.com%2Fb%3Fa%3Db");
    }

    @ParameterizedTest
    @CsvSource({
      "en-US, en",
      "EN, en",
      "fr-CH, fr",
      "zh-Hant, zh-TW",
      "zh-Hant-HK, zh-HK",
      "es-MX, es-419",
      "no, nb",
      "tl, fil",
      "in, id",
      "de-DE-u-co-phonebk, de",
      "tlh, auto",
      "auto, auto"
    })
    void inTheNearestOfStripesLanguages(String locale, String nearest) {
      assertThat(open("{\"locale\": \"" + locale + "\"}").status()).isEqualTo(200);
      assertThat(asked())
          .isEqualTo(
              "customer="
                  + customer
                  + "&return_url=https%3A%2F%2Fapp.example.com%2Fdashboard&locale="
                  + nearest);
    }

    @ParameterizedTest
    @ValueSource(strings = {"active", "trialing", "past_due"})
    void aboutASubscriptionThatGoesOn(String status) {
      addSubscription("sub_a", customer, false, status, 1);
      assertThat(open(CANCEL).status()).isEqualTo(200);
      assertThat(asked()).contains("%5Bsubscription%5D=sub_a&");
    }

    @Test
    void aboutTheLatestThatGoesOn() {
      addSubscription("sub_older", customer, false, "active", 3);
      addSubscription("sub_newer", customer, false, "past_due", 2);
      addSubscription("sub_ended", customer, false, "canceled", 1);
      assertThat(open("{\"flow\": \"subscription_update\"}").status()).isEqualTo(200);
      assertThat(asked())
          .contains("flow_data%5Bsubscription_update%5D%5Bsubscription%5D=sub_newer&");
    }

    @Test
    void withoutSubscriptionWhereNoneIsNeeded() {
      assertThat(open("{\"flow\": \"payment_method_update\"}").status()).isEqualTo(200);
      assertThat(asked())
          .contains("&flow_data%5Btype%5D=payment_method_update&")
          .doesNotContain("subscription");
    }
  }

  @Nested
  class Returns400 {
    @Test
    void toAUserWithoutSubscription() {
      assertRefused(open(CANCEL), "subscription_not_found", NONE);
    }

    @ParameterizedTest
    @ValueSource(
        strings = {"canceled", "incomplete", "incomplete_expired", "unpaid", "paused", "ACTIVE"})
    void toAUserWhoseSubscriptionDoesNotGoOn(String status) {
      addSubscription("sub_a", customer, false, status, 1);
      assertRefused(open(CANCEL), "subscription_not_found", NONE);
    }

    @Test
    void toAUserWithASubscriptionOfTheOtherModeOrOfAnotherCustomer() {
      addSubscription("sub_live", customer, true, "active", 1);
      addSubscription("sub_other", customer + "x", false, "active", 1);
      assertRefused(open(CANCEL), "subscription_not_found", NONE);
    }

    @Test
    void toAUserWhoHasBoughtNothingBeforeAnyFlow() {
      DATABASE.update("delete from billing_account where user_id = ?", user);
      assertRefused(
          open(CANCEL),
          "billing_account_not_found",
          "No billing account found. User must make a purchase first.");
    }

    @Test
    void toAFlowThatStripeDoesNotOpen() {
      addSubscription("sub_Ending", customer, false, "active", 1);
      assertProblem(
          open(CANCEL),
          400,
          "flow_unavailable",
          "This flow is not open for your subscription now. Open the portal without flow.");
    }

    @Test
    void toASubscriptionThatStripeDoesNotKnow() {
      addSubscription("sub_Missing", customer, false, "active", 1);
      assertProblem(open(CANCEL), 400, "subscription_not_found", NONE);
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "subscription_update_confirm",
          "",
          "subscription_cancel ",
          "SUBSCRIPTION_CANCEL",
          "subscription_\u0441ancel",
          "subscription_x][subscription]=sub_2&a[b",
          "${variable.userId}",
          "'; drop table subscription; --"
        })
    void toOtherFlows(String flow) {
      assertRefused(
          open("{\"flow\": \"" + flow + "\"}"),
          "invalid_flow",
          "flow must be payment_method_update, subscription_cancel or subscription_update.");
    }

    @ParameterizedTest
    @ValueSource(
        strings = {"", " ", "en_GB", "en-", "abcdefghi", "en&customer=cus_2", "\\u0000", "ﬁ"})
    void toALocaleThatIsNoLanguageTag(String locale) {
      assertRefused(
          open("{\"locale\": \"" + locale + "\"}"),
          "invalid_locale",
          "locale must be a language tag (BCP 47), like fr or pt-BR.");
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "{\"flow\": \"subscription_cancel\", \"subscription\": \"sub_2\"}",
          "{\"flow\": {\"type\": \"subscription_cancel\", \"subscription\": \"sub_2\"}}",
          "{\"flow\": \"payment_method_update\", \"flow\": \"subscription_cancel\"}",
          "{\"flow_data[type]\": \"subscription_cancel\"}",
          "{\"locale\": [\"fr\"]}",
          "{\"locale\": 1}",
          "{\"Locale\": \"fr\"}"
        })
    void toABodyThatSaysMore(String body) {
      assertRefused(
          open(body),
          "invalid_request",
          "The request is malformed, or its body is not a JSON object with the members of this"
              + " operation alone.");
    }

    private void assertRefused(Answer answer, String code, String detail) {
      assertProblem(answer, 400, code, detail);
      assertThat(STRIPE.portalSessionRequests()).isEmpty();
    }
  }

  private Answer open(String body) {
    return Caller.post(WITH_API_KEY, key, body);
  }

  private static String asked() {
    assertThat(STRIPE.portalSessionRequests()).hasSize(1);
    return STRIPE.portalSessionRequests().get(0).getBodyAsString();
  }

  private static void addSubscription(
      String id, String customer, boolean livemode, String status, int daysOld) {
    DATABASE.update(
        "insert into subscription (id, livemode, stripe_customer_id, status, created_at)"
            + " values (?, ?, ?, ?, now() - make_interval(days => ?))",
        id,
        livemode,
        customer,
        status,
        daysOld);
  }
}
