package com.llmgenerator.billing.stripe;

import com.llmgenerator.billing.http.Deadline;
import com.llmgenerator.billing.http.RequestLog;
import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.apache.hc.client5.http.classic.ExecChain;
import org.apache.hc.client5.http.classic.ExecRuntime;
import org.apache.hc.client5.http.impl.DefaultClientConnectionReuseStrategy;
import org.apache.hc.client5.http.impl.classic.RequestFailedException;
import org.apache.hc.core5.concurrent.Cancellable;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ConnectionRequestTimeoutException;
import org.apache.hc.core5.http.ConnectionReuseStrategy;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.HttpRequest;
import org.apache.hc.core5.http.HttpResponse;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.springframework.stereotype.Component;

/**
 * What surrounds a call to Stripe in the execution chain of Apache's client. Around the call: the
 * limit of calls under way, and one deadline for all of its attempts, which the client's own
 * time-outs cannot be, since they are for one read. Around each attempt, which reads the whole
 * body: the circuit breaker. Lack of a connection, a 429, and the deadline that comes before an
 * attempt began are no failures of Stripe.
 *
 * <p>Failures are thrown by the names that routes know, and without their causes: Camel would look
 * for a handler of the innermost cause first, which other failures can have too.
 */
@Component
final class StripeGuard implements ConnectionReuseStrategy, AutoCloseable {
  /** Attribute of the client's context: the largest answer in bytes, if not 64 KiB. */
  static final String LARGEST_ANSWER = "stripe.largest-answer";

  /** Attribute of the client's context: why the attempt before failed, if there was one. */
  private static final String FAILURE = "stripe.failure";

  private static final int USUAL_LARGEST_ANSWER = 64 * 1024;
  private static final int TOO_MANY_REQUESTS = 429;
  private static final Duration DISTRUST = Duration.ofMinutes(1);
  private static final ConnectionReuseStrategy REUSE =
      DefaultClientConnectionReuseStrategy.INSTANCE;
  private static final String TIMED_OUT = "Stripe did not answer in time";
  private static final Pattern REQUEST_ID = Pattern.compile("req_\\w{1,60}");

  private final Duration deadline;
  private final Bulkhead bulkhead;
  private final CircuitBreaker breaker;
  private final ScheduledThreadPoolExecutor deadlines;
  private volatile long distrustedAt = System.nanoTime() - DISTRUST.toNanos();

  StripeGuard(StripeClient.Limits limits, Bulkhead bulkhead, CircuitBreaker breaker) {
    this.deadline = limits.deadline();
    this.bulkhead = bulkhead;
    this.breaker = breaker;
    this.deadlines =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread thread = new Thread(task, "stripe-deadline");
              thread.setDaemon(true);
              return thread;
            });
    deadlines.setRemoveOnCancelPolicy(true);
  }

  /**
   * Uses no connection twice for a while: an answer came that belongs to another request, so that
   * all later ones of its connection may.
   */
  void distrustConnections() {
    distrustedAt = System.nanoTime();
  }

  @Override
  public boolean keepAlive(HttpRequest request, HttpResponse response, HttpContext context) {
    return System.nanoTime() - distrustedAt >= DISTRUST.toNanos()
        && REUSE.keepAlive(request, response, context);
  }

  /**
   * A call, with all its attempts.
   *
   * @throws PaymentProviderBusyException if it was not made: too many are under way, no time is
   *     left, or the circuit breaker is open
   * @throws PaymentProviderTimeoutException if it took too long
   * @throws PaymentProviderException if Stripe failed or cannot be reached
   */
  ClassicHttpResponse call(ClassicHttpRequest request, ExecChain.Scope scope, ExecChain chain) {
    if (!bulkhead.tryAcquirePermission()) {
      throw new PaymentProviderBusyException("Too many calls to Stripe are under way");
    }
    try {
      return callWithinDeadline(request, scope, chain);
    } finally {
      bulkhead.onComplete();
    }
  }

  private ClassicHttpResponse callWithinDeadline(
      ClassicHttpRequest request, ExecChain.Scope scope, ExecChain chain) {
    Duration left = Deadline.left(deadline);
    if (left.isNegative() || left.isZero()) {
      throw new PaymentProviderBusyException("No time is left to ask Stripe");
    }
    Cancellable call = (Cancellable) scope.originalRequest;
    AtomicBoolean late = new AtomicBoolean();
    ScheduledFuture<?> cancellation =
        deadlines.schedule(
            () -> {
              late.set(true);
              call.cancel();
            },
            left.toMillis(),
            TimeUnit.MILLISECONDS);
    try {
      ClassicHttpResponse response = chain.proceed(request, scope);
      RequestLog.note("stripeRequestId", id(response));
      if (response.getCode() >= 500) {
        throw new PaymentProviderException("Stripe failed: " + response.getCode());
      }
      return response;
    } catch (IOException | HttpException e) {
      throw late.get() ? new PaymentProviderTimeoutException(TIMED_OUT) : failure(e);
    } catch (RuntimeException e) {
      // Cancelled between two of its steps, the client fails in many ways, NullPointerException
      // among them.
      throw late.get() ? new PaymentProviderTimeoutException(TIMED_OUT) : e;
    } finally {
      cancellation.cancel(false);
    }
  }

  /**
   * One attempt, up to the last byte of its answer.
   *
   * @throws RuntimeException the failure of the attempt before, where another one cannot be made
   */
  ClassicHttpResponse attempt(ClassicHttpRequest request, ExecChain.Scope scope, ExecChain chain)
      throws IOException, HttpException {
    if (!breaker.tryAcquirePermission()) {
      throw notMade(scope, "The circuit breaker is open: Stripe failed too often");
    }
    long begin = breaker.getCurrentTimestamp();
    try {
      ClassicHttpResponse response =
          received(chain.proceed(request, scope), largestAnswer(scope), scope.execRuntime);
      if (response.getCode() >= 500) {
        fail(begin, scope, new PaymentProviderException("Stripe failed: " + response.getCode()));
      } else if (response.getCode() == TOO_MANY_REQUESTS) {
        breaker.releasePermission();
      } else {
        breaker.onSuccess(breaker.getCurrentTimestamp() - begin, breaker.getTimestampUnit());
      }
      return response;
    } catch (ConnectionRequestTimeoutException e) {
      breaker.releasePermission();
      throw notMade(scope, "All connections to Stripe are taken");
    } catch (RequestFailedException | CancellationException e) {
      // Cancelled before it had a connection.
      breaker.releasePermission();
      throw e;
    } catch (IOException | HttpException e) {
      fail(begin, scope, failure(e));
      throw e;
    } catch (RuntimeException | Error e) {
      fail(begin, scope, e);
      throw e;
    }
  }

  private void fail(long begin, ExecChain.Scope scope, Throwable failure) {
    scope.clientContext.setAttribute(FAILURE, failure);
    breaker.onError(breaker.getCurrentTimestamp() - begin, breaker.getTimestampUnit(), failure);
  }

  private static RuntimeException notMade(ExecChain.Scope scope, String reason) {
    return scope.clientContext.getAttribute(FAILURE) instanceof RuntimeException before
        ? before
        : new PaymentProviderBusyException(reason);
  }

  private static RuntimeException failure(Exception failure) {
    return failure instanceof SocketTimeoutException
        ? new PaymentProviderTimeoutException(TIMED_OUT)
        : new PaymentProviderException("Stripe cannot be reached: " + describe(failure));
  }

  private static int largestAnswer(ExecChain.Scope scope) {
    return scope.clientContext.getAttribute(LARGEST_ANSWER) instanceof Integer largest
        ? largest
        : USUAL_LARGEST_ANSWER;
  }

  /** What came from the other side is not repeated: it can be part of a session's URL. */
  private static String describe(Exception failure) {
    boolean beforeAnyAnswer =
        failure instanceof ConnectException
            || failure instanceof UnknownHostException
            || failure instanceof SSLException;
    return beforeAnyAnswer ? failure.toString() : failure.getClass().getSimpleName();
  }

  /** By this id Stripe's Dashboard and support find the request. */
  private static String id(ClassicHttpResponse response) {
    Header id = response.getFirstHeader("Request-Id");
    return id != null && REQUEST_ID.matcher(id.getValue()).matches() ? id.getValue() : null;
  }

  /** Reads the whole body, so that nothing is left to wait for. */
  private static ClassicHttpResponse received(
      ClassicHttpResponse response, int largest, ExecRuntime connection) throws IOException {
    HttpEntity entity = response.getEntity();
    if (entity == null) {
      return response;
    }
    try {
      // Not closed where it fails: that would wait for the rest, and fail in another way.
      InputStream content = entity.getContent();
      byte[] body = content.readNBytes(largest + 1);
      if (body.length > largest) {
        throw new PaymentProviderException(
            "Stripe's answer is larger than " + largest / 1024 + " KiB");
      }
      content.close();
      // Nobody asked for a compressed one, and Camel would take it apart, whatever its size.
      response.removeHeaders(HttpHeaders.CONTENT_ENCODING);
      response.setEntity(new ByteArrayEntity(body, null));
      return response;
    } catch (IOException | RuntimeException e) {
      connection.discardEndpoint();
      throw e;
    }
  }

  @Override
  public void close() {
    deadlines.shutdownNow();
  }
}
