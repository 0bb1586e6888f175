package com.llmgenerator.billing.stripe;

import com.llmgenerator.billing.request.Deadline;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.hc.client5.http.HttpRequestRetryStrategy;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpRequest;
import org.apache.hc.core5.http.HttpResponse;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.util.TimeValue;

/**
 * Stripe's rule for sending a request again: the header {@code Stripe-Should-Retry} decides;
 * without it after connection errors, time-outs, 409 and 5xx, but not after 429. At most twice,
 * after half a second and a second less some jitter, and only if the last attempt can end within
 * the deadline and the circuit breaker is not open. The same request is sent, with the same {@code
 * Idempotency-Key}: Stripe acts on it once.
 *
 * @see <a href="https://docs.stripe.com/error-low-level">Advanced error handling</a>
 */
final class StripeRetryStrategy implements HttpRequestRetryStrategy {
  private static final int RETRIES = 2;

  private final StripeClient.Limits limits;
  private final CircuitBreaker breaker;
  private final Counter retries;

  StripeRetryStrategy(StripeClient.Limits limits, CircuitBreaker breaker, MeterRegistry metrics) {
    this.limits = limits;
    this.breaker = breaker;
    this.retries =
        Counter.builder("billing.stripe.retries")
            .description("Requests that were sent to Stripe again")
            .register(metrics);
  }

  @Override
  public boolean retryRequest(
      HttpRequest request, IOException failure, int attempts, HttpContext context) {
    Duration atWorst =
        limits.connectTimeout().plus(limits.responseTimeout()).plus(longestPause(attempts));
    return attempts <= RETRIES
        && breaker.getState() != CircuitBreaker.State.OPEN
        && atWorst.compareTo(Deadline.left(limits.deadline())) <= 0;
  }

  @Override
  public boolean retryRequest(HttpResponse response, int attempts, HttpContext context) {
    Header advice = response.getFirstHeader("Stripe-Should-Retry");
    boolean useful =
        advice == null
            ? response.getCode() == 409 || response.getCode() >= 500
            : advice.getValue().equals("true");
    return useful && retryRequest(null, null, attempts, context);
  }

  @Override
  public TimeValue getRetryInterval(
      HttpRequest request, IOException failure, int attempts, HttpContext context) {
    return getRetryInterval(null, attempts, context);
  }

  @Override
  public TimeValue getRetryInterval(HttpResponse response, int attempts, HttpContext context) {
    retries.increment();
    double jitter = 0.5 + ThreadLocalRandom.current().nextDouble() / 2;
    return TimeValue.ofMilliseconds((long) (longestPause(attempts).toMillis() * jitter));
  }

  private static Duration longestPause(int attempts) {
    return Duration.ofMillis(500L << (attempts - 1));
  }
}
