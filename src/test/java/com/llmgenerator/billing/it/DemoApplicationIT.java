package com.llmgenerator.billing.it;

import static com.llmgenerator.billing.it.DemoApplication.ORIGIN;
import static com.llmgenerator.billing.it.DemoApplication.SETTINGS;
import static com.llmgenerator.billing.it.Servers.DATABASE;
import static com.llmgenerator.billing.it.Servers.DEMO_PORT;
import static com.llmgenerator.billing.it.Servers.KEYCLOAK;
import static org.assertj.core.api.Assertions.assertThat;

import com.llmgenerator.billing.Documents;
import com.llmgenerator.billing.dev.EmbeddedKeycloak;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openqa.selenium.Keys;

/**
 * What users can do with the demo application in a real browser, and what its pages say where that
 * fails. No page violates WCAG 2.2 AA, and none loads anything from outside.
 */
class DemoApplicationIT {
  private static final String MANAGE_BILLING = "#manage-billing";
  private static final String RETURN_URL =
      "return_url=http%3A%2F%2Flocalhost%3A" + DEMO_PORT + "%2F%3Freturned";

  @TempDir private static Path examples;
  private static DemoApplication application;
  private static Browser browser;

  @BeforeAll
  static void start() {
    application = DemoApplication.start(examples);
    browser = application.browser;
  }

  @AfterAll
  static void stop() {
    if (application != null) {
      application.close();
    }
  }

  @BeforeEach
  void reset() {
    application.reset();
  }

  @AfterEach
  void nothingIsBlocked() {
    assertThat(browser.blocked()).isEmpty();
  }

  @Nested
  class LetsAUser {
    @Test
    void chooseAPlanAndManageItAfterCheckout() {
      signIn("newcomer");
      browser.assertAccessible();
      browser.click("#choose-plan a");
      browser.awaitAddress(application.checkout(EmbeddedKeycloak.NEWCOMER_ID));
      browser.assertAccessible();
      browser.click("#subscribe");
      browser.awaitAddress(ORIGIN + "/thank-you.html?session_id=cs_");
      browser.awaitText("#notice", "Your billing is ready\\.");
      browser.assertAccessible();
      browser.click(MANAGE_BILLING);
      browser.awaitAddress(application.sessions());
      browser.click("#return");
      browser.awaitText("#notice", "Welcome back, newcomer\\. .*");
      browser.element(MANAGE_BILLING);
    }

    @Test
    void waitForTheConfirmationOfAPayment() {
      signIn("newcomer");
      browser.open(ORIGIN + "/thank-you.html?session_id=cs_1");
      browser.awaitText("#notice", "We are waiting for the confirmation of your payment\\. .*");
      browser.assertAccessible();
      assertThat(browser.isShown(MANAGE_BILLING)).isFalse();
      application.buy(EmbeddedKeycloak.NEWCOMER_ID);
      browser.awaitText("#notice", "Your billing is ready\\.");
      browser.element(MANAGE_BILLING);
    }

    @Test
    void manageBillingInTheLanguageOfTheBrowserAndComeBack() {
      signIn("demo");
      browser.assertAccessible();
      saveScreenshot("settings-page.png");
      browser.click(MANAGE_BILLING);
      browser.awaitAddress(application.sessions());
      assertThat(application.asked()).isEqualTo("customer=cus_demo&" + RETURN_URL + "&locale=fr");
      browser.assertAccessible();
      saveScreenshot("portal-page.png");
      browser.click("#return");
      browser.awaitText("#notice", "Welcome back, demo\\. .*");
      browser.element(MANAGE_BILLING);
      assertThat(browser.address()).isEqualTo(SETTINGS);
    }

    @ParameterizedTest
    @CsvSource({
      "Change card, payment_method_update",
      "Change plan, subscription_update",
      "Cancel plan, subscription_cancel"
    })
    void openOneTaskOfThePortal(String button, String flow) {
      signIn("demo");
      assertThat(browser.element("[data-flow='" + flow + "']").getText()).isEqualTo(button);
      browser.click("[data-flow='" + flow + "']");
      browser.awaitAddress(application.sessions());
      assertThat(application.asked())
          .startsWith("customer=cus_demo&" + RETURN_URL + "&locale=fr&")
          .contains("&flow_data%5Btype%5D=" + flow + "&");
      browser.assertAccessible();
      browser.click("#confirm");
      browser.awaitText("#notice", "Welcome back, demo\\. .*");
    }

    @Test
    void createUseAndRevokeAnApiKey() {
      signIn("demo");
      browser.element("#no-keys");
      browser.type("#key-name", "CRM <b>&amp;" + Keys.ENTER);
      browser.element("#new-key");
      assertThat(browser.focused().getText()).isEqualTo("Copy your new key now");
      String key = browser.element("#new-key-text").getText();
      assertThat(key).matches("llmgen_[0-9A-Za-z]{46}");
      browser.awaitText(
          "#keys li div",
          "CRM <b>&amp;\\nllmgen_…" + key.substring(49) + " · created .+ · never used");
      browser.assertAccessible();
      String curl = browser.element("#new-key-curl").getText();
      assertThat(shell(curl)).matches("\\{\"url\":\"" + application.sessions() + "\\w+\"}");

      browser.click("#copy-key");
      browser.awaitText("#notice", "Copied\\.");
      assertThat(browser.isInSight("#notice")).isTrue();
      browser.type("#key-name", Keys.chord(Keys.CONTROL, "v"));
      assertThat(browser.element("#key-name").getDomProperty("value")).isEqualTo(key);
      browser.click("#hide-key");
      assertThat(browser.text()).doesNotContain(key);

      browser.click("#keys button");
      browser.assertAccessible();
      browser.focused().sendKeys(Keys.ESCAPE);
      assertThat(browser.focused().getDomAttribute("aria-label")).isEqualTo("Revoke CRM <b>&amp;");
      browser.click("#keys button:not([aria-busy])");
      browser.click("#revoke [value='revoke']");
      browser.awaitText("#notice", "CRM <b>&amp; is revoked\\.");
      browser.element("#no-keys");
      assertThat(browser.focused().getText()).isEqualTo("API keys");
      assertThat(shell(curl)).contains("\"code\":\"unauthorized\"");
    }

    @Test
    void openThePortalByTheExampleOfTheDocument() throws IOException {
      String example = Documents.code("src/docs/callers.md", "page");
      Files.writeString(examples.resolve("page.js"), example);
      signIn("demo");
      browser.run(
          """
          globalThis.call = async (openPortal) => {
            const example = await import('/examples/page.js');
            const { accessToken, config } = await import('/session.js');
            await openPortal(example, config.portal, accessToken)
                .catch(({ code }) => document.title = code);
          };
          call(({ openPortal }, portal) => openPortal(portal, () => 'wrong'));
          """);
      browser.awaitTitle("unauthorized");
      browser.run(
          """
          call(async ({ isPortalAvailable, openPortal }, portal, token) =>
              await isPortalAvailable(portal, token)
                  && openPortal(portal, token, { flow: 'payment_method_update' }));
          """);
      browser.awaitAddress(application.sessions());
      assertThat(application.asked())
          .startsWith("customer=cus_demo&return_url=http%3A%2F%2Flocalhost%3A" + DEMO_PORT)
          .contains("&locale=fr&flow_data%5Btype%5D=payment_method_update&");
    }

    @Test
    void useTheKeyboardAlone() {
      signIn("demo");
      browser.run("document.activeElement.blur()");
      for (String id : new String[] {"sign-out", "manage-billing"}) {
        browser.focused().sendKeys(Keys.TAB);
        assertThat(browser.focused().getDomAttribute("id")).isEqualTo(id);
      }
      browser.focused().sendKeys(Keys.ENTER);
      browser.awaitAddress(application.sessions());
    }

    @Test
    void goBackAndManageBillingAgain() {
      signIn("demo");
      for (int i = 0; i < 2; i++) {
        browser.click(MANAGE_BILLING + ":not([aria-busy])");
        browser.awaitAddress(application.sessions());
        browser.back();
        browser.awaitAddress(SETTINGS);
      }
    }

    @Test
    void stayLongerThanAnAccessTokenLasts() {
      signIn("demo");
      letTheTokenExpire();
      browser.click(MANAGE_BILLING);
      browser.awaitAddress(application.sessions());
    }

    @Test
    void sendARequestFromTheApiReference() {
      signIn("demo");
      browser.open(ORIGIN + "/reference/");
      browser.awaitText("#username", "demo");
      String operation = "#operations-Portal-isPortalAvailable ";
      browser.click(operation + ".opblock-summary-control");
      browser.click(operation + ".execute");
      browser.awaitText(operation + ".live-responses-table .response-col_status", "(?s)200.*");
      assertThat(browser.element(operation + ".request-url").getText())
          .contains(application.portal.url("/api/v1/subscriptions/portal"));
      assertThat(browser.element(operation + ".live-responses-table").getText())
          .contains("\"available\": true");
    }

    @Test
    void signOut() {
      signIn("demo");
      browser.click("#sign-out");
      browser.element("#sign-in");
      browser.open(SETTINGS);
      browser.element("#sign-in");
      assertThat(browser.isShown("[data-when='signed-in']")).isFalse();
      browser.assertAccessible();
    }
  }

  @Nested
  class Says {
    @Test
    void thatTheSessionHasExpired() {
      signIn("demo");
      browser.inAnotherTab(
          () -> {
            browser.open(KEYCLOAK.issuer() + "/protocol/openid-connect/logout");
            browser.click("#kc-logout");
            browser.awaitText("body", "(?s).*logged out.*");
          });
      letTheTokenExpire();
      browser.click(MANAGE_BILLING);
      assertProblem("Your session has expired\\. Sign in again to continue\\.");
      assertThat(browser.isShown(MANAGE_BILLING)).isFalse();
      assertThat(browser.focused().getDomAttribute("id")).isEqualTo("sign-in");
      browser.assertAccessible();
      browser.focused().sendKeys(Keys.ENTER);
      application.enterPassword("demo");
      browser.element(MANAGE_BILLING);
    }

    @Test
    void inHowManySecondsToTryAgain() {
      application.withStrictRateLimit(
          () -> {
            signIn("demo");
            browser.click(MANAGE_BILLING);
            browser.awaitAddress(application.sessions());
            browser.open(SETTINGS);
            browser.click(MANAGE_BILLING);
            assertProblem("Too many attempts\\. Try again in [2-6]\\d seconds\\.");
            assertThat(browser.focused().getDomAttribute("id")).isEqualTo("manage-billing");
            assertThat(browser.isShown(MANAGE_BILLING)).isTrue();
          });
    }

    @Test
    void whatToQuoteWhileStripeIsDown() {
      signIn("demo");
      application.whileStripeIsDown(
          () -> {
            browser.click(MANAGE_BILLING);
            String requestId =
                assertProblem(
                        "Stripe cannot be reached right now\\. Try again later\\."
                            + " If you write to support, quote [\\w.-]+\\.")
                    .replaceFirst(".* quote (.*)\\.", "$1");
            assertThat(application.portal.answered(requestId))
                .contains("code=\"payment_provider_error\"");
          });
      browser.click(MANAGE_BILLING);
      browser.awaitAddress(application.sessions());
    }

    @Test
    void thatTheBrowserIsOffline() {
      signIn("demo");
      browser.setOffline(true);
      try {
        browser.click(MANAGE_BILLING);
        assertProblem("You are offline\\. Check your connection, then try again\\.");
      } finally {
        browser.setOffline(false);
      }
    }

    @Test
    void thatTheConfirmationOfAPaymentTakesLong() {
      signIn("newcomer");
      browser.withScript(
          "const wait = setTimeout; globalThis.setTimeout = (run, time) => wait(run, time / 50);",
          () -> {
            browser.open(ORIGIN + "/thank-you.html");
            browser.awaitText("#notice", "The confirmation takes longer than usual\\. .*");
            browser.assertAccessible();
            application.buy(EmbeddedKeycloak.NEWCOMER_ID);
            browser.click("#check-again");
            browser.awaitText("#notice", "Your billing is ready\\.");
            assertThat(browser.focused().getDomAttribute("id")).isEqualTo("manage-billing");
          });
    }

    @Test
    void thatThereIsNoBillingAccount() {
      application.buy(EmbeddedKeycloak.NEWCOMER_ID);
      application.signIn("newcomer");
      browser.element(MANAGE_BILLING);
      application.deleteBillingAccountOfNewcomer();
      browser.click(MANAGE_BILLING);
      assertProblem("You have no billing account yet\\. Choose a plan first\\.");
    }

    @Test
    void thatThereIsNoPlanToCancel() {
      signIn("demo");
      DATABASE.update("update subscription set status = 'canceled'");
      try {
        browser.click("[data-flow='subscription_cancel']");
        assertProblem("You have no running plan that you could change or cancel\\.");
      } finally {
        DATABASE.update("update subscription set status = 'active'");
      }
    }
  }

  private static void signIn(String user) {
    application.signIn(user);
    browser.element(user.equals("demo") ? MANAGE_BILLING : "#choose-plan a");
  }

  private static String assertProblem(String pattern) {
    return browser.awaitText("#problem", pattern);
  }

  /** Sets the clock of the page two minutes ahead. */
  private static void letTheTokenExpire() {
    browser.run(
        """
        const Now = Date;
        globalThis.Date = class extends Now {
          constructor(...time) {
            super(...(time.length ? time : [Now.now() + 120_000]));
          }
        };
        """);
  }

  /** For README, on demand: {@code -Dscreenshots=true}. */
  private static void saveScreenshot(String name) {
    if (Boolean.getBoolean("screenshots")) {
      browser.saveScreenshot(Path.of("src", "docs", "images", name), 760, 640);
    }
  }

  private static String shell(String command) {
    try {
      Process process = new ProcessBuilder("sh", "-c", command).start();
      return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
