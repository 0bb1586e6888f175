package com.llmgenerator.billing.stripe;

import com.llmgenerator.billing.problem.PaymentProviderException;
import com.llmgenerator.billing.problem.PaymentProviderTimeoutException;
import com.llmgenerator.billing.problem.TemporarilyUnavailableException;
import com.llmgenerator.billing.request.AccessLog;
import com.llmgenerator.billing.request.Deadline;
import io.github.resilience4j.bulkhead.Bulkhead;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import org.apache.hc.client5.http.classic.ExecChain;
import org.apache.hc.client5.http.impl.DefaultClientConnectionReuseStrategy;
import org.apache.hc.core5.concurrent.Cancellable;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ConnectionReuseStrategy;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpRequest;
import org.apache.hc.core5.http.HttpResponse;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.springframework.scheduling.concurrent.CustomizableThreadFactory;
import org.springframework.stereotype.Component;

/**
 * What surrounds a call to Stripe in the execution chain of Apache's client: the limit of calls
 * under way, and one deadline for all of its attempts ({@link StripeAttempt}), which the client's
 * own time-outs cannot be, since they are for one read.
 *
 * <p>Failures are thrown by the names that routes know, and without their causes: Camel would look
 * for a handler of the innermost cause first, which other failures can have too.
 */
@Component
public final class StripeGuard implements ConnectionReuseStrategy, AutoCloseable {
  private static final Duration DISTRUST = Duration.ofMinutes(1);
  private static final Pattern REQUEST_ID = Pattern.compile("req_\\w{1,60}");

  private final Duration deadline;
  private final Bulkhead bulkhead;

  /** A tenth of a session's CPU less than {@code CompletableFuture.completeOnTimeout}. */
  private final ScheduledThreadPoolExecutor deadlines =
      new ScheduledThreadPoolExecutor(1, new CustomizableThreadFactory("stripe-deadline-"));

  private volatile long distrustedAt = System.nanoTime() - DISTRUST.toNanos();

  public StripeGuard(StripeClient.Limits limits, Bulkhead bulkhead) {
    this.deadline = limits.deadline();
    this.bulkhead = bulkhead;
    deadlines.setRemoveOnCancelPolicy(true);
  }

  /**
   * Uses no connection twice for a while: an answer came that belongs to another request, so that
   * all later ones of its connection may.
   */
  public void distrustConnections() {
    distrustedAt = System.nanoTime();
  }

  @Override
  public boolean keepAlive(HttpRequest request, HttpResponse response, HttpContext context) {
    return System.nanoTime() - distrustedAt >= DISTRUST.toNanos()
        && DefaultClientConnectionReuseStrategy.INSTANCE.keepAlive(request, response, context);
  }

  /**
   * A call, with all its attempts.
   *
   * @throws TemporarilyUnavailableException if it was not made: too many are under way, no time is
   *     left, or the circuit breaker is open
   * @throws PaymentProviderTimeoutException if it took too long
   * @throws PaymentProviderException if Stripe failed or cannot be reached
   */
  ClassicHttpResponse call(ClassicHttpRequest request, ExecChain.Scope scope, ExecChain chain) {
    long left = Deadline.left(deadline).toNanos();
    if (left <= 0) {
      throw new TemporarilyUnavailableException("No time is left to ask Stripe");
    }
    if (!bulkhead.tryAcquirePermission()) {
      throw new TemporarilyUnavailableException("Too many calls to Stripe are under way");
    }
    AtomicBoolean late = new AtomicBoolean();
    Future<?> cancellation =
        deadlines.schedule(
            () -> {
              late.set(true);
              ((Cancellable) scope.originalRequest).cancel();
            },
            left,
            TimeUnit.NANOSECONDS);
    try {
      ClassicHttpResponse response = chain.proceed(request, scope);
      Header id = response.getFirstHeader("Request-Id");
      if (id != null && REQUEST_ID.matcher(id.getValue()).matches()) {
        // By this id Stripe's Dashboard and support find the request.
        AccessLog.note("stripeRequestId", id.getValue());
      }
      if (response.getCode() >= 500) {
        throw new PaymentProviderException("Stripe failed: " + response.getCode());
      }
      return response;
    } catch (IOException | HttpException | RuntimeException e) {
      // Cancelled between two of its steps, the client fails in many ways, NullPointerException
      // among them.
      throw late.get() ? StripeAttempt.timedOut() : StripeAttempt.failure(e);
    } finally {
      cancellation.cancel(false);
      bulkhead.onComplete();
    }
  }

  @Override
  public void close() {
    deadlines.shutdownNow();
  }
}
