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
import java.util.concurrent.CancellationException;
import javax.net.ssl.SSLException;
import org.apache.hc.client5.http.classic.ExecChain;
import org.apache.hc.client5.http.classic.ExecChainHandler;
import org.apache.hc.client5.http.classic.ExecRuntime;
import org.apache.hc.client5.http.impl.classic.RequestFailedException;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ConnectionRequestTimeoutException;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpHeaders;
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
  private static final int TOO_MANY_REQUESTS = 429;

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
    } catch (ConnectionRequestTimeoutException | RequestFailedException | CancellationException e) {
      // The pool may see first that the wait is over, and cancelling ends it, too.
      breaker.releasePermission();
      throw notMade(scope, "All connections to Stripe are taken");
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
        : new TemporarilyUnavailableException(reason);
  }

  /** What a failed attempt is to the caller. */
  static RuntimeException failure(Exception failure) {
    return failure instanceof SocketTimeoutException
        ? timedOut()
        : new PaymentProviderException("Stripe cannot be reached: " + describe(failure));
  }

  static PaymentProviderTimeoutException timedOut() {
    return new PaymentProviderTimeoutException("Stripe did not answer in time");
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
}
