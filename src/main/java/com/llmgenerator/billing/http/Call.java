package com.llmgenerator.billing.http;

import com.llmgenerator.billing.problem.Problem;
import com.llmgenerator.billing.request.AccessLog;
import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.PreEncodedHttpField;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Invocable.InvocationType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A request, and the way back to its caller.
 *
 * @param cors of the public port; null at the management port, whose requests are not logged either
 * @param id its caller's or a new one
 */
record Call(Request request, Response response, Callback callback, Cors cors, String id) {
  private static final Logger LOG = LoggerFactory.getLogger(Call.class);
  private static final HttpField NOT_KEPT =
      new PreEncodedHttpField(HttpHeader.CACHE_CONTROL, "no-store");

  static Call of(Request request, Response response, Callback callback, Cors cors) {
    String id = AccessLog.id(request.getHeaders().get(AccessLog.ID_HEADER));
    return new Call(request, response, callback, cors, id);
  }

  /** Answers what Jetty rejects, or a fault; but nobody who is gone before the end of a head. */
  static Request.Handler errors(Cors cors) {
    return (request, response, callback) -> {
      Throwable cause = (Throwable) request.getAttribute(ErrorHandler.ERROR_EXCEPTION);
      TimedEndPoint endPoint = TimedEndPoint.of(request);
      if (!endPoint.isOpen() || cause instanceof HttpException && endPoint.isInputShutdown()) {
        callback.failed(cause == null ? new EofException() : cause);
        return true;
      }
      int status = response.getStatus();
      RejectedRequest why =
          status == 414 || status == 431
              ? RejectedRequest.HEAD_TOO_LARGE
              : status / 100 == 4 || status == 505
                  ? RejectedRequest.MALFORMED
                  : RejectedRequest.FAULT;
      if (why == RejectedRequest.FAULT) {
        LOG.error("The HTTP border failed", cause);
      }
      of(request, response, callback, cors).reject(why, true);
      return true;
    };
  }

  HttpFields headers() {
    return request.getHeaders();
  }

  String method() {
    return request.getMethod();
  }

  /** The path of the target as it was sent. */
  String path() {
    return request.getHttpURI().getPath();
  }

  boolean hasBody() {
    return request.getLength() > 0 || headers().contains(HttpHeader.TRANSFER_ENCODING);
  }

  TimedEndPoint endPoint() {
    return TimedEndPoint.of(request);
  }

  /** Rejects a request by its head, which has arrived; false if nothing is wrong with it. */
  boolean rejectByHead() {
    endPoint().awaitBody(request);
    RejectedRequest why = HeaderRules.check(request);
    if (why != null) {
      reject(why, true);
    }
    return why != null;
  }

  /** Answers a request that reaches no route. */
  void reject(RejectedRequest why, boolean last) {
    if (cors != null) {
      log(why.status, why.code);
    }
    send(problem(why), last);
  }

  /** Writes the line of a request that reaches no route. */
  void log(int status, String code) {
    AccessLog.begin(id, request.getHeadersNanoTime());
    AccessLog.note("code", code);
    AccessLog.end(status);
  }

  /** Makes the answer a problem, whose body is returned. */
  byte[] problem(RejectedRequest why) {
    response.setStatus(why.status);
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, Problem.MEDIA_TYPE);
    if (why == RejectedRequest.BUSY) {
      response.getHeaders().put(HttpHeader.RETRY_AFTER, "1");
    }
    return Problem.of(why.status, why.code, id).json();
  }

  /**
   * Sends an answer, whose status and own headers the response has.
   *
   * @param last whether the connection ends with it, since its caller may still send
   */
  void send(byte[] body, boolean last) {
    HttpFields.Mutable headers = response.getHeaders();
    if (!headers.contains(HttpHeader.CACHE_CONTROL)) {
      headers.put(NOT_KEPT);
    }
    headers.put(AccessLog.ID_HEADER, id);
    if (response.getStatus() != HttpStatus.NO_CONTENT_204) {
      headers.put(HttpHeader.CONTENT_LENGTH, body.length);
    }
    if (last || request.getConnectionMetaData().getHttpVersion() == HttpVersion.HTTP_1_0) {
      headers.put(HttpFields.CONNECTION_CLOSE);
    }
    if (cors != null) {
      cors.complete(headers(), headers);
    }
    TimedEndPoint endPoint = endPoint();
    Runnable sent = () -> endPoint.answered(callback);
    response.write(
        true,
        ByteBuffer.wrap(body),
        Callback.from(InvocationType.NON_BLOCKING, sent, callback::failed));
  }
}
