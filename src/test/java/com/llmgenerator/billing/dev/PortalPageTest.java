package com.llmgenerator.billing.dev;

import static org.assertj.core.api.Assertions.assertThat;

import com.stripe.StripeClient;
import com.stripe.param.billingportal.SessionCreateParams;
import com.stripe.param.billingportal.SessionCreateParams.FlowData;
import com.stripe.param.billingportal.SessionCreateParams.FlowData.AfterCompletion;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The pages of a session, as a browser uses them. */
class PortalPageTest {
  private static final String RETURN_URL = "https://app.example.com/settings";
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private static StripeStandIn stripe;

  @BeforeAll
  static void start() {
    stripe = StripeStandIn.start(0);
  }

  @AfterAll
  static void stop() {
    stripe.close();
  }

  @Test
  void showsAllThatTheDefaultConfigurationAllows() throws Exception {
    HttpResponse<String> page = get(open(session()));

    assertThat(page.headers().firstValue("Content-Security-Policy"))
        .contains(
            "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none';"
                + " form-action 'none'");
    assertThat(text(page))
        .isEqualTo(
            """
            Customer portal
            Test mode
            Return to https://app.example.com/settings
            Customer portal
            Current plan
            LLMGenerator Pro, $20.00 per month
            Update plan
            Cancel plan (At period end)
            Payment methods
            Visa •••• 4242
            Update payment method
            Customer details
            Name, Email, Address, Phone, Tax id
            Update customer details
            Invoices
            Latest invoice: $20.00, paid
            This session
            Customer cus_123
            Mode Test
            Configuration bpc_1StandInDefault
            Language fr
            This stands in for Stripe. Nothing here reaches Stripe, and nobody pays.""");
  }

  @Test
  void showsNoMoreThanTheConfigurationAllows() throws Exception {
    String id =
        configure(
            "features[invoice_history][enabled]=true"
                + "&business_profile[headline]=Yours & ours"
                + "&business_profile[privacy_policy_url]=https://app.example.com/privacy");

    assertThat(text(get(open(session().setConfiguration(id)))))
        .contains("Yours &amp; ours\nCurrent plan\nLLMGenerator Pro, $20.00 per month\nInvoices\n")
        .contains("Configuration " + id + "\nLanguage fr\nPrivacy policy\n");
  }

  @Test
  void saysWhenACancelledPlanEnds() throws Exception {
    String id =
        configure(
            "features[subscription_cancel][enabled]=true"
                + "&features[subscription_cancel][mode]=immediately");
    URI session = open(session().setConfiguration(id));

    assertThat(text(get(session))).contains("\nCancel plan (Immediately)\n");
    assertThat(text(get(session.resolve(session.getPath() + "/subscription_cancel"))))
        .contains("\nEnds Immediately\nConfirming changes nothing here.\n")
        .doesNotContain("Why do you cancel?");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "PAYMENT_METHOD_UPDATE | Update payment method"
            + " | New card/Mastercard •••• 4444/Visa •••• 0077",
        "SUBSCRIPTION_CANCEL | Cancel plan"
            + " | Plan LLMGenerator Pro, $20.00 per month/Subscription sub_123"
            + "/Ends At period end/Why do you cancel?"
            + "/Too expensive/Missing features/Unused/Other",
        "SUBSCRIPTION_UPDATE | Update plan"
            + " | Subscription sub_123/New plan"
            + "/price_LLMGeneratorMonthly of prod_LLMGenerator"
            + "/price_LLMGeneratorYearly of prod_LLMGenerator"
            + "/May be changed:/Price/Promotion code"
      })
  void opensWithTheFlowAndGoesBackAfterIt(FlowData.Type type, String title, String task)
      throws Exception {
    URI session = open(session().setFlowData(flow(type, redirect())));

    HttpResponse<String> page = get(session);
    HttpResponse<String> confirmed = confirm(session);

    assertThat(text(page))
        .isEqualTo(
            String.join(
                "\n",
                title,
                "Test mode",
                "Return to https://app.example.com/settings",
                title,
                task.replace('/', '\n'),
                "Confirming changes nothing here.",
                "Confirm",
                "This stands in for Stripe. Nothing here reaches Stripe, and nobody pays."));
    assertThat(page.headers().firstValue("Content-Security-Policy"))
        .hasValueSatisfying(
            policy -> assertThat(policy).endsWith(" form-action 'self' https://app.example.com"));
    assertThat(page.body()).doesNotContain("<script", "style=", "src=", "Go back");
    assertThat(confirmed.statusCode()).isEqualTo(303);
    assertThat(confirmed.headers().firstValue("Location"))
        .contains("https://app.example.com/after?flow=%C3%BC");
  }

  @Test
  void confirmsItselfWhereTheFlowSaysSo() throws Exception {
    AfterCompletion confirmation =
        AfterCompletion.builder().setType(AfterCompletion.Type.HOSTED_CONFIRMATION).build();
    URI session =
        open(session().setFlowData(flow(FlowData.Type.PAYMENT_METHOD_UPDATE, confirmation)));

    assertThat(text(confirm(session)))
        .startsWith("Done\nTest mode\nReturn to https://app.example.com/settings\nDone\n");
  }

  @Test
  void goesToItsHomepageAfterAFlowThatSaysNothingElse() throws Exception {
    URI session = open(session().setFlowData(flow(FlowData.Type.PAYMENT_METHOD_UPDATE, null)));

    HttpResponse<String> confirmed = confirm(session);

    String home = session.getPath() + "/home";
    assertThat(confirmed.headers().firstValue("Location")).contains(home);
    assertThat(text(get(session.resolve(home)))).startsWith("Customer portal\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "payment_method_update",
        "subscription_cancel",
        "subscription_update",
        "customer_update"
      })
  void opensATaskOfItsHomepageAndGoesBackThere(String task) throws Exception {
    URI session = open(session());
    String address = session.getPath() + "/" + task;

    assertThat(get(session).body()).contains("<a href=\"" + address + "\">");
    assertThat(get(session.resolve(address)).body())
        .contains(
            "Confirming changes nothing here.", "<a href=\"" + session.getPath() + "/home\">");
    assertThat(confirm(session.resolve(address)).headers().firstValue("Location"))
        .contains(session.getPath() + "/home");
  }

  @ParameterizedTest
  @ValueSource(strings = {"invoice_history", "subscription_cancel", "elsewhere"})
  void hasNoPageForWhatIsNotAllowed(String task) throws Exception {
    String id = configure("features[invoice_history][enabled]=true");
    URI session = open(session().setConfiguration(id));

    assertThat(get(session.resolve(session.getPath() + "/" + task)).statusCode()).isEqualTo(404);
  }

  private static SessionCreateParams.Builder session() {
    return SessionCreateParams.builder()
        .setCustomer("cus_123")
        .setLocale(SessionCreateParams.Locale.FR)
        .setReturnUrl(RETURN_URL);
  }

  private static URI open(SessionCreateParams.Builder session) throws Exception {
    StripeClient client =
        StripeClient.builder().setApiKey("sk_test_1").setApiBase(stripe.url()).build();
    return URI.create(client.v1().billingPortal().sessions().create(session.build()).getUrl());
  }

  private static FlowData flow(FlowData.Type type, AfterCompletion afterCompletion) {
    FlowData.Builder flow = FlowData.builder().setType(type).setAfterCompletion(afterCompletion);
    return switch (type) {
      case SUBSCRIPTION_CANCEL ->
          flow.setSubscriptionCancel(
                  FlowData.SubscriptionCancel.builder().setSubscription("sub_123").build())
              .build();
      case SUBSCRIPTION_UPDATE ->
          flow.setSubscriptionUpdate(
                  FlowData.SubscriptionUpdate.builder().setSubscription("sub_123").build())
              .build();
      default -> flow.build();
    };
  }

  private static AfterCompletion redirect() {
    return AfterCompletion.builder()
        .setType(AfterCompletion.Type.REDIRECT)
        .setRedirect(
            AfterCompletion.Redirect.builder()
                .setReturnUrl("https://app.example.com/after?flow=ü")
                .build())
        .build();
  }

  private static String configure(String form) throws Exception {
    String encoded =
        Stream.of(form.split("&(?=\\w+\\[)"))
            .map(pair -> pair.split("=", 2))
            .map(pair -> encoded(pair[0]) + "=" + encoded(pair[1]))
            .collect(Collectors.joining("&"));
    HttpResponse<String> made =
        send(
            HttpRequest.newBuilder(URI.create(stripe.url() + "/v1/billing_portal/configurations"))
                .header("Authorization", "Bearer sk_test_1")
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(BodyPublishers.ofString(encoded)));
    return StripeAnswer.JSON.readTree(made.body()).path("id").asText();
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private static HttpResponse<String> get(URI page) throws Exception {
    return send(HttpRequest.newBuilder(page));
  }

  private static HttpResponse<String> confirm(URI page) throws Exception {
    return send(HttpRequest.newBuilder(page).POST(BodyPublishers.noBody()));
  }

  private static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return HTTP.send(request.build(), BodyHandlers.ofString());
  }

  /** What a page says, without its markup. */
  private static String text(HttpResponse<String> page) {
    assertThat(page.statusCode()).isEqualTo(200);
    return page.body()
        .replaceAll("</dt>", " ")
        .replaceAll("<[^>]*>", "")
        .lines()
        .map(String::strip)
        .filter(line -> !line.isEmpty())
        .collect(Collectors.joining("\n"));
  }
}
