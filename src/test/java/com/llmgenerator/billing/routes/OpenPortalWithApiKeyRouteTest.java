package com.llmgenerator.billing.routes;

import static org.assertj.core.api.Assertions.assertThat;

import com.llmgenerator.billing.auth.ApiKey;
import java.net.http.HttpResponse;
import java.security.SecureRandom;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OpenPortalWithApiKeyRouteTest extends RouteTest {
  private final ApiKey key = ApiKey.generate(new SecureRandom());

  @Test
  void opensThePortalOfTheKeysOwner() throws Exception {
    answers(apiKeyQuery(), Map.of("id", "key-7", "user_id", "user-7", "last_use_is_old", false));
    answers(billingAccountQuery(), "cus_7");
    stripeAnswersASession();
    HttpResponse<String> answer = callWith(key.text());
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo("{\"url\":\"" + STRIPE_URL + "\"}");
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
    assertThat(callWith(key.text()).statusCode()).isEqualTo(400);
    useOfApiKey().assertIsSatisfied();
  }

  @Test
  void refusesAKeyThatIsNotInForce() throws Exception {
    assertThat(callWith(key.text()).statusCode()).isEqualTo(401);
    assertThat(apiKeyQuery().getExchanges()).hasSize(1);
    assertThat(billingAccountQuery().getExchanges()).isEmpty();
  }

  @Test
  void spendsNoQueryOnWhatIsNoKey() throws Exception {
    assertThat(callWith("llmgen_" + "0".repeat(46)).statusCode()).isEqualTo(401);
    assertThat(callWith(REALM.token()).statusCode()).isEqualTo(401);
    assertThat(apiKeyQuery().getExchanges()).isEmpty();
  }

  private HttpResponse<String> callWith(String credential) {
    return post(request("/api/v1/subscriptions/portal/api", credential));
  }
}
