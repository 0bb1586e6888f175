package com.llmgenerator.billing.http;

import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.Executor;

/**
 * The memory of bodies, and of heads, that take more than 8 KiB of heap, as they arrive, from
 * anybody: all of them have a sixteenth of the heap. When it is used up, the slowest of those that
 * are still arriving, or were rejected, is ended: whose last 8 KiB came the longest ago.
 */
final class RequestMemory {
  private static final int PART = 8 * 1024;
  private static final int SHARE_OF_HEAP = 16;

  /** Bytes of heap that a header or a trailer takes beside its text. */
  private static final int FIELD = 128;

  private final long most = Runtime.getRuntime().maxMemory() / SHARE_OF_HEAP;
  private final Set<Received> endable = new HashSet<>();
  private final Executor executor;
  private long used;

  /**
   * @param executor answers those that are ended
   */
  RequestMemory(Executor executor) {
    this.executor = executor;
  }

  private synchronized void charge(Received request, int bytes) {
    if (request.gone) {
      return;
    }
    used += bytes - request.charged;
    request.charged = bytes;
    endable.add(request);
    long now = System.nanoTime();
    while (used > most && !endable.isEmpty()) {
      Received slowest =
          Collections.max(endable, Comparator.comparingLong(each -> now - each.lastPart));
      release(slowest);
      slowest.endPoint.end(executor);
    }
  }

  private synchronized void release(Received request) {
    endable.remove(request);
    used -= request.charged;
    request.charged = 0;
  }

  private synchronized void mayEnd(Received request, boolean may) {
    if (may) {
      endable.add(request);
    } else {
      endable.remove(request);
    }
  }

  /** What a connection has received of its request: first the head, and then the body. */
  final class Received {
    private final TimedEndPoint endPoint;
    private volatile long lastPart = System.nanoTime();
    private volatile int charged;
    private volatile boolean gone;
    private int bytes;
    private int fields;
    private boolean hasFields = true;

    Received(TimedEndPoint endPoint) {
      this.endPoint = endPoint;
    }

    /** Some bytes have arrived. */
    void add(ByteBuffer part) {
      int before = bytes;
      bytes += part.remaining();
      if (before == 0 || before / PART != bytes / PART) {
        lastPart = System.nanoTime();
      }
      if (hasFields) {
        fields += lines(part);
      }
      int held = bytes + fields * FIELD;
      if (charged > 0 || held > PART) {
        charge(this, held);
      }
    }

    /** They were content: neither their lines nor the two beside a chunk are trailers. */
    void wereContent(ByteBuffer part) {
      if (hasFields) {
        fields = Math.max(0, fields - lines(part) - 2);
      }
    }

    /** The head has arrived. A small one does not count any more. */
    void beginBody(boolean hasTrailers) {
      if (charged == 0) {
        bytes = 0;
        fields = 0;
      }
      hasFields = hasTrailers;
      lastPart = System.nanoTime();
    }

    /** The request has arrived whole: it is ended no more. */
    void arrived() {
      if (charged > 0) {
        RequestMemory.this.mayEnd(this, false);
      }
    }

    /** The request is answered, and its memory still taken. */
    void mayEnd() {
      if (charged > 0) {
        RequestMemory.this.mayEnd(this, true);
      }
    }

    /** The request is over. */
    void over() {
      if (charged > 0) {
        release(this);
      }
      bytes = 0;
      fields = 0;
      hasFields = true;
    }

    /** The connection is over. */
    void gone() {
      gone = true;
      release(this);
    }

    private static int lines(ByteBuffer part) {
      int lines = 0;
      for (int i = part.position(); i < part.limit(); i++) {
        lines += part.get(i) == '\n' ? 1 : 0;
      }
      return lines;
    }
  }
}
