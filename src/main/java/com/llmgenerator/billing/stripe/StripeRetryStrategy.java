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
  private static final long FIRST_PAUSE_MILLIS = 500;

  private final Duration deadline;
  private final Duration longestAttempt;
  private final CircuitBreaker breaker;
  private final Counter retries;

  /**
   * @param deadline how long a call may take where no request is being answered
   * @param longestAttempt how long one attempt can take
   * @param breaker which is asked before a pause
   * @param metrics where retries are counted
   */
  StripeRetryStrategy(
      Duration deadline, Duration longestAttempt, CircuitBreaker breaker, MeterRegistry metrics) {
    this.deadline = deadline;
    this.longestAttempt = longestAttempt;
    this.breaker = breaker;
    this.retries =
        Counter.builder("billing.stripe.retries")
            .description("Requests that were sent to Stripe again")
            .register(metrics);
  }

  @Override
  public boolean retryRequest(
      HttpRequest request, IOException failure, int attempts, HttpContext context) {
    return mayTryAgain(attempts);
  }

  @Override
  public boolean retryRequest(HttpResponse response, int attempts, HttpContext context) {
    Header advice = response.getFirstHeader("Stripe-Should-Retry");
    boolean useful =
        advice == null
            ? response.getCode() == 409 || response.getCode() >= 500
            : advice.getValue().equals("true");
    return useful && mayTryAgain(attempts);
  }

  @Override
  public TimeValue getRetryInterval(
      HttpRequest request, IOException failure, int attempts, HttpContext context) {
    return pause(attempts);
  }

  @Override
  public TimeValue getRetryInterval(HttpResponse response, int attempts, HttpContext context) {
    return pause(attempts);
  }

  private boolean mayTryAgain(int attempts) {
    Duration atWorst = longestAttempt.plusMillis(longestPauseMillis(attempts));
    return attempts <= RETRIES
        && breaker.getState() != CircuitBreaker.State.OPEN
        && atWorst.compareTo(Deadline.left(deadline)) <= 0;
  }

  private TimeValue pause(int attempts) {
    retries.increment();
    double jitter = 0.5 + ThreadLocalRandom.current().nextDouble() / 2;
    return TimeValue.ofMilliseconds((long) (longestPauseMillis(attempts) * jitter));
  }

  private static long longestPauseMillis(int attempts) {
    return FIRST_PAUSE_MILLIS << (attempts - 1);
  }
}
