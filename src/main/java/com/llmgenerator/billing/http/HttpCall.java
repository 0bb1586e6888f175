package com.llmgenerator.billing.http;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import java.io.ByteArrayOutputStream;
import java.util.concurrent.atomic.AtomicReference;

/** One request on a connection, and the way back to its caller. */
final class HttpCall {
  private static final Runnable NOTHING = () -> {};

  private final HttpConnection connection;
  private final HttpRequest head;
  private final String path;
  private final String id;
  private final long begunNanos = System.nanoTime();
  private final ByteArrayOutputStream body = new ByteArrayOutputStream(0);
  private final AtomicReference<Runnable> afterwards = new AtomicReference<>(NOTHING);
  private int largestBody;

  HttpCall(HttpConnection connection, HttpRequest head) {
    this.connection = connection;
    this.head = head;
    String target = HeadRules.target(head);
    int query = target.indexOf('?');
    this.path = query < 0 ? target : target.substring(0, query);
    this.id = RequestLog.id(head.headers().get(RequestLog.ID_HEADER));
  }

  /** The request's id, its caller's or a new one. */
  String id() {
    return id;
  }

  /** When the head had arrived, by {@link System#nanoTime}. */
  long begunNanos() {
    return begunNanos;
  }

  String method() {
    return head.method().name();
  }

  /** The path of the target as it was sent, without a query. */
  String path() {
    return path;
  }

  HttpHeaders headers() {
    return head.headers();
  }

  HttpRequest head() {
    return head;
  }

  /** The bytes of the body that arrived; all of them once the call is served. */
  byte[] body() {
    return body.toByteArray();
  }

  boolean hasBody() {
    return body.size() > 0;
  }

  /**
   * Lets a body come that is not larger, in bytes. What is received into grows with it: who only
   * promises a body gets no memory for it.
   */
  void take(int largest) {
    largestBody = largest;
  }

  /** What is to be done once, however the call ends. */
  void afterwards(Runnable task) {
    afterwards.set(task);
  }

  /** Adds what came of the body; false if it is too large by now. */
  boolean add(byte[] part) {
    if (part.length > largestBody - body.size()) {
      return false;
    }
    body.writeBytes(part);
    return true;
  }

  /** Whether the head announces a body that is not larger, or none. */
  boolean announces(int largest) {
    return !HttpUtil.isTransferEncodingChunked(head)
        && HttpUtil.getContentLength(head, 0L) <= largest;
  }

  boolean takes(long length) {
    return length <= largestBody;
  }

  /** Sends the answer; for any thread. */
  void answer(Answer answer) {
    connection.answer(this, answer);
  }

  void end() {
    afterwards.getAndSet(NOTHING).run();
  }
}
