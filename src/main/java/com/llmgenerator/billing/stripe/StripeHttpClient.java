package com.llmgenerator.billing.stripe;

import com.llmgenerator.billing.Settings;
import com.llmgenerator.billing.http.Deadline;
import com.llmgenerator.billing.http.RequestLog;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.httpcomponents.hc5.ObservationExecChainHandler;
import io.micrometer.observation.ObservationRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.apache.camel.component.http.HttpClientConfigurer;
import org.apache.hc.client5.http.classic.ExecChain;
import org.apache.hc.client5.http.classic.ExecChainHandler;
import org.apache.hc.client5.http.impl.ChainElement;
import org.apache.hc.client5.http.impl.DefaultClientConnectionReuseStrategy;
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;
import org.apache.hc.core5.concurrent.Cancellable;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ConnectionRequestTimeoutException;
import org.apache.hc.core5.http.ConnectionReuseStrategy;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Component;

/**
 * Makes the HTTP client of camel-http keep the deadline of the request it works for, whatever the
 * other side does: the client's own time-outs are for one read, and bytes can come one by one. Also
 * bounds the size of an answer, sends requests again as {@link StripeRetries} says, and takes an
 * answer of 500 or more for the failure that it is.
 *
 * <p>Failures are thrown by the names that routes know, and without their causes: Camel would look
 * for a handler of the innermost cause first, which other failures can have too.
 */
@Component
final class StripeHttpClient implements HttpClientConfigurer, AutoCloseable {
  private static final int LARGEST_ANSWER = 64 * 1024;
  private static final Duration DISTRUST = Duration.ofMinutes(1);
  private static final ConnectionReuseStrategy REUSE =
      DefaultClientConnectionReuseStrategy.INSTANCE;
  private static final Pattern REQUEST_ID = Pattern.compile("req_\\w{1,60}");

  private final Duration deadline;
  private final Duration longestAttempt;
  private final MeterRegistry metrics;
  private final ExecChainHandler measurement;
  private final ScheduledThreadPoolExecutor guards;
  private volatile long distrustedAt = System.nanoTime() - DISTRUST.toNanos();

  StripeHttpClient(
      Settings settings,
      @Value("${camel.component.http.connect-timeout}") long connectMillis,
      @Value("${camel.component.http.response-timeout}") long responseMillis,
      @Value("${management.tracing.enabled}") boolean traced,
      MeterRegistry metrics,
      ObservationRegistry observations) {
    this.deadline = settings.portal().deadline();
    this.metrics = metrics;
    this.measurement =
        traced ? new ObservationExecChainHandler(observations) : new AttemptMetrics(metrics);
    this.longestAttempt = Duration.ofMillis(connectMillis + responseMillis);
    this.guards =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread thread = new Thread(task, "stripe-deadline");
              thread.setDaemon(true);
              return thread;
            });
    guards.setRemoveOnCancelPolicy(true);
  }

  @Override
  public void configureHttpClient(HttpClientBuilder builder) {
    configureHttpClient(builder, LARGEST_ANSWER, deadline, longestAttempt);
  }

  /**
   * As {@link #configureHttpClient(HttpClientBuilder)}, for other answers.
   *
   * @param largestAnswer its size in bytes
   * @param deadline how long a call may take where no request is being answered
   * @param longestAttempt how long one attempt can take
   */
  void configureHttpClient(
      HttpClientBuilder builder, int largestAnswer, Duration deadline, Duration longestAttempt) {
    builder.addExecInterceptorFirst(
        "deadline", (request, scope, chain) -> callWithinDeadline(request, scope, chain, deadline));
    builder.disableContentCompression();
    builder.setConnectionReuseStrategy(
        (request, response, context) -> trusted() && REUSE.keepAlive(request, response, context));
    builder.setRetryStrategy(new StripeRetries(deadline, longestAttempt, metrics));
    // Each attempt: what breaks off in the body of an answer is tried again, too.
    builder.addExecInterceptorAfter(
        ChainElement.RETRY.name(),
        "receive",
        (request, scope, chain) -> received(chain.proceed(request, scope), largestAnswer));
    // Each attempt is measured, and carries the trace where traces are switched on.
    builder.addExecInterceptorLast("measurement", measurement);
  }

  /**
   * Uses no connection twice for a while: an answer came that belongs to another request, so that
   * all later ones of its connection may.
   */
  void distrustConnections() {
    distrustedAt = System.nanoTime();
  }

  private boolean trusted() {
    return System.nanoTime() - distrustedAt >= DISTRUST.toNanos();
  }

  private ClassicHttpResponse callWithinDeadline(
      ClassicHttpRequest request, ExecChain.Scope scope, ExecChain chain, Duration deadline) {
    Duration left = Deadline.left(deadline);
    if (left.isNegative() || left.isZero()) {
      throw new PaymentProviderBusyException("No time is left to ask Stripe");
    }
    Cancellable call = (Cancellable) scope.originalRequest;
    AtomicBoolean late = new AtomicBoolean();
    ScheduledFuture<?> guard =
        guards.schedule(
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
    } catch (ConnectionRequestTimeoutException e) {
      throw new PaymentProviderBusyException("All connections to Stripe are taken");
    } catch (IOException | HttpException e) {
      if (late.get() || e instanceof SocketTimeoutException) {
        throw new PaymentProviderTimeoutException("Stripe did not answer in time");
      }
      throw new PaymentProviderException("Stripe cannot be reached: " + describe(e));
    } catch (RuntimeException e) {
      // Cancelled between two of its steps, the client fails in many ways, NullPointerException
      // among them.
      throw late.get() ? new PaymentProviderTimeoutException("Stripe did not answer in time") : e;
    } finally {
      guard.cancel(false);
    }
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
  private static ClassicHttpResponse received(ClassicHttpResponse response, int largest)
      throws IOException {
    HttpEntity entity = response.getEntity();
    if (entity == null) {
      return response;
    }
    try (InputStream content = entity.getContent()) {
      byte[] body = content.readNBytes(largest + 1);
      if (body.length > largest) {
        throw new PaymentProviderException(
            "Stripe's answer is larger than " + largest / 1024 + " KiB");
      }
      // Nobody asked for a compressed one, and Camel would take it apart, whatever its size.
      response.removeHeaders(HttpHeaders.CONTENT_ENCODING);
      response.setEntity(new ByteArrayEntity(body, null));
      return response;
    } catch (IOException | RuntimeException e) {
      response.close();
      throw e;
    }
  }

  @Override
  public void close() {
    guards.shutdownNow();
  }
}
