package com.llmgenerator.billing.http;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * A connection with total times, which Jetty lacks: its own end only what is silent. The head of a
 * request must arrive within 5 s of its first byte, its body within 5 s of its head, and its answer
 * must be read within 20 s of its head.
 */
final class TimedEndPoint extends SocketChannelEndPoint {
  private static final Duration FIRST_BYTE = Duration.ofSeconds(10);
  private static final Duration HEAD = Duration.ofSeconds(5);
  private static final Duration BODY = Duration.ofSeconds(5);
  // After the body and portal.deadline, at most 10 s, there are 5 s to read the answer.
  private static final Duration ANSWER = Duration.ofSeconds(20);
  // Longer than proxies keep theirs, so that none is closed while a request is on its way.
  private static final Duration IDLE = Duration.ofSeconds(75);
  private static final Duration LINGER = Duration.ofSeconds(2);

  private enum Phase {
    IDLE,
    HEAD,
    BODY,
    ANSWER,
    LINGER
  }

  /** By {@link System#nanoTime}. */
  private record Wait(Phase phase, long since, long deadline) {}

  private final RequestMemory.Received received;
  private volatile Wait wait;
  private volatile boolean ended;

  /**
   * @param memory of its requests
   */
  TimedEndPoint(
      SocketChannel channel,
      ManagedSelector selector,
      SelectionKey key,
      Scheduler scheduler,
      RequestMemory memory) {
    super(channel, selector, key, scheduler);
    received = memory.new Received(this);
    await(Phase.IDLE, System.nanoTime(), FIRST_BYTE);
  }

  static TimedEndPoint of(Request request) {
    return (TimedEndPoint) request.getConnectionMetaData().getConnection().getEndPoint();
  }

  private void await(Phase next, long begin, Duration longest) {
    wait = new Wait(next, begin, begin + longest.toNanos());
  }

  @Override
  public int fill(ByteBuffer buffer) throws IOException {
    if (ended && wait.phase == Phase.BODY) {
      return 0;
    }
    int filled = super.fill(buffer);
    if (filled > 0) {
      received(buffer.slice(buffer.limit() - filled, filled));
    }
    return filled;
  }

  private void received(ByteBuffer part) {
    Phase phase = wait.phase;
    if (phase == Phase.IDLE) {
      await(Phase.HEAD, System.nanoTime(), HEAD);
    }
    if (phase != Phase.LINGER) {
      received.add(part);
    }
  }

  /** What the connection has received of its request. */
  RequestMemory.Received received() {
    return received;
  }

  /** The head of a request has arrived. */
  void awaitBody(Request request) {
    ended = false;
    received.beginBody(request.getHeaders().contains(HttpHeader.TRANSFER_ENCODING));
    await(Phase.BODY, request.getHeadersNanoTime(), BODY);
  }

  /** A request has arrived whole. */
  void awaitAnswer(Request request) {
    await(Phase.ANSWER, request.getHeadersNanoTime(), ANSWER);
    received.arrived();
  }

  /** An answer was sent: completes its request now, or when the caller has stopped sending. */
  void answered(Callback request) {
    // Who is ended would keep, for as long, the memory that others need.
    if (isOutputShutdown() && !ended) {
      received.mayEnd();
      await(Phase.LINGER, System.nanoTime(), LINGER);
      new LingeringClose(this, request).succeeded();
    } else {
      received.over();
      await(Phase.IDLE, System.nanoTime(), IDLE);
      request.succeeded();
    }
  }

  /** Ends what takes too long; to be called often. */
  void expire(long now) {
    Wait expired = wait;
    long late = now - expired.deadline;
    boolean mayAnswer = expired.phase == Phase.BODY && late < LINGER.toNanos();
    if (late >= 0 && (!mayAnswer || failRead())) {
      close();
    }
  }

  /** Fails whoever waits for the body, who answers; true if nobody does. */
  private boolean failRead() {
    return !getFillInterest().onFail(new TimeoutException("The body is too slow"));
  }

  /**
   * Ends a request that is still arriving, or rejected, since others need its memory.
   *
   * @param executor answers it, if its head is known
   */
  void end(Executor executor) {
    Phase phase = wait.phase;
    if (phase == Phase.HEAD || phase == Phase.LINGER) {
      close();
    } else if (phase == Phase.BODY) {
      ended = true;
      executor.execute(this::rejectBody);
    }
  }

  /** Lets the rest of the body be waited for no more. */
  void rejectBody() {
    if (wait.phase == Phase.BODY && failRead()) {
      close();
    }
  }

  boolean isEnded() {
    return ended;
  }

  /** Is closed, but may be held by the selector until it has gone round. */
  void gone() {
    setConnection(null);
    received.gone();
  }

  /** For how many nanoseconds it has no request; negative if it has one. */
  long idle(long now) {
    Wait current = wait;
    return current.phase == Phase.IDLE ? Math.max(0, now - current.since) : -1;
  }
}
