package com.llmgenerator.billing.it;

import static com.llmgenerator.billing.it.Caller.WITH_API_KEY;
import static org.assertj.core.api.Assertions.assertThat;

import com.llmgenerator.billing.dev.StripeStandIn;
import com.llmgenerator.billing.it.Caller.Answer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Who asks too often waits; nobody else does. */
class RateLimitIT {
  private static final int BURST = 5;

  @Test
  void returns429ToACallerWhoAsksTooOftenAndServesOthers() {
    List<String> keys = Servers.addPayingUsers(Servers.DATABASE, 2, "cus_demo");
    Map<String, String> environment = Servers.environment();
    environment.keySet().removeIf(variable -> variable.startsWith("PORTAL_SESSIONS_"));
    try (StripeStandIn stripe = StripeStandIn.start(0)) {
      environment.put("STRIPE_API_BASE", stripe.url());
      try (PackagedPortal portal = PackagedPortal.start(environment)) {
        for (int i = 0; i < BURST; i++) {
          assertThat(Caller.post(portal, WITH_API_KEY, keys.get(0), null).status()).isEqualTo(200);
        }
        Answer refused = Caller.post(portal, WITH_API_KEY, keys.get(0), null);
        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.body())
            .contains(
                "\"code\":\"rate_limited\",\"detail\":\"You ask too often."
                    + " Try again after the seconds in Retry-After.\"");
        assertThat(Integer.parseInt(refused.header("Retry-After"))).isBetween(1, 6);
        assertThat(stripe.portalSessionRequests()).hasSize(BURST);
        assertThat(Caller.post(portal, WITH_API_KEY, keys.get(1), null).status()).isEqualTo(200);
        portal.await(() -> Caller.post(portal, WITH_API_KEY, keys.get(0), null).status() == 200);
      }
    }
  }
}
