package com.llmgenerator.billing.it;

import static com.llmgenerator.billing.it.Caller.WITH_API_KEY;
import static com.llmgenerator.billing.it.Caller.post;
import static com.llmgenerator.billing.it.Problems.assertProblem;
import static com.llmgenerator.billing.it.Servers.DATABASE;
import static com.llmgenerator.billing.it.Servers.KEYCLOAK;
import static com.llmgenerator.billing.it.Servers.STRIPE;
import static org.assertj.core.api.Assertions.assertThat;

import com.llmgenerator.billing.auth.ApiKey;
import com.llmgenerator.billing.dev.StripeStandIn;
import com.llmgenerator.billing.it.Caller.Answer;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code POST /api/v1/subscriptions/portal/api}, and what becomes of Stripe's failures: any user
 * can have an API key, so that each failure has a user of its own.
 */
class OpenPortalWithApiKeyIT {
  @BeforeEach
  void forgetRequests() {
    STRIPE.reset();
  }

  @Nested
  class Returns200 {
    @Test
    void withASessionOfTheKeysOwner() {
      Answer answer = post(WITH_API_KEY, keyOfCustomer("cus_ofKeyOwner"), null);
      assertThat(answer.status()).isEqualTo(200);
      assertThat(STRIPE.portalSessionRequests().get(0).getBodyAsString())
          .isEqualTo(
              "customer=cus_ofKeyOwner&return_url=https%3A%2F%2Fapp.example.com%2Fdashboard");
    }

    @Test
    void andNotesTheUseAtMostOnceAMinute() {
      String key = keyOfCustomer("cus_ofNotedKey");
      post(WITH_API_KEY, key, null);
      Servers.PORTAL.await(() -> lastUse(key) != null);
      Timestamp first = lastUse(key);
      update(key, "last_used_at = last_used_at - interval '30 seconds'");
      Timestamp recent = lastUse(key);
      assertThat(post(WITH_API_KEY, key, null).status()).isEqualTo(200);
      // Uses are noted one after another: once this one is, that of the key above would be.
      String other = keyOfCustomer("cus_ofOtherNotedKey");
      post(WITH_API_KEY, other, null);
      Servers.PORTAL.await(() -> lastUse(other) != null);
      assertThat(lastUse(key)).isEqualTo(recent);
      update(key, "last_used_at = last_used_at - interval '31 seconds'");
      post(WITH_API_KEY, key, null);
      Servers.PORTAL.await(() -> lastUse(key).after(first));
    }

    @Test
    void withoutWaitingForTheNoteOfTheUse() throws SQLException {
      String key = keyOfCustomer("cus_ofLockedKey");
      try (Connection other = DATABASE.getDataSource().getConnection()) {
        other.setAutoCommit(false);
        other.createStatement().execute("lock table api_key in exclusive mode");
        assertThat(post(WITH_API_KEY, key, null).status()).isEqualTo(200);
        assertThat(lastUse(key)).isNull();
      }
    }

    private static Timestamp lastUse(String key) {
      return DATABASE.queryForObject(
          "select last_used_at from api_key where digest = ?",
          Timestamp.class,
          new ApiKey(key).digest());
    }

    @Test
    void untilTheKeyExpires() {
      String key = keyOfCustomer("cus_ofExpiringKey");
      update(key, "expires_at = now() + interval '1 hour'");
      assertThat(post(WITH_API_KEY, key, null).status()).isEqualTo(200);
    }
  }

  @Nested
  class AsksStripeAgain {
    @Test
    void withTheSameKeyAndBodyUntilItSucceeds() {
      Answer answer = post(WITH_API_KEY, keyOfCustomer(StripeStandIn.CUS_TWICE_FAILING), null);
      assertThat(answer.status()).isEqualTo(200);
      assertThat(STRIPE.portalSessionRequests()).hasSize(3);
      assertThat(STRIPE.portalSessionRequests())
          .extracting(asked -> asked.getHeader("Idempotency-Key") + asked.getBodyAsString())
          .containsOnly(
              STRIPE.portalSessionRequests().get(0).getHeader("Idempotency-Key")
                  + "customer=cus_TwiceFailing"
                  + "&return_url=https%3A%2F%2Fapp.example.com%2Fdashboard");
    }

    @ParameterizedTest
    @CsvSource({
      StripeStandIn.CUS_SERVER_ERROR + ", 3",
      StripeStandIn.CUS_SERVER_ERROR_RETRY + ", 3",
      StripeStandIn.CUS_CONFLICT + ", 3",
      StripeStandIn.CUS_CONNECTION_RESET + ", 3",
      StripeStandIn.CUS_SERVER_ERROR_NO_RETRY + ", 1",
      StripeStandIn.CUS_RATE_LIMITED + ", 1",
      StripeStandIn.CUS_DELETED + ", 1",
      StripeStandIn.CUS_NONSENSE + ", 1"
    })
    void asOftenAsStripesRuleAllows(String customer, int times) {
      post(WITH_API_KEY, keyOfCustomer(customer), null);
      assertThat(STRIPE.portalSessionRequests()).hasSize(times);
    }
  }

  @Nested
  class Returns400 {
    @Test
    void toAnOwnerWhoHasNotBoughtAnything() {
      assertNoAccount(Servers.addApiKey(UUID.randomUUID().toString()).text());
    }

    @Test
    void toAnOwnerWhoseAccountIsOfTheOtherMode() {
      String user = UUID.randomUUID().toString();
      DATABASE.update(
          "insert into billing_account (user_id, livemode, stripe_customer_id)"
              + " values (?, true, 'cus_live')",
          user);
      assertNoAccount(Servers.addApiKey(user).text());
      assertThat(STRIPE.portalSessionRequests()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {StripeStandIn.CUS_DELETED, StripeStandIn.CUS_OTHER_MODE})
    void toAnOwnerWhomStripeDoesNotKnow(String customer) {
      assertNoAccount(keyOfCustomer(customer));
    }

    private void assertNoAccount(String key) {
      assertProblem(
          post(WITH_API_KEY, key, null),
          400,
          "billing_account_not_found",
          "No billing account found. User must make a purchase first.");
    }
  }

  @Nested
  class Returns401 {
    @Test
    void toAKeyThatNeverWas() {
      assertRefused(ApiKey.generate(new SecureRandom()).text());
    }

    @Test
    void toARevokedKey() {
      String key = keyOfCustomer("cus_ofRevokedKey");
      assertThat(post(WITH_API_KEY, key, null).status()).isEqualTo(200);
      update(key, "revoked_at = now()");
      STRIPE.reset();
      assertRefused(key);
    }

    @Test
    void toAnExpiredKey() {
      String key = keyOfCustomer("cus_ofExpiredKey");
      update(key, "expires_at = now()");
      assertRefused(key);
    }

    @Test
    void toAKeyWithAWrongChecksum() {
      String key = keyOfCustomer("cus_ofChangedKey");
      char last = key.charAt(key.length() - 1);
      assertRefused(key.substring(0, key.length() - 1) + (last == 'A' ? 'B' : 'A'));
    }

    @Test
    void toAnAccessToken() {
      assertRefused(KEYCLOAK.login("demo").accessToken());
    }

    private void assertRefused(String key) {
      Answer answer = post(WITH_API_KEY, key, null);
      assertProblem(answer, 401, "unauthorized", "Invalid or missing token.");
      assertThat(answer.header("WWW-Authenticate"))
          .isEqualTo("Bearer realm=\"billing-portal\", error=\"invalid_token\"");
      assertThat(STRIPE.portalSessionRequests()).isEmpty();
      assertThat(Servers.PORTAL.log()).doesNotContain(key);
    }
  }

  @Nested
  class Returns502 {
    @ParameterizedTest
    @ValueSource(
        strings = {
          StripeStandIn.CUS_SERVER_ERROR,
          StripeStandIn.CUS_SERVER_ERROR_NO_RETRY,
          StripeStandIn.CUS_CONNECTION_RESET,
          StripeStandIn.CUS_NONSENSE,
          StripeStandIn.CUS_NO_URL,
          StripeStandIn.CUS_OTHER_LIVEMODE,
          StripeStandIn.CUS_EVIL_URL,
          StripeStandIn.CUS_NO_PORTAL,
          StripeStandIn.CUS_CONFLICT
        })
    void whenStripeFailsOrAnswersNonsense(String customer) {
      Answer answer = post(WITH_API_KEY, keyOfCustomer(customer), null);
      assertProblem(answer, 502, "payment_provider_error", "The payment provider failed.");
    }

    @Test
    void andTellsTheOperatorWhatToDo() {
      Answer answer = post(WITH_API_KEY, keyOfCustomer(StripeStandIn.CUS_NO_PORTAL), null);
      assertThat(Servers.PORTAL.answered(answer.header("X-Request-Id")))
          .contains(
              "reason=\"Stripe has no portal configuration: save one"
                  + " in the Dashboard (Settings, Billing, Customer portal) or set"
                  + " STRIPE_PORTAL_CONFIGURATION\"");
    }
  }

  @Nested
  class Returns503 {
    @Test
    void whenStripeLimitsOurRate() {
      Answer answer = post(WITH_API_KEY, keyOfCustomer(StripeStandIn.CUS_RATE_LIMITED), null);
      assertProblem(answer, 503, "temporarily_unavailable", "Try again in a moment.");
      assertThat(answer.header("Retry-After")).isEqualTo("2");
    }
  }

  @Nested
  class Returns504 {
    @Test
    void whenStripeIsTooSlow() {
      String key = keyOfCustomer(StripeStandIn.CUS_SLOW);
      Instant asked = Instant.now();
      assertProblem(
          post(WITH_API_KEY, key, null),
          504,
          "payment_provider_timeout",
          "The payment provider did not answer in time.");
      assertThat(Duration.between(asked, Instant.now())).isLessThan(Duration.ofSeconds(11));
    }
  }

  /** A key whose owner is a customer of Stripe's stand-in. */
  private static String keyOfCustomer(String customer) {
    String user = UUID.randomUUID().toString();
    Servers.addBillingAccount(user, customer);
    return Servers.addApiKey(user).text();
  }

  private static void update(String key, String change) {
    DATABASE.update("update api_key set " + change + " where digest = ?", new ApiKey(key).digest());
  }
}
