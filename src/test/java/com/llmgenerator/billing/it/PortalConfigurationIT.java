package com.llmgenerator.billing.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import com.llmgenerator.billing.dev.StripeStandIn;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What Stripe's portal offers: the command that sees to it, and the check that it stays so. */
class PortalConfigurationIT {
  private StripeStandIn stripe;

  @BeforeEach
  void startStripe() {
    stripe = StripeStandIn.start(0);
  }

  @AfterEach
  void stopStripe() {
    stripe.close();
  }

  @Nested
  @Execution(ExecutionMode.CONCURRENT)
  class ConfigurePortal {
    @Test
    void makesAConfigurationOnceAndFindsItAgain() {
      Run made = run(environment());
      assertThat(made.exit).isZero();
      assertThat(made.lines)
          .startsWith(
              "Stripe is "
                  + stripe.url()
                  + " in test mode, the"
                  + " offer is classpath:portal-offer.yaml",
              "There is no configuration of ours yet",
              "  active: nothing -> true",
              "  business_profile.headline: nothing -> Your LLMGenerator subscription")
          .endsWith("Made bpc_standin1", "Set STRIPE_PORTAL_CONFIGURATION=bpc_standin1");
      assertThat(changes())
          .singleElement()
          .satisfies(
              request -> {
                assertThat(request.getUrl()).isEqualTo("/v1/billing_portal/configurations");
                assertThat(request.getHeader("Authorization"))
                    .isEqualTo("Bearer " + Servers.STRIPE_KEY);
                assertThat(request.getHeader("Stripe-Version")).isEqualTo("2026-09-30.endive");
                assertThat(request.getHeader("Idempotency-Key")).matches("[0-9a-f-]{36}");
              });

      Map<String, String> environment = environment();
      environment.put("STRIPE_PORTAL_CONFIGURATION", "bpc_standin1");
      Run again = run(environment, "--apply");
      assertThat(again.exit).isZero();
      assertThat(again.lines.subList(1, again.lines.size()))
          .containsExactly("Found bpc_standin1", "It agrees: bpc_standin1");
      assertThat(changes()).hasSize(1);
    }

    @Test
    void changesWhatDiffersAfterShowingIt(@TempDir Path folder) throws Exception {
      run(environment());
      Path file = folder.resolve("offer.yaml");
      Files.writeString(
          file,
          Files.readString(Path.of("src/main/resources/portal-offer.yaml"))
              .replace("mode: at_period_end", "mode: immediately"));
      Map<String, String> environment = environment();
      environment.put("PORTAL_OFFER", "file:" + file);

      Run shown = run(environment, "--dry-run");
      assertThat(shown.lines.subList(1, shown.lines.size()))
          .hasSize(4)
          .startsWith(
              "Found bpc_standin1",
              "  features.subscription_cancel.mode: at_period_end -> immediately")
          .endsWith("Nothing was changed. Say --apply to change it");
      assertThat(changes()).hasSize(1);

      Run changed = run(environment);
      assertThat(changed.lines)
          .endsWith("Changed bpc_standin1", "Set STRIPE_PORTAL_CONFIGURATION=bpc_standin1");
      assertThat(changes())
          .last()
          .satisfies(
              request ->
                  assertThat(request.getUrl())
                      .isEqualTo("/v1/billing_portal/configurations/bpc_standin1"));
      assertThat(run(environment).lines).contains("It agrees: bpc_standin1");
    }

    @Test
    void onlyShowsWithALiveKeyUnlessToldToApply() {
      Map<String, String> environment = environment();
      environment.put("STRIPE_SECRET_KEY", "rk_live_offer");
      assertThat(run(environment).lines).endsWith("Nothing was changed. Say --apply to change it");
      assertThat(changes()).isEmpty();
      assertThat(run(environment, "--apply").lines).contains("Made bpc_standin1");
      assertThat(changes()).hasSize(1);
    }

    @Test
    void findsChangesOfProductsThatWereMadeAtStripe() {
      run(environment());
      String products = "features[subscription_update][products]";
      post(
          "/bpc_standin1",
          products + "[0][product]=prod_other&" + products + "[0][prices][0]=price_other");
      Run changed = run(environment());
      assertThat(changed.lines.subList(1, changed.lines.size()))
          .containsExactly(
              "Found bpc_standin1",
              "  features.subscription_update.products.prod_LLMGenerator: nothing ->"
                  + " price_LLMGeneratorMonthly, price_LLMGeneratorYearly",
              "  features.subscription_update.products.prod_other: price_other -> nothing",
              "Changed bpc_standin1",
              "Set STRIPE_PORTAL_CONFIGURATION=bpc_standin1");
      assertThat(run(environment()).lines).contains("It agrees: bpc_standin1");
    }

    @Test
    void leavesTheConfigurationsOfOtherEnvironmentsAlone() {
      run(environment());
      Map<String, String> other = environment();
      other.put("PORTAL_RETURN_ORIGINS", "https://staging.example.com");
      other.put("PORTAL_DEFAULT_RETURN_URL", "https://staging.example.com/dashboard");
      assertThat(run(other).lines).contains("Made bpc_standin2");
      assertThat(run(other).lines).contains("It agrees: bpc_standin2");
      assertThat(run(environment()).lines).contains("It agrees: bpc_standin1");
    }

    @Test
    void takesTheConfigurationThatIsNamedWhateverElseThereIs() {
      run(environment());
      Map<String, String> environment = environment();
      environment.put("STRIPE_PORTAL_CONFIGURATION", "bpc_1StandInDefault");
      assertThat(run(environment).lines)
          .contains("Found bpc_1StandInDefault")
          .endsWith("Changed bpc_1StandInDefault");
      assertThat(run(environment).lines).endsWith("It agrees: bpc_1StandInDefault");
      environment.put("STRIPE_PORTAL_CONFIGURATION", "bpc_missing");
      Run missing = run(environment);
      assertThat(missing.exit).isEqualTo(1);
      assertThat(missing.lines)
          .endsWith(
              "Stripe has no portal configuration bpc_missing: check STRIPE_PORTAL_CONFIGURATION");
    }

    @Test
    void waitsForSlowListsLongerThanACallerWould() {
      stripe.slowDownLists(Duration.ofSeconds(2));
      Map<String, String> environment = environment();
      environment.put("PORTAL_DEADLINE", "1s");
      environment.put("STRIPE_CLIENT_RESPONSE_TIMEOUT", "1s");
      assertThat(run(environment).lines).contains("Made bpc_standin1");
    }

    @ParameterizedTest
    @CsvSource({
      "sk_test_invalid, Stripe refuses the key: check STRIPE_SECRET_KEY",
      "rk_test_nowrite, 'Stripe refuses the key''s permission: give it \"Customer portal: write\"'"
    })
    void saysWhatIsWrongWithTheKey(String key, String advice) {
      Map<String, String> environment = environment();
      environment.put("STRIPE_SECRET_KEY", key);
      Run run = run(environment);
      assertThat(run.exit).isEqualTo(1);
      assertThat(run.lines).endsWith(advice);
      assertThat(String.join("", run.lines)).doesNotContain(key);
    }

    @ParameterizedTest
    @ValueSource(
        strings = {"--aply", "apply", "--apply=false", "--dry-run=true", "--server.port=1", ""})
    void saysHowItIsUsed(String option) {
      Run run = run(environment(), option);
      assertThat(run.exit).isEqualTo(2);
      assertThat(run.lines).containsExactly("Usage: configure-portal [--apply | --dry-run]");
      assertThat(stripe.configurationRequests()).isEmpty();
    }

    private List<LoggedRequest> changes() {
      return stripe.configurationRequests().stream()
          .filter(request -> request.getMethod().getName().equals("POST"))
          .toList();
    }
  }

  @Nested
  @Execution(ExecutionMode.CONCURRENT)
  class TheCheck {
    @ParameterizedTest
    @ValueSource(strings = {"sk_test_1", "rk_test_1"})
    void findsAPortalThatOffersWhatIsPromised(String key) {
      check(
          Map.of("STRIPE_SECRET_KEY", key),
          "UP",
          "1.0",
          "Stripe's portal offers what is promised, by bpc_1StandInDefault");
      assertThat(stripe.configurationRequests())
          .extracting(LoggedRequest::getUrl)
          .containsExactly("/v1/billing_portal/configurations?is_default=true&limit=1");
      assertThat(stripe.portalSessionRequests())
          .extracting(LoggedRequest::getBodyAsString)
          .isEqualTo(key.startsWith("rk_") ? List.of("") : List.of());
    }

    @Test
    void findsOneThatLacksCapabilities() {
      String form = "features[invoice_history][enabled]=true";
      String id = create(form);
      check(
          Map.of("STRIPE_PORTAL_CONFIGURATION", id),
          "DOWN",
          "0.0",
          "The portal configuration "
              + id
              + " in test mode does not offer payment_method_update,"
              + " subscription_update, subscription_cancel, customer_update: run configure-portal"
              + " and set STRIPE_PORTAL_CONFIGURATION to what it prints");
    }

    @ParameterizedTest
    @CsvSource({
      "sk_test_invalid, , DOWN, 0.0, Stripe refuses the key: check STRIPE_SECRET_KEY",
      "sk_test_1, bpc_missing, DOWN, 0.0, 'Stripe has no portal configuration bpc_missing in test"
          + " mode: check STRIPE_PORTAL_CONFIGURATION'",
      "rk_test_nopermission, , DOWN, 0.0, 'Stripe refuses the key''s permission: give it"
          + " \"Customer portal: write\"'",
      "rk_test_nowrite, , DOWN, 0.0, 'Stripe refuses the key''s permission: give it"
          + " \"Customer portal: write\"'",
      "rk_test_noread, , UNKNOWN, NaN, 'The key may open the portal, but not read what it offers:"
          + " that is not checked. Give it \"Customer portal: write\", which includes reading'"
    })
    void tellsWhatIsToDo(
        String key, String configuration, String status, String metric, String line) {
      check(
          Map.of(
              "STRIPE_SECRET_KEY",
              key,
              "STRIPE_PORTAL_CONFIGURATION",
              configuration == null ? "" : configuration),
          status,
          metric,
          line);
    }

    @Test
    void doesNotTakeAnOutageForABrokenPromise() {
      check(
          Map.of("STRIPE_API_BASE", "http://localhost:1"),
          "UNKNOWN",
          "NaN",
          "Stripe cannot be reached: ");
    }

    /** Whatever it finds, the portal is alive and ready. */
    private void check(Map<String, String> changes, String status, String metric, String line) {
      Map<String, String> environment = environment();
      environment.putAll(changes);
      try (PackagedPortal portal = PackagedPortal.start(environment)) {
        portal.await(() -> portal.log().contains(line));
        assertThat(portal.log().lines().filter(logged -> logged.contains(line))).hasSize(1);
        JsonNode offer = portal.healthDetails("/offer");
        assertThat(offer.path("status").asText()).isEqualTo(status);
        assertThat(offer.path("details").path("checkedAt").asText()).matches("\\d{4}-.*");
        assertThat(portal.metrics())
            .containsPattern("billing_portal_configuration_valid\\{?.*}? " + metric);
        assertThat(portal.health("/readiness")).isEqualTo(200);
        assertThat(portal.health("/liveness")).isEqualTo(200);
      }
    }

    private String create(String form) {
      String body = post("", form);
      Matcher id = Pattern.compile("\"id\":\"(bpc_\\w+)\"").matcher(body);
      assertThat(id.find()).as(body).isTrue();
      stripe.forgetRequests();
      return id.group(1);
    }
  }

  private String post(String path, String form) {
    URI uri = URI.create(stripe.url() + "/v1/billing_portal/configurations" + path);
    return Caller.sendUnchecked(
            HttpRequest.newBuilder(uri)
                .header("Authorization", "Bearer " + Servers.STRIPE_KEY)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString(form))
                .build())
        .body();
  }

  private Map<String, String> environment() {
    Map<String, String> environment = Servers.environment();
    environment.put("STRIPE_API_BASE", stripe.url());
    return environment;
  }

  private static Run run(Map<String, String> environment, String... options) {
    try (PackagedPortal process =
        PackagedPortal.launchCommand(environment, "configure-portal", options)) {
      int exit = process.awaitEnd();
      return new Run(exit, process.log().lines().toList());
    }
  }

  /** What the command printed, and its exit code. */
  private record Run(int exit, List<String> lines) {}
}
