package com.llmgenerator.billing.stripe;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.llmgenerator.billing.config.StripeProperties;
import com.llmgenerator.billing.problem.PaymentProviderException;
import com.llmgenerator.billing.problem.PaymentProviderTimeoutException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.entity.UrlEncodedFormEntity;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.NameValuePair;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.springframework.stereotype.Component;

/**
 * Asks Stripe what no caller waits for: about the account's portal configurations, customers and
 * subscriptions. Commands wait longer ({@link CommandConfiguration#TIMEOUTS}).
 */
@Component
public final class StripeAccountClient {
  /** A page of 100 purchases and their customers, all metadata as large as Stripe allows. */
  private static final int LARGEST_ANSWER = 16 * 1024 * 1024;

  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);

  private final StripeProperties stripe;
  private final ObjectMapper json;
  private final CloseableHttpClient client;

  StripeAccountClient(StripeProperties stripe, ObjectMapper json, CloseableHttpClient client) {
    this.stripe = stripe;
    this.json = json;
    this.client = client;
  }

  /**
   * Asks once, and again where that helps.
   *
   * @param path what to ask, with its query
   * @return Stripe's answer, whatever it is below 500
   * @throws PaymentProviderException if Stripe fails or cannot be reached
   * @throws PaymentProviderTimeoutException if it is too slow
   */
  public Answer get(String path) {
    return send(new HttpUriRequestBase("GET", stripe.apiBase().uri(path)));
  }

  /** As {@link #get}, with a form, which Stripe acts on once. */
  public Answer post(String path, List<NameValuePair> form) {
    HttpUriRequestBase request = new HttpUriRequestBase("POST", stripe.apiBase().uri(path));
    request.setEntity(new UrlEncodedFormEntity(form, StandardCharsets.UTF_8));
    request.setHeader("Idempotency-Key", UUID.randomUUID().toString());
    return send(request);
  }

  private Answer send(HttpUriRequestBase request) {
    request.setHeader("Authorization", "Bearer " + stripe.secretKey().text());
    request.setHeader("Stripe-Version", stripe.apiVersion());
    HttpClientContext context = HttpClientContext.create();
    context.setAttribute(StripeAttempt.LARGEST_ANSWER, LARGEST_ANSWER);
    try {
      return client.execute(
          request,
          context,
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

  /**
   * Stripe's answer.
   *
   * @param retryAfter how long Stripe wants to be left alone, if it says so; else zero
   */
  public record Answer(int status, JsonNode body, Duration retryAfter) {
    /** Stripe's words for what is wrong, as fit for people who run the portal; never its text. */
    public String refusal() {
      JsonNode error = body.path("error");
      return (status
              + " "
              + StripeText.identifier(error.path("code"))
              + " "
              + StripeText.identifier(error.path("param")))
          .strip();
    }
  }
}
