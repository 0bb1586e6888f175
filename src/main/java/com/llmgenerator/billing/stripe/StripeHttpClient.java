package com.llmgenerator.billing.stripe;

import com.llmgenerator.billing.http.Deadline;
import com.llmgenerator.billing.http.RequestLog;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import org.apache.camel.component.http.HttpClientConfigurer;
import org.apache.hc.client5.http.classic.ExecChain;
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;
import org.apache.hc.core5.concurrent.Cancellable;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ConnectionRequestTimeoutException;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Component;

/**
 * Makes the HTTP client of camel-http keep the deadline of the request it works for, whatever the
 * other side does: the client's own time-outs are for one read, and bytes can come one by one. Also
 * bounds the size of an answer, and sends requests again as {@link StripeRetries} says.
 *
 * <p>Failures are thrown by the names that routes know, and without their causes: Camel would look
 * for a handler of the innermost cause first, which other failures can have too.
 */
@Component
final class StripeHttpClient implements HttpClientConfigurer, AutoCloseable {
  private static final int LARGEST_ANSWER = 64 * 1024;
  private static final Pattern REQUEST_ID = Pattern.compile("req_\\w{1,60}");

  private final Duration deadline;
  private final Duration longestAttempt;
  private final ScheduledThreadPoolExecutor guards;

  StripeHttpClient(
      @Value("${portal.deadline}") Duration deadline,
      @Value("${camel.component.http.connect-timeout}") long connectMillis,
      @Value("${camel.component.http.response-timeout}") long responseMillis) {
    this.deadline = deadline;
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
    builder.addExecInterceptorFirst("deadline", this::receiveWithinDeadline);
    builder.setRetryStrategy(new StripeRetries(deadline, longestAttempt));
  }

  private ClassicHttpResponse receiveWithinDeadline(
      ClassicHttpRequest request, ExecChain.Scope scope, ExecChain chain)
      throws IOException, HttpException {
    Cancellable call = (Cancellable) scope.originalRequest;
    AtomicBoolean late = new AtomicBoolean();
    ScheduledFuture<?> guard =
        guards.schedule(
            () -> {
              late.set(true);
              call.cancel();
            },
            Deadline.left(deadline).toMillis(),
            TimeUnit.MILLISECONDS);
    try {
      ClassicHttpResponse response = chain.proceed(request, scope);
      RequestLog.note("stripeRequestId", id(response));
      receive(response);
      return response;
    } catch (ConnectionRequestTimeoutException e) {
      throw new PaymentProviderBusyException("All connections to Stripe are taken");
    } catch (IOException e) {
      if (late.get() || e instanceof SocketTimeoutException) {
        throw new PaymentProviderTimeoutException("Stripe did not answer in time");
      }
      throw new PaymentProviderException("Stripe cannot be reached: " + e);
    } finally {
      guard.cancel(false);
    }
  }

  /** By this id Stripe's Dashboard and support find the request. */
  private static String id(ClassicHttpResponse response) {
    Header id = response.getFirstHeader("Request-Id");
    return id != null && REQUEST_ID.matcher(id.getValue()).matches() ? id.getValue() : null;
  }

  /** Reads the whole body, so that nothing is left to wait for. */
  private static void receive(ClassicHttpResponse response) throws IOException {
    HttpEntity entity = response.getEntity();
    if (entity == null) {
      return;
    }
    byte[] body;
    try {
      body = EntityUtils.toByteArray(entity, LARGEST_ANSWER + 1);
    } catch (IOException e) {
      response.close();
      throw e;
    }
    if (body == null || body.length > LARGEST_ANSWER) {
      response.close();
      throw new IOException("The answer is empty or larger than 64 KiB");
    }
    response.setEntity(new ByteArrayEntity(body, null));
  }

  @Override
  public void close() {
    guards.shutdownNow();
  }
}
