package com.llmgenerator.billing.request;

import java.time.Duration;

/**
 * When the request that this thread answers must be answered. It starts with the request and is
 * asked by whoever waits for another server on its behalf.
 */
public final class Deadline {
  private static final ThreadLocal<Long> END_NANOS = new ThreadLocal<>();

  private Deadline() {}

  public static void start(Duration allowed) {
    END_NANOS.set(System.nanoTime() + allowed.toNanos());
  }

  public static void end() {
    END_NANOS.remove();
  }

  /**
   * The time that is left, zero or negative if there is none.
   *
   * @param atMost what is left where no request is being answered
   */
  public static Duration left(Duration atMost) {
    Long end = END_NANOS.get();
    return end == null ? atMost : Duration.ofNanos(end - System.nanoTime());
  }
}
