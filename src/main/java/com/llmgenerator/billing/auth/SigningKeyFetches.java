package com.llmgenerator.billing.auth;

import com.nimbusds.jose.jwk.JWKSet;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Fetches the realm's key set, one fetch at a time that all share, which reach Keycloak at least a
 * second apart, also while it is down.
 */
final class SigningKeyFetches implements Closeable {
  /** From the end of a fetch, since nobody knows when in between it reached Keycloak. */
  private static final Duration BETWEEN_FETCHES = Duration.ofSeconds(1);

  /** From the begin of a slow one; its way to Keycloak takes the least of its time. */
  private static final Duration BETWEEN_SLOW_FETCHES = Duration.ofMillis(1400);

  private final SigningKeyRetriever retriever;
  private final ScheduledExecutorService fetcher =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "signing-keys");
            thread.setDaemon(true);
            return thread;
          });
  private volatile Known known;
  private Fetch latest;

  SigningKeyFetches(SigningKeyRetriever retriever) {
    this.retriever = retriever;
  }

  /** What the fetches so far found; null before the first of them ended. */
  Known known() {
    return known;
  }

  /** Fetches from now on: at once, if no fetch has ended yet, and once in each such time. */
  void repeat(Duration time) {
    Duration first = known == null ? Duration.ZERO : time;
    fetcher.scheduleWithFixedDelay(
        this::latest, first.toSeconds(), time.toSeconds(), TimeUnit.SECONDS);
  }

  /** The fetch that runs, or that was too recent for another; otherwise a new one. */
  synchronized Fetch latest() {
    long now = System.nanoTime();
    if (latest == null || latest.end().isDone() && mayBegin(now)) {
      latest = new Fetch(now, CompletableFuture.runAsync(() -> fetch(now), fetcher));
    }
    return latest;
  }

  private boolean mayBegin(long now) {
    Known last = known;
    return last == null
        || !isWithin(BETWEEN_FETCHES, last.ended(), now)
        || !isWithin(BETWEEN_SLOW_FETCHES, last.began(), now);
  }

  private void fetch(long began) {
    Known last = known;
    try {
      JWKSet published = retriever.retrieve();
      long ended = System.nanoTime();
      boolean same = last != null && last.hasKeysOf(published);
      known = new Known(began, ended, ended, same ? last.keys() : published, null);
    } catch (IOException | RuntimeException e) {
      long ended = System.nanoTime();
      known =
          last == null
              ? new Known(began, ended, ended, null, e.getMessage())
              : new Known(began, ended, last.fetched(), last.keys(), e.getMessage());
    }
  }

  static boolean isWithin(Duration time, long begin, long end) {
    return end - begin < time.toNanos();
  }

  /** Ends the fetching. */
  @Override
  public void close() {
    fetcher.shutdown();
  }

  /**
   * A fetch.
   *
   * @param began when, by {@link System#nanoTime}
   * @param end completes when it ended and {@link #known} has what it found
   */
  record Fetch(long began, CompletableFuture<Void> end) {}

  /**
   * What is known since a fetch ended.
   *
   * @param began when that fetch began, by {@link System#nanoTime}
   * @param ended when it ended
   * @param fetched when the keys were fetched: by that fetch or, if it failed, before
   * @param keys null if none were fetched yet
   * @param failure why that fetch failed, or null
   */
  record Known(long began, long ended, long fetched, JWKSet keys, String failure) {
    boolean isKept(Duration kept) {
      return keys != null && isWithin(kept, fetched, System.nanoTime());
    }

    boolean hasKeysOf(JWKSet other) {
      return keys != null && Set.copyOf(keys.getKeys()).equals(Set.copyOf(other.getKeys()));
    }
  }
}
