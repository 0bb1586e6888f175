package com.llmgenerator.billing.http;

import java.nio.ByteBuffer;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * The memory of bodies, and of heads, that take more than 8 KiB of heap, as they arrive, from
 * anybody: all of them have a sixteenth of the heap. When it is used up, the slowest of those that
 * are still arriving, or were rejected, is ended: whose last 8 KiB came the longest ago.
 */
final class RequestMemory {
  private static final int PART = 8 * 1024;

  /** Bytes of heap that a header or a trailer takes beside its text. */
  private static final int FIELD = 128;

  private final long most = Runtime.getRuntime().maxMemory() / 16;
  private final Set<Received> large = new HashSet<>();
  private long used;

  private synchronized void charge(Received request, int bytes) {
    charged(request, request.gone ? 0 : bytes);
    while (used > most) {
      long now = System.nanoTime();
      Optional<Received> slowest =
          large.stream()
              .filter(each -> each.endPoint.mayEnd())
              .max(Comparator.comparingLong(each -> now - each.lastPart));
      if (slowest.isEmpty()) {
        return;
      }
      charged(slowest.get(), 0);
      slowest.get().endPoint.end();
    }
  }

  private void charged(Received request, int bytes) {
    used += bytes - request.charged;
    request.charged = bytes;
    if (bytes == 0) {
      large.remove(request);
    } else {
      large.add(request);
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

    /** The request is over. */
    void over() {
      bytes = 0;
      fields = 0;
      hasFields = true;
      if (charged > 0) {
        charge(this, 0);
      }
    }

    /** The connection is over. */
    void gone() {
      gone = true;
      charge(this, 0);
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
