package com.llmgenerator.billing.stripe;

import com.llmgenerator.billing.problem.PaymentProviderException;
import com.llmgenerator.billing.problem.PaymentProviderTimeoutException;
import com.llmgenerator.billing.problem.TemporarilyUnavailableException;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import javax.net.ssl.SSLException;
import org.apache.hc.client5.http.classic.ExecChain;
import org.apache.hc.client5.http.classic.ExecChainHandler;
import org.apache.hc.client5.http.impl.classic.RequestFailedException;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ConnectionRequestTimeoutException;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.HttpStatus;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;

/**
 * One attempt of a call to Stripe, up to the last byte of its answer, and the circuit breaker that
 * counts it. Lack of a connection, a 429, and a deadline that comes before the attempt began are no
 * failures of Stripe.
 */
final class StripeAttempt implements ExecChainHandler {
  /** Attribute of the client's context: the largest answer in bytes, if not 64 KiB. */
  static final String LARGEST_ANSWER = "stripe.largest-answer";

  /** Attribute of the client's context: why the attempt before failed, if there was one. */
  private static final String FAILURE = "stripe.failure";

  private static final int USUAL_LARGEST_ANSWER = 64 * 1024;

  private final CircuitBreaker breaker;

  StripeAttempt(CircuitBreaker breaker) {
    this.breaker = breaker;
  }

  /**
   * Makes the attempt.
   *
   * @throws RuntimeException the failure of the attempt before, where another one cannot be made
   */
  @Override
  public ClassicHttpResponse execute(
      ClassicHttpRequest request, ExecChain.Scope scope, ExecChain chain)
      throws IOException, HttpException {
    if (!breaker.tryAcquirePermission()) {
      throw notMade(scope, "The circuit breaker is open: Stripe failed too often");
    }
    long begin = breaker.getCurrentTimestamp();
    try {
      ClassicHttpResponse response = received(chain.proceed(request, scope), scope);
      if (response.getCode() >= 500) {
        fail(begin, scope, new PaymentProviderException("Stripe failed: " + response.getCode()));
      } else if (response.getCode() == HttpStatus.SC_TOO_MANY_REQUESTS) {
        breaker.releasePermission();
      } else {
        breaker.onSuccess(breaker.getCurrentTimestamp() - begin, breaker.getTimestampUnit());
      }
      return response;
    } catch (ConnectionRequestTimeoutException | RequestFailedException | CancellationException e) {
      // The pool may see first that the wait is over, and cancelling ends it, too.
      breaker.releasePermission();
      throw notMade(scope, "All connections to Stripe are taken");
    } catch (Throwable e) {
      fail(begin, scope, e instanceof Exception failure ? failure(failure) : e);
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
        : new TemporarilyUnavailableException(reason);
  }

  /** What a failed attempt is to the caller. */
  static RuntimeException failure(Exception failure) {
    if (failure instanceof RuntimeException asItIs) {
      return asItIs;
    }
    if (failure instanceof SocketTimeoutException) {
      return timedOut();
    }
    boolean beforeAnyAnswer =
        failure instanceof ConnectException
            || failure instanceof UnknownHostException
            || failure instanceof SSLException;
    // What came from the other side is not repeated: it can be part of a session's URL.
    return new PaymentProviderException(
        "Stripe cannot be reached: "
            + (beforeAnyAnswer ? failure : failure.getClass().getSimpleName()));
  }

  static PaymentProviderTimeoutException timedOut() {
    return new PaymentProviderTimeoutException("Stripe did not answer in time");
  }

  /** Reads the whole body, so that nothing is left to wait for. */
  private static ClassicHttpResponse received(ClassicHttpResponse response, ExecChain.Scope scope)
      throws IOException {
    if (response.getEntity() == null) {
      return response;
    }
    int largest =
        Objects.requireNonNullElse(
            scope.clientContext.getAttribute(LARGEST_ANSWER, Integer.class), USUAL_LARGEST_ANSWER);
    try {
      // Not closed where it fails: that would wait for the rest, and fail in another way.
      InputStream content = response.getEntity().getContent();
      // Told to expect more, it takes 16 KiB of heap for each answer.
      long length = response.getEntity().getContentLength();
      byte[] body =
          content.readNBytes(1 + (int) (length < 0 ? largest : Math.min(length, largest)));
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
      scope.execRuntime.discardEndpoint();
      throw e;
    }
  }
}
