package com.llmgenerator.billing.stripe;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.llmgenerator.billing.Settings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.entity.UrlEncodedFormEntity;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.NameValuePair;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Component;

/**
 * Asks Stripe what no caller waits for: about the account's portal configurations, customers and
 * subscriptions. It has connections of its own, and leaves the circuit breaker of 33-call-stripe
 * alone; it is asked again as in every call to Stripe ({@link StripeHttpClient}), and commands wait
 * longer ({@link #PATIENCE}).
 */
@Component
final class StripeAccountClient implements AutoCloseable {
  /** A page of 100 purchases and their customers, all metadata as large as Stripe allows. */
  private static final int LARGEST_ANSWER = 16 * 1024 * 1024;

  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);

  /** What a command starts with: nobody waits for it, and a long list takes Stripe a while. */
  static final List<String> PATIENCE =
      List.of("--camel.component.http.response-timeout=30000", "--stripe.deadline=60s");

  private final Settings.Stripe stripe;
  private final ObjectMapper json;
  private final CloseableHttpClient client;

  StripeAccountClient(
      Settings settings,
      ObjectMapper json,
      StripeHttpClient deadlines,
      @Value("${camel.component.http.connect-timeout}") long connectMillis,
      @Value("${camel.component.http.response-timeout}") long responseMillis,
      @Value("${stripe.deadline:#{null}}") Duration deadline) {
    this.stripe = settings.stripe();
    this.json = json;
    HttpClientBuilder builder =
        HttpClientBuilder.create()
            .disableRedirectHandling()
            .disableCookieManagement()
            .setDefaultRequestConfig(
                RequestConfig.custom()
                    .setResponseTimeout(responseMillis, TimeUnit.MILLISECONDS)
                    .build())
            .setConnectionManager(
                PoolingHttpClientConnectionManagerBuilder.create()
                    .setDnsResolver(new StripeAddresses())
                    .setDefaultConnectionConfig(
                        ConnectionConfig.custom()
                            .setConnectTimeout(connectMillis, TimeUnit.MILLISECONDS)
                            .setTimeToLive(1, TimeUnit.MINUTES)
                            .build())
                    .build());
    deadlines.configureHttpClient(
        builder,
        LARGEST_ANSWER,
        deadline == null ? settings.portal().deadline() : deadline,
        Duration.ofMillis(connectMillis + responseMillis));
    this.client = builder.build();
  }

  /**
   * Asks once, and again where that helps.
   *
   * @param path what to ask, with its query
   * @return Stripe's answer, whatever it is below 500
   * @throws PaymentProviderException if Stripe fails or cannot be reached
   * @throws PaymentProviderTimeoutException if it is too slow
   */
  Answer get(String path) {
    return send(new HttpUriRequestBase("GET", stripe.apiBase().uri(path)));
  }

  /** As {@link #get}, with a form, which Stripe acts on once. */
  Answer post(String path, List<NameValuePair> form) {
    HttpUriRequestBase request = new HttpUriRequestBase("POST", stripe.apiBase().uri(path));
    request.setEntity(new UrlEncodedFormEntity(form, StandardCharsets.UTF_8));
    request.setHeader("Idempotency-Key", UUID.randomUUID().toString());
    return send(request);
  }

  private Answer send(HttpUriRequestBase request) {
    request.setHeader("Authorization", "Bearer " + stripe.secretKey());
    request.setHeader("Stripe-Version", stripe.apiVersion());
    try {
      return client.execute(
          request,
          response ->
              new Answer(
                  response.getCode(),
                  parse(response.getEntity()),
                  pause(response.getFirstHeader("Retry-After"))));
    } catch (IOException e) {
      throw new PaymentProviderException("Stripe's answer cannot be read");
    }
  }

  /** What {@code Retry-After} says in seconds; nothing where it says a date or nonsense. */
  private static Duration pause(Header retryAfter) {
    if (retryAfter == null || !retryAfter.getValue().matches("\\d{1,6}")) {
      return Duration.ZERO;
    }
    Duration told = Duration.ofSeconds(Long.parseLong(retryAfter.getValue()));
    return told.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : told;
  }

  /** A missing node if it is no JSON. */
  private JsonNode parse(HttpEntity entity) {
    try {
      return entity == null
          ? MissingNode.getInstance()
          : json.readTree(EntityUtils.toByteArray(entity));
    } catch (IOException e) {
      return MissingNode.getInstance();
    }
  }

  @Override
  public void close() throws IOException {
    client.close();
  }

  /**
   * Stripe's answer.
   *
   * @param retryAfter how long Stripe wants to be left alone, if it says so; else zero
   */
  record Answer(int status, JsonNode body, Duration retryAfter) {
    /** Stripe's words for what is wrong, as fit for people who run the portal; never its text. */
    String refusal() {
      JsonNode error = body.path("error");
      return (status + " " + word(error.path("code")) + " " + word(error.path("param"))).strip();
    }

    private static String word(JsonNode node) {
      return PortalSessions.word(node);
    }
  }
}
