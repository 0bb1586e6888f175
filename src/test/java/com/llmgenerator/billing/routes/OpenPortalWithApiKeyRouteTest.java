package com.llmgenerator.billing.routes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.post;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.content;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.status;

import com.llmgenerator.billing.auth.ApiKey;
import java.security.SecureRandom;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.test.web.servlet.ResultActions;

class OpenPortalWithApiKeyRouteTest extends RouteTest {
  private final ApiKey key = ApiKey.generate(new SecureRandom());

  @Test
  void opensThePortalOfTheKeysOwner() throws Exception {
    answers(apiKeyQuery(), Map.of("id", "key-7", "user_id", "user-7", "last_use_is_old", false));
    answers(billingAccountQuery(), "cus_7");
    stripeAnswersASession();
    callWith(key.text())
        .andExpect(status().isOk())
        .andExpect(content().json("{\"url\": \"" + STRIPE_URL + "\"}"));
    assertThat(apiKeyQuery().getExchanges().get(0).getVariable("apiKeyDigest"))
        .isEqualTo(key.digest());
    assertThat(billingAccountQuery().getExchanges().get(0).getVariable("userId"))
        .isEqualTo("user-7");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void notesTheUseOfAKeyThatWasNotUsedForAMinute(boolean lastUseIsOld) throws Exception {
    answers(
        apiKeyQuery(), Map.of("id", "key-7", "user_id", "user-7", "last_use_is_old", lastUseIsOld));
    answers(billingAccountQuery(), null);
    useOfApiKey().expectedMessageCount(lastUseIsOld ? 1 : 0);
    callWith(key.text()).andExpect(status().isBadRequest());
    useOfApiKey().assertIsSatisfied();
  }

  @Test
  void refusesAKeyThatIsNotInForce() throws Exception {
    callWith(key.text()).andExpect(status().isUnauthorized());
    assertThat(apiKeyQuery().getExchanges()).hasSize(1);
    assertThat(billingAccountQuery().getExchanges()).isEmpty();
  }

  @Test
  void spendsNoQueryOnWhatIsNoKey() throws Exception {
    callWith("llmgen_" + "0".repeat(46)).andExpect(status().isUnauthorized());
    callWith(REALM.token()).andExpect(status().isUnauthorized());
    assertThat(apiKeyQuery().getExchanges()).isEmpty();
  }

  private ResultActions callWith(String credential) throws Exception {
    return http.perform(
        post("/api/v1/subscriptions/portal/api").header("Authorization", "Bearer " + credential));
  }
}
