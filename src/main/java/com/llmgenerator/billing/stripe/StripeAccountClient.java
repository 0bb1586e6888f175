package com.llmgenerator.billing.stripe;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.llmgenerator.billing.config.StripeProperties;
import com.llmgenerator.billing.problem.PaymentProviderException;
import com.llmgenerator.billing.problem.PaymentProviderTimeoutException;
import com.llmgenerator.billing.problem.ProblemException;
import com.llmgenerator.billing.problem.TemporarilyUnavailableException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.entity.UrlEncodedFormEntity;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpStatus;
import org.apache.hc.core5.http.NameValuePair;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Asks Stripe what no caller waits for: about the account's portal configurations, customers and
 * subscriptions. Commands wait longer ({@link CommandConfiguration#TIMEOUTS}).
 */
@Component
public final class StripeAccountClient {
  private static final Logger LOG = LoggerFactory.getLogger(StripeAccountClient.class);

  /** A page of 100 purchases and their customers, all metadata as large as Stripe allows. */
  private static final int LARGEST_ANSWER = 16 * 1024 * 1024;

  /** At most ten times a second, of the 100 (25 in test mode) that Stripe allows an account. */
  private static final long BETWEEN_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private static final long FIRST_PAUSE_MILLIS = 500;
  private static final long LONGEST_RETRY_AFTER_SECONDS = 300;
  private static final int ATTEMPTS = 8;

  private final StripeProperties stripe;
  private final ObjectMapper json;
  private final CloseableHttpClient client;
  private long nextNanos = System.nanoTime();

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

  /**
   * Asks for a list or a customer until there is an answer, and leaves room for those who do not
   * wait. Where Stripe limits the rate or fails, it waits as long as Stripe says ({@code
   * Retry-After}) and at least a time that doubles, for about a minute.
   *
   * @return what Stripe answers; nothing if it does not know what the path names
   * @throws TemporarilyUnavailableException if Stripe limits the rate so long
   * @throws PaymentProviderException if Stripe rejects the request, or fails so long
   * @see <a href="https://docs.stripe.com/rate-limits">Rate limits</a>
   */
  public Optional<JsonNode> find(String path) {
    Answer answer = getWithBackoff(path);
    return answer.body().at("/error/code").asText().equals("resource_missing")
        ? Optional.empty()
        : Optional.of(
            answer.accepted(
                "\"Customers: read\", \"Checkout Sessions: read\" and \"Subscriptions: read\"",
                "Stripe refuses to list: %s"));
  }

  private Answer getWithBackoff(String path) {
    for (int attempt = 1; ; attempt++) {
      sleep(TimeUnit.NANOSECONDS, nextNanos - System.nanoTime());
      nextNanos = System.nanoTime() + BETWEEN_NANOS;
      long pause = FIRST_PAUSE_MILLIS << (attempt - 1);
      RuntimeException failure;
      try {
        Answer answer = get(path);
        if (answer.status() != HttpStatus.SC_TOO_MANY_REQUESTS) {
          return answer;
        }
        pause = Math.max(pause, answer.retryAfter().toMillis());
        failure =
            new TemporarilyUnavailableException(
                "Stripe limits our rate (" + answer.refusal() + ")");
      } catch (ProblemException e) {
        failure = e;
      }
      if (attempt == ATTEMPTS) {
        throw failure;
      }
      LOG.info("{}: asking again in {} ms", failure.getMessage(), pause);
      sleep(TimeUnit.MILLISECONDS, pause);
    }
  }

  private static void sleep(TimeUnit unit, long time) {
    try {
      unit.sleep(time);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TemporarilyUnavailableException("Interrupted while waiting for Stripe");
    }
  }

  private Answer send(HttpUriRequestBase request) {
    request.setHeader("Authorization", "Bearer " + stripe.secretKey().text());
    request.setHeader("Stripe-Version", stripe.apiVersion());
    HttpClientContext context = HttpClientContext.create();
    context.setAttribute(StripeAttempt.LARGEST_ANSWER, LARGEST_ANSWER);
    try {
      return client.execute(request, context, this::read);
    } catch (IOException e) {
      throw new PaymentProviderException("Stripe's answer cannot be read");
    }
  }

  private Answer read(ClassicHttpResponse response) {
    JsonNode body = MissingNode.getInstance();
    try {
      if (response.getEntity() != null) {
        body = json.readTree(response.getEntity().getContent());
      }
    } catch (IOException e) {
      // It is no JSON, and stays missing.
    }
    Header wanted = response.getFirstHeader("Retry-After");
    // It may say a date, or nonsense.
    boolean seconds = wanted != null && wanted.getValue().matches("\\d{1,6}");
    long pause =
        seconds ? Math.min(Long.parseLong(wanted.getValue()), LONGEST_RETRY_AFTER_SECONDS) : 0;
    return new Answer(response.getCode(), body, Duration.ofSeconds(pause));
  }

  /**
   * Stripe's answer.
   *
   * @param body a missing node if it is no JSON
   * @param retryAfter how long Stripe wants to be left alone, if it says so; else zero
   */
  public record Answer(int status, JsonNode body, Duration retryAfter) {
    /**
     * The body of a 200.
     *
     * @param permission that the key needs
     * @param reason of another status than that of a key that Stripe refuses
     * @throws PaymentProviderException if the status is another, saying what to do
     */
    public JsonNode accepted(String permission, String reason) {
      return switch (status) {
        case 200 -> body;
        case 401 ->
            throw new PaymentProviderException("Stripe refuses the key: check STRIPE_SECRET_KEY");
        case 403 ->
            throw new PaymentProviderException(
                "Stripe refuses the key's permission: give it " + permission);
        default -> throw new PaymentProviderException(reason.formatted(refusal()));
      };
    }

    /** Stripe's words for what is wrong, as fit for people who run the portal; never its text. */
    public String refusal() {
      String code = StripeText.identifier(body.at("/error/code"));
      return (status + " " + code + " " + StripeText.identifier(body.at("/error/param"))).strip();
    }
  }
}
