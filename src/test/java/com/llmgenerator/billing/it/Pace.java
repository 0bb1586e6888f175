package com.llmgenerator.billing.it;

import com.llmgenerator.billing.it.Burst.Request;
import com.llmgenerator.billing.it.Burst.Timed;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Callers who come at a steady rate, whether or not those before them are answered: one in 20 opens
 * the portal with an API key, the others ask whether a user has a billing account.
 */
final class Pace implements AutoCloseable {
  private static final int BURSTS_A_SECOND = 20;

  private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
  private final ConcurrentLinkedQueue<Sent> bursts = new ConcurrentLinkedQueue<>();
  private final AtomicReference<RuntimeException> failure = new AtomicReference<>();
  private final PackagedPortal portal;
  private final Iterator<String> keys;
  private final Request question;
  private final int atOnce;

  private Pace(PackagedPortal portal, Iterator<String> keys, String token, int perSecond) {
    this.portal = portal;
    this.keys = keys;
    this.question = new Request("GET", Caller.AS_USER, token);
    this.atOnce = perSecond / BURSTS_A_SECOND;
  }

  private record Sent(Instant begun, Burst callers) {}

  /**
   * Begins to call.
   *
   * @param keys one for each caller who opens the portal
   * @param token of the user that the others ask about
   */
  static Pace start(PackagedPortal portal, Iterator<String> keys, String token, int perSecond) {
    Pace pace = new Pace(portal, keys, token, perSecond);
    pace.clock.scheduleAtFixedRate(pace::call, 0, 1_000 / BURSTS_A_SECOND, TimeUnit.MILLISECONDS);
    return pace;
  }

  private void call() {
    List<Request> requests = new ArrayList<>(Collections.nCopies(atOnce - 1, question));
    requests.add(Request.withApiKey(keys.next()));
    try {
      bursts.add(new Sent(Instant.now(), Burst.send(portal, requests)));
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
    for (Sent burst : bursts) {
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
