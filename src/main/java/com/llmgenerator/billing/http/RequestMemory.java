package com.llmgenerator.billing.http;

import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;

/**
 * The memory of bodies, and of heads, that take more than 8 KiB of heap, as they arrive, from
 * anybody: all of them have a sixteenth of the heap. When it is used up, the slowest of those that
 * are still arriving is ended: whose last 8 KiB came the longest ago.
 */
final class RequestMemory {
  private static final int SMALL = 8 * 1024;
  private static final int SHARE_OF_HEAP = 16;

  private final long most = Runtime.getRuntime().maxMemory() / SHARE_OF_HEAP;
  private final Map<TimedEndPoint, Integer> charged = new HashMap<>();
  private final Set<TimedEndPoint> arriving = new HashSet<>();
  private final Executor executor;
  private long used;

  /**
   * @param executor answers those that are ended
   */
  RequestMemory(Executor executor) {
    this.executor = executor;
  }

  /** Whether a body, or a head, that takes so many bytes is charged. */
  static boolean isCharged(int bytes) {
    return bytes > SMALL;
  }

  /** Charges a request with the bytes that it takes now. */
  synchronized void charge(TimedEndPoint request, int bytes) {
    Integer before = charged.put(request, bytes);
    used += bytes - (before == null ? 0 : before);
    arriving.add(request);
    long now = System.nanoTime();
    while (used > most && !arriving.isEmpty()) {
      TimedEndPoint slowest =
          Collections.max(arriving, Comparator.comparingLong(each -> now - each.lastPart()));
      release(slowest);
      slowest.end(executor);
    }
  }

  /** A request has arrived whole: it is ended no more. */
  synchronized void arrived(TimedEndPoint request) {
    arriving.remove(request);
  }

  /** A request is over. */
  synchronized void release(TimedEndPoint request) {
    arriving.remove(request);
    Integer bytes = charged.remove(request);
    used -= bytes == null ? 0 : bytes;
  }
}
