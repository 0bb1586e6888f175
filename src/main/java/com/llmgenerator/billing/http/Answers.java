package com.llmgenerator.billing.http;

import com.llmgenerator.billing.request.AccessLog;
import java.nio.ByteBuffer;
import java.util.function.BiConsumer;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.PreEncodedHttpField;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Invocable.InvocationType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends answers, also to what Jetty itself rejects: a problem, never a page. */
final class Answers implements Request.Handler {
  private static final Logger LOG = LoggerFactory.getLogger(Answers.class);

  private static final HttpField NOT_KEPT =
      new PreEncodedHttpField(HttpHeader.CACHE_CONTROL, "no-store");

  static final Answers OF_MANAGEMENT = new Answers((request, answer) -> {}, false);

  private final BiConsumer<HttpFields, HttpFields.Mutable> completion;
  private final boolean logged;

  /**
   * @param completion adds to the headers of an answer by those of its request
   * @param logged whether rejected requests have their line in the access log
   */
  Answers(BiConsumer<HttpFields, HttpFields.Mutable> completion, boolean logged) {
    this.completion = completion;
    this.logged = logged;
  }

  /**
   * Answers a request.
   *
   * @param last whether the connection ends with it, since its caller may still send
   */
  void send(Call call, Answer answer, boolean last) {
    Response response = call.response();
    HttpFields.Mutable headers = response.getHeaders();
    response.setStatus(answer.status());
    headers.put(NOT_KEPT);
    answer.headers().forEach(headers::put);
    headers.put(AccessLog.ID_HEADER, call.id());
    if (answer.status() != HttpStatus.NO_CONTENT_204) {
      headers.put(HttpHeader.CONTENT_LENGTH, answer.body().length);
    }
    HttpVersion version = call.request().getConnectionMetaData().getHttpVersion();
    if (last || version == HttpVersion.HTTP_1_0) {
      headers.put(HttpFields.CONNECTION_CLOSE);
    }
    completion.accept(call.headers(), headers);
    TimedEndPoint endPoint = TimedEndPoint.of(call.request());
    response.write(
        true,
        ByteBuffer.wrap(answer.body()),
        Callback.from(
            InvocationType.NON_BLOCKING,
            () -> endPoint.answered(call.callback()),
            call.callback()::failed));
  }

  /** Answers a request that reaches no route. */
  void reject(Call call, RejectedRequest why, boolean last) {
    if (logged) {
      note(call, why.status(), why.code());
    }
    send(call, Answer.refusal(why, call.id()), last);
  }

  /** Writes the line of a request that reaches no route. */
  void note(Call call, int status, String code) {
    AccessLog.begin(call.id(), call.request().getHeadersNanoTime());
    AccessLog.note("code", code);
    AccessLog.end(status);
  }

  /** Answers what Jetty rejects, or a fault; but nobody who is gone before the end of a head. */
  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    Throwable cause = (Throwable) request.getAttribute(ErrorHandler.ERROR_EXCEPTION);
    EndPoint endPoint = TimedEndPoint.of(request);
    if (!endPoint.isOpen() || cause instanceof HttpException && endPoint.isInputShutdown()) {
      callback.failed(cause == null ? new EofException() : cause);
      return true;
    }
    RejectedRequest why = why(response.getStatus());
    if (why == RejectedRequest.FAULT) {
      LOG.error("The HTTP border failed", cause);
    }
    reject(Call.of(request, response, callback), why, true);
    return true;
  }

  private static RejectedRequest why(int status) {
    if (status == HttpStatus.URI_TOO_LONG_414
        || status == HttpStatus.REQUEST_HEADER_FIELDS_TOO_LARGE_431) {
      return RejectedRequest.HEAD_TOO_LARGE;
    }
    boolean malformed =
        HttpStatus.isClientError(status) || status == HttpStatus.HTTP_VERSION_NOT_SUPPORTED_505;
    return malformed ? RejectedRequest.MALFORMED : RejectedRequest.FAULT;
  }
}
