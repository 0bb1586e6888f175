package com.llmgenerator.billing.http;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * A connection with total times, which Jetty lacks: its own end only what is silent. The head of a
 * request must arrive within 5 s of its first byte, its body within 5 s of its head, and its answer
 * must be read within 20 s of its head.
 */
final class TimedEndPoint extends SocketChannelEndPoint {
  private enum Phase {
    NEW(10),
    // Longer than proxies keep theirs, so that none is closed while a request is on its way.
    KEPT(75),
    HEAD(5),
    BODY(5),
    // After the body and portal.deadline, at most 10 s, there are 5 s to read the answer.
    ANSWER(20),
    LINGER(2);

    private final long nanos;

    Phase(int seconds) {
      nanos = Duration.ofSeconds(seconds).toNanos();
    }
  }

  private record Wait(Phase phase, long since) {
    boolean isIdle() {
      return phase == Phase.NEW || phase == Phase.KEPT;
    }

    long late(long now) {
      return now - since - phase.nanos;
    }
  }

  /** What the connection has received of its request. */
  final RequestMemory.Received received;

  /** Whether its request was ended, since others need its memory. */
  volatile boolean ended;

  private volatile Wait wait = new Wait(Phase.NEW, System.nanoTime());

  TimedEndPoint(
      SocketChannel channel,
      ManagedSelector selector,
      SelectionKey key,
      Scheduler scheduler,
      RequestMemory memory) {
    super(channel, selector, key, scheduler);
    received = memory.new Received(this);
  }

  static TimedEndPoint of(Request request) {
    return (TimedEndPoint) request.getConnectionMetaData().getConnection().getEndPoint();
  }

  @Override
  public int fill(ByteBuffer buffer) throws IOException {
    Wait before = wait;
    if (ended && before.phase == Phase.BODY) {
      return 0;
    }
    int filled = super.fill(buffer);
    if (filled > 0 && before.phase != Phase.LINGER) {
      if (before.isIdle()) {
        wait = new Wait(Phase.HEAD, System.nanoTime());
      }
      received.add(buffer.slice(buffer.limit() - filled, filled));
    }
    return filled;
  }

  /** The head of a request has arrived. */
  void awaitBody(Request request) {
    ended = false;
    received.beginBody(request.getHeaders().contains(HttpHeader.TRANSFER_ENCODING));
    wait = new Wait(Phase.BODY, request.getHeadersNanoTime());
  }

  /** A request has arrived whole. */
  void awaitAnswer(Request request) {
    wait = new Wait(Phase.ANSWER, request.getHeadersNanoTime());
  }

  /** An answer was sent: completes its request now, or when the caller has stopped sending. */
  void answered(Callback request) {
    // Who is ended would keep, for as long, the memory that others need.
    if (isOutputShutdown() && !ended) {
      wait = new Wait(Phase.LINGER, System.nanoTime());
      new LingeringClose(request).succeeded();
    } else {
      received.over();
      wait = new Wait(Phase.KEPT, System.nanoTime());
      request.succeeded();
    }
  }

  boolean isLate(long now) {
    return wait.late(now) >= 0;
  }

  /** Ends what takes too long: a body is answered first. */
  void expire() {
    Wait expired = wait;
    long late = expired.late(System.nanoTime());
    if (expired.phase == Phase.BODY && late >= 0 && late < Phase.LINGER.nanos) {
      rejectBody();
    } else if (late >= 0) {
      close();
    }
  }

  /** Whether its request is still arriving, or rejected. */
  boolean mayEnd() {
    Phase phase = wait.phase;
    return phase == Phase.HEAD || phase == Phase.BODY || phase == Phase.LINGER;
  }

  /** Ends its request, since others need its memory; it is answered if its head is known. */
  void end() {
    if (wait.phase == Phase.BODY) {
      ended = true;
      getScheduler().schedule(this::rejectBody, 0, TimeUnit.MILLISECONDS);
    } else if (mayEnd()) {
      close();
    }
  }

  /** Fails whoever waits for the rest of the body, who answers; if nobody does, it is closed. */
  void rejectBody() {
    if (wait.phase == Phase.BODY
        && !getFillInterest().onFail(new TimeoutException("The body is too slow"))) {
      close();
    }
  }

  /** Is closed, but may be held by the selector until it has gone round. */
  void gone() {
    setConnection(null);
    received.gone();
  }

  /** For how many nanoseconds it has no request; negative if it has one. */
  long idle(long now) {
    Wait current = wait;
    return current.isIdle() ? Math.max(0, now - current.since) : -1;
  }

  /**
   * Reads on after the last answer until the caller has stopped sending, for 2 MiB at most, and
   * only then lets the connection be closed: earlier a reset would overtake the answer.
   */
  private final class LingeringClose extends Callback.Nested {
    private final ByteBuffer discarded = BufferUtil.allocate(1024);
    private int bytes;

    LingeringClose(Callback request) {
      super(request);
    }

    @Override
    public void succeeded() {
      try {
        int filled;
        do {
          BufferUtil.clear(discarded);
          filled = fill(discarded);
          bytes += filled;
        } while (filled > 0 && bytes < 2 * 1024 * 1024);
        if (filled != 0 || !tryFillInterested(this)) {
          super.succeeded();
        }
      } catch (IOException e) {
        failed(e);
      }
    }

    @Override
    public InvocationType getInvocationType() {
      return InvocationType.NON_BLOCKING;
    }
  }
}
