package com.llmgenerator.billing.stripe;

import com.fasterxml.jackson.databind.JsonNode;
import com.llmgenerator.billing.problem.PaymentProviderException;
import com.llmgenerator.billing.problem.PaymentProviderTimeoutException;
import com.llmgenerator.billing.problem.ProblemException;
import com.llmgenerator.billing.problem.TemporarilyUnavailableException;
import com.llmgenerator.billing.stripe.StripeAccountClient.Answer;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Asks Stripe much, and leaves room for those who do not wait: at most ten times a second, of the
 * 100 (25 in test mode) that Stripe allows an account. Where Stripe limits the rate or fails, it
 * waits as long as Stripe says ({@code Retry-After}) and at least a time that doubles.
 *
 * @see <a href="https://docs.stripe.com/rate-limits">Rate limits</a>
 */
@Component
public final class StripeBackoff {
  private static final Logger LOG = LoggerFactory.getLogger(StripeBackoff.class);
  private static final Duration BETWEEN = Duration.ofMillis(100);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
  private static final int ATTEMPTS = 8;

  private final StripeAccountClient stripe;
  private long nextNanos = System.nanoTime();

  StripeBackoff(StripeAccountClient stripe) {
    this.stripe = stripe;
  }

  /**
   * Asks for a list or a customer until there is an answer.
   *
   * @param path what to ask for, with its query
   * @return what Stripe answers; nothing if it does not know what the path names
   * @throws TemporarilyUnavailableException if Stripe limits the rate for about a minute
   * @throws PaymentProviderException if Stripe rejects the request, or fails or cannot be reached
   *     so long
   * @throws PaymentProviderTimeoutException if it is too slow so long
   */
  public Optional<JsonNode> find(String path) {
    Answer answer = get(path);
    return switch (answer.status()) {
      case 200 -> Optional.of(answer.body());
      case 401 ->
          throw new PaymentProviderException("Stripe refuses the key: check STRIPE_SECRET_KEY");
      case 403 ->
          throw new PaymentProviderException(
              "Stripe refuses the key's permission: give it \"Customers: read\", \"Checkout"
                  + " Sessions: read\" and \"Subscriptions: read\"");
      default -> {
        if (answer.body().at("/error/code").asText().equals("resource_missing")) {
          yield Optional.empty();
        }
        throw new PaymentProviderException("Stripe refuses to list: " + answer.refusal());
      }
    };
  }

  private Answer get(String path) {
    Duration pause = FIRST_PAUSE;
    for (int attempt = 1; ; attempt++) {
      sleep(Duration.ofNanos(nextNanos - System.nanoTime()));
      nextNanos = System.nanoTime() + BETWEEN.toNanos();
      Duration wanted = Duration.ZERO;
      RuntimeException failure;
      try {
        Answer answer = stripe.get(path);
        if (answer.status() != 429) {
          return answer;
        }
        wanted = answer.retryAfter();
        failure =
            new TemporarilyUnavailableException(
                "Stripe limits our rate (" + answer.refusal() + ")");
      } catch (ProblemException e) {
        failure = e;
      }
      if (attempt == ATTEMPTS) {
        throw failure;
      }
      Duration longer = wanted.compareTo(pause) > 0 ? wanted : pause;
      LOG.info("{}: asking again in {} ms", failure.getMessage(), longer.toMillis());
      sleep(longer);
      pause = pause.multipliedBy(2);
    }
  }

  private static void sleep(Duration time) {
    if (time.isNegative()) {
      return;
    }
    try {
      Thread.sleep(time.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TemporarilyUnavailableException("Interrupted while waiting for Stripe");
    }
  }
}
