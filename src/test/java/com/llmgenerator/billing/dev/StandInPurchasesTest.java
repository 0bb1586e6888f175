package com.llmgenerator.billing.dev;

import static org.assertj.core.api.Assertions.assertThat;

import com.llmgenerator.billing.dev.StripeStandIn.Options;
import com.stripe.exception.SignatureVerificationException;
import com.stripe.model.Event;
import com.stripe.model.checkout.Session;
import com.stripe.net.Webhook;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The page of the Payment Link, as a browser uses it. */
class StandInPurchasesTest {
  private static final String USER = "22222222-2222-4222-8222-222222222222";
  private static final String SECRET = "whsec_0123456789abcdef";
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private final List<Event> events = new CopyOnWriteArrayList<>();
  private HttpServer webhook;
  private StripeStandIn stripe;

  @BeforeEach
  void start() throws IOException {
    webhook = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    webhook.createContext("/events", this::receive);
    webhook.start();
    stripe =
        StripeStandIn.start(
            options().redirectingTo("http://localhost:3000/thank-you?s={CHECKOUT_SESSION_ID}"));
  }

  @AfterEach
  void stop() {
    stripe.close();
    webhook.stop(0);
  }

  @Test
  void showsPlanPriceModeAndBuyer() throws Exception {
    HttpResponse<String> page = get("?client_reference_id=" + USER);

    assertThat(page.statusCode()).isEqualTo(200);
    assertThat(page.headers().firstValue("Content-Security-Policy"))
        .contains(
            "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none';"
                + " form-action 'self' http://localhost:3000");
    assertThat(page.body())
        .contains(
            "<strong class=\"badge\">Test mode</strong>",
            "<h1>Subscribe to LLMGenerator Pro</h1>",
            "<strong>$20.00</strong> per month",
            "<dt>Bought for</dt><dd>user " + USER + "</dd>",
            "<form method=\"post\">\n<button id=\"subscribe\">Subscribe</button>\n</form>")
        .doesNotContain("<script", "style=", "://");
    assertThat(events).isEmpty();
  }

  @Test
  void sellsBySignedEventsAndThenSendsTheBuyerOn() throws Exception {
    HttpResponse<String> answer = post("?client_reference_id=" + USER);

    assertThat(events)
        .extracting(Event::getType)
        .containsExactly("checkout.session.completed", "customer.subscription.created");
    Session session = session();
    assertThat(session.getClientReferenceId()).isEqualTo(USER);
    assertThat(session.getCustomer()).isEqualTo("cus_22222222222242228222222222222222");
    assertThat(answer.statusCode()).isEqualTo(303);
    assertThat(answer.headers().firstValue("Location"))
        .contains("http://localhost:3000/thank-you?s=" + session.getId());
  }

  /** As Stripe does, which drops such a reference in silence. */
  @ParameterizedTest
  @ValueSource(strings = {"", "?client_reference_id=", "?client_reference_id=a%22%3E%3Cscript%3E"})
  void sellsToNobodyWhereTheReferenceIsNone(String query) throws Exception {
    assertThat(get(query).body())
        .contains("<dt>Bought for</dt><dd>nobody: ")
        .doesNotContain("<script");

    HttpResponse<String> answer = post(query);

    assertThat(answer.statusCode()).isEqualTo(303);
    assertThat(session().getClientReferenceId()).isNull();
    assertThat(session().getCustomer()).matches("cus_[0-9a-f]{32}");
  }

  @Test
  void thanksByItselfWhereNoPageFollows() throws Exception {
    stripe.close();
    stripe = StripeStandIn.start(options());

    HttpResponse<String> answer = post("?client_reference_id=" + USER);

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).contains("<h1>Thanks for subscribing</h1>");
    assertThat(events).hasSize(2);
  }

  @Test
  void stylesItsPagesFromItsOwnAddress() throws Exception {
    assertThat(get("").body()).contains("<link rel=\"stylesheet\" href=\"/style.css\">");

    HttpResponse<String> style = send(HttpRequest.newBuilder(address("/style.css")));

    assertThat(style.headers().firstValue("Content-Type")).contains("text/css; charset=utf-8");
    assertThat(style.body())
        .contains("color-scheme: light dark")
        .doesNotContain("url(", "@import", "://");
  }

  private Options options() {
    URI url = URI.create("http://127.0.0.1:" + webhook.getAddress().getPort() + "/events");
    return Options.onPort(0).sendingEventsTo(url, SECRET);
  }

  private Session session() {
    return (Session) events.get(0).getDataObjectDeserializer().getObject().orElseThrow();
  }

  private HttpResponse<String> get(String query) throws Exception {
    return send(HttpRequest.newBuilder(address(StripeStandIn.PAYMENT_LINK + query)));
  }

  private HttpResponse<String> post(String query) throws Exception {
    return send(
        HttpRequest.newBuilder(address(StripeStandIn.PAYMENT_LINK + query))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(BodyPublishers.noBody()));
  }

  private URI address(String path) {
    return URI.create(stripe.url() + path);
  }

  private static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return HTTP.send(request.build(), BodyHandlers.ofString());
  }

  private void receive(HttpExchange exchange) throws IOException {
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    try {
      String signature = exchange.getRequestHeaders().getFirst("Stripe-Signature");
      events.add(Webhook.constructEvent(body, signature, SECRET));
      exchange.sendResponseHeaders(200, -1);
    } catch (SignatureVerificationException e) {
      exchange.sendResponseHeaders(400, -1);
    }
    exchange.close();
  }
}
