package com.llmgenerator.billing.http;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Connection;
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

  /** Bytes of heap that a header or a trailer takes beside its text. */
  private static final int FIELD = 128;

  /** Bytes that tell who is slow. */
  private static final int PART = 8 * 1024;

  private enum Phase {
    IDLE,
    HEAD,
    BODY,
    ANSWER,
    LINGER
  }

  /** By {@link System#nanoTime}. */
  private record Wait(Phase phase, long since, long deadline) {}

  private final RequestMemory memory;
  private volatile Wait wait;
  private volatile int bytes;
  private volatile long lastPart;
  private volatile int fields;
  private volatile boolean hasFields = true;
  private volatile boolean charged;
  private volatile boolean ended;
  private volatile boolean gone;

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
    this.memory = memory;
    await(Phase.IDLE, System.nanoTime(), FIRST_BYTE);
  }

  static TimedEndPoint of(Request request) {
    return (TimedEndPoint) request.getConnectionMetaData().getConnection().getEndPoint();
  }

  private void await(Phase next, long begin, Duration longest) {
    lastPart = begin;
    wait = new Wait(next, begin, begin + longest.toNanos());
  }

  @Override
  public int fill(ByteBuffer buffer) throws IOException {
    if (ended && wait.phase == Phase.BODY) {
      return 0;
    }
    int filled = super.fill(buffer);
    if (filled > 0) {
      received(buffer, filled);
    }
    return filled;
  }

  private void received(ByteBuffer buffer, int filled) {
    Phase phase = wait.phase;
    if (phase == Phase.IDLE) {
      await(Phase.HEAD, System.nanoTime(), HEAD);
    }
    if (phase != Phase.LINGER) {
      if (bytes / PART != (bytes + filled) / PART) {
        lastPart = System.nanoTime();
      }
      bytes += filled;
      if (hasFields) {
        fields += lines(buffer.slice(buffer.limit() - filled, filled));
      }
      int held = bytes + fields * FIELD;
      if (charged || RequestMemory.isCharged(held)) {
        charged = true;
        memory.charge(this, held);
        if (gone) {
          memory.release(this);
        }
      }
    }
  }

  /** A part of the body has arrived: its lines are no trailers. */
  void arrived(ByteBuffer content) {
    if (hasFields) {
      fields = Math.max(0, fields - lines(content));
    }
  }

  private static int lines(ByteBuffer buffer) {
    int lines = 0;
    for (int i = buffer.position(); i < buffer.limit(); i++) {
      lines += buffer.get(i) == '\n' ? 1 : 0;
    }
    return lines;
  }

  private void releaseMemory() {
    if (charged) {
      memory.release(this);
    }
    charged = false;
    bytes = 0;
    fields = 0;
    hasFields = true;
  }

  /** The head of a request has arrived. */
  void awaitBody(Request request) {
    ended = false;
    if (!charged) {
      bytes = 0;
      fields = 0;
    }
    hasFields = request.getHeaders().contains(HttpHeader.TRANSFER_ENCODING);
    await(Phase.BODY, request.getHeadersNanoTime(), BODY);
  }

  /** A request has arrived whole. */
  void awaitAnswer(Request request) {
    await(Phase.ANSWER, request.getHeadersNanoTime(), ANSWER);
    if (charged) {
      memory.arrived(this);
    }
  }

  /** An answer was sent: completes its request now, or when the caller has stopped sending. */
  void answered(Callback request) {
    releaseMemory();
    if (isOutputShutdown()) {
      await(Phase.LINGER, System.nanoTime(), LINGER);
      new LingeringClose(this, request).succeeded();
    } else {
      await(Phase.IDLE, System.nanoTime(), IDLE);
      request.succeeded();
    }
  }

  /** Ends what takes too long; to be called often. */
  void expire(long now) {
    Wait expired = wait;
    if (now - expired.deadline >= 0 && (expired.phase != Phase.BODY || failRead())) {
      close();
    }
  }

  /** Fails whoever waits for the body, who answers; true if nobody does. */
  private boolean failRead() {
    Connection connection = getConnection();
    return connection == null
        || connection.onIdleExpired(new TimeoutException("The body is too slow"));
  }

  /**
   * Ends a request that is still arriving, since others need its memory.
   *
   * @param executor answers it, if its head is known
   */
  void end(Executor executor) {
    Phase phase = wait.phase;
    if (phase == Phase.HEAD) {
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

  /** When the last 8 KiB of the request that is arriving had arrived. */
  long lastPart() {
    return lastPart;
  }

  /** Is closed, but may be held by the selector until it has gone round. */
  void gone() {
    setConnection(null);
    gone = true;
    releaseMemory();
  }

  /** For how many nanoseconds it has no request; negative if it has one. */
  long idle(long now) {
    Wait current = wait;
    return current.phase == Phase.IDLE ? Math.max(0, now - current.since) : -1;
  }
}
