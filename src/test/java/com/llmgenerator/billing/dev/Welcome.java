package com.llmgenerator.billing.dev;

import com.llmgenerator.billing.auth.ApiKey;
import org.springframework.core.env.PropertyResolver;

/** What is printed when the embedded default runs: addresses, and lines to paste into a shell. */
final class Welcome {
  private final String page;
  private final String api;
  private final String health;
  private final String stripe;
  private final EmbeddedKeycloak keycloak;
  private final ApiKey key;
  private final boolean standIn;

  /** Of an application with its page, whose user {@code demo} has the API key. */
  Welcome(
      String page,
      PropertyResolver properties,
      EmbeddedKeycloak keycloak,
      ApiKey key,
      boolean standIn) {
    this.page = page;
    this.api =
        "http://localhost:"
            + properties.getProperty("server.port")
            + "/api/v1/subscriptions/portal";
    this.health =
        "http://localhost:" + properties.getProperty("management.server.port") + "/observe/health";
    this.stripe = properties.getProperty("stripe.api-base", "https://api.stripe.com");
    this.keycloak = keycloak;
    this.key = key;
    this.standIn = standIn;
  }

  @Override
  public String toString() {
    return """

    Open %s

    Sign in as newcomer (password newcomer), who has no plan yet, or as demo (password demo).
    Ctrl-C stops the billing portal and all it needs.

      API       %s
      Reference %s/reference/
      Health    %s
      Keycloak  %s
      Stripe    %s
      Routes    routes/, reloaded on save

    %sA new token of demo, since these last for an hour:
    curl -s %s/protocol/openid-connect/token -d grant_type=password \
    -d client_id=llmgenerator-settings-page -d username=demo -d password=demo
    """
        .formatted(page, api, page, health, keycloak.issuer(), stripe, calls(), keycloak.issuer());
  }

  private String calls() {
    String demo = keycloak.login(EmbeddedKeycloak.DEMO).accessToken();
    String newcomer = keycloak.login(EmbeddedKeycloak.NEWCOMER).accessToken();
    return call("Is there a portal for a user? 200", "", "", demo, "")
        + post("A user's token: 200", "", demo, "")
        + post(
            "A user's token, to come back to another page: 200",
            "",
            demo,
            body("{\"returnUrl\": \"" + page + "/?returned\"}"))
        + post(
            "A user's token, to change the card, in French: 200",
            "",
            demo,
            body("{\"flow\": \"payment_method_update\", \"locale\": \"fr\"}"))
        + post("An API key: 200", "/api", key.text(), "")
        + post("A user without a billing account: 400", "", newcomer, "")
        + purchase()
        + post("An invalid token: 401", "", "wrong", "");
  }

  private static String body(String json) {
    return " -H 'Content-Type: application/json' -d '" + json + "'";
  }

  private String purchase() {
    return standIn
        ? """
        That user buys: 200, and then the request before this one answers 200, too
        curl -i -X POST '%s/purchases?user=%s'

        """
            .formatted(stripe, EmbeddedKeycloak.NEWCOMER_ID)
        : "";
  }

  private String post(String title, String path, String credential, String body) {
    return call(title, "-X POST ", path, credential, body);
  }

  private String call(String title, String method, String path, String credential, String body) {
    return """
    %s
    curl -i %s%s%s -H 'Authorization: Bearer %s'%s

    """
        .formatted(title, method, api, path, credential, body);
  }
}
