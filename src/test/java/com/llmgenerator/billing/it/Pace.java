package com.llmgenerator.billing.it;

import com.llmgenerator.billing.it.Crowd.Timed;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;

/**
 * Callers who come at a steady rate, whether or not those before them are answered, each with an
 * API key of some.
 */
final class Pace implements AutoCloseable {
  private static final int BURSTS_A_SECOND = 20;

  private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
  private final ConcurrentLinkedQueue<Burst> bursts = new ConcurrentLinkedQueue<>();
  private final AtomicReference<RuntimeException> failure = new AtomicReference<>();
  private final PackagedPortal portal;
  private final List<String> keys;
  private final int atOnce;
  private int called;

  private Pace(PackagedPortal portal, List<String> keys, int perSecond) {
    this.portal = portal;
    this.keys = keys;
    this.atOnce = perSecond / BURSTS_A_SECOND;
  }

  private record Burst(Instant begun, Crowd callers) {}

  /** Begins to call. */
  static Pace start(PackagedPortal portal, List<String> keys, int perSecond) {
    Pace pace = new Pace(portal, keys, perSecond);
    pace.clock.scheduleAtFixedRate(pace::call, 0, 1_000 / BURSTS_A_SECOND, TimeUnit.MILLISECONDS);
    return pace;
  }

  private void call() {
    List<String> callers =
        IntStream.range(0, atOnce).mapToObj(i -> keys.get(called++ % keys.size())).toList();
    try {
      bursts.add(new Burst(Instant.now(), Crowd.call(portal, callers)));
    } catch (RuntimeException e) {
      failure.set(e);
      throw e;
    }
  }

  /** Goes on for a while. */
  void goOn(Duration time) {
    try {
      TimeUnit.MILLISECONDS.sleep(time.toMillis());
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Calls no more, and waits for the answers of those who came at a time or later. */
  List<Timed> answersFrom(Instant time) {
    close();
    List<Timed> answers = new ArrayList<>();
    for (Burst burst : bursts) {
      List<Timed> answered = burst.callers().answers();
      if (!burst.begun().isBefore(time)) {
        answers.addAll(answered);
      }
    }
    return answers;
  }

  /** Calls no more. */
  @Override
  public void close() {
    clock.shutdown();
    try {
      clock.awaitTermination(1, TimeUnit.MINUTES);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    if (failure.get() != null) {
      throw new IllegalStateException("A caller could not call", failure.get());
    }
  }
}
