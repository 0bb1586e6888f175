package com.llmgenerator.billing.auth;

import com.llmgenerator.billing.config.KeycloakProperties;
import com.llmgenerator.billing.config.PortalProperties;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKMatcher;
import com.nimbusds.jose.jwk.JWKSelector;
import com.nimbusds.jose.jwk.JWKSet;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import java.io.Closeable;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.event.EventListener;
import org.springframework.scheduling.concurrent.CustomizableThreadFactory;
import org.springframework.stereotype.Component;

/**
 * The signing keys of the Keycloak realm: fetched at start, every four minutes, and when a token
 * names an unknown one, and kept through an outage of Keycloak. Fetches reach Keycloak at least a
 * second apart, also while it is down.
 *
 * <p>The library's own sources are not used. Their callers queue for a lock and, if a fetch takes
 * longer than their rate limit, fetch one after the other until the last of them is out of time; so
 * forged tokens would starve those of a new key. Here all share one fetch. Delete it once {@code
 * SigningKeysIT} passes without.
 */
@Component
final class SigningKeys implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(SigningKeys.class);
  private static final long MINUTES_BETWEEN_REFRESHES = 4;

  private static final long LONG_AGO = System.nanoTime() - Duration.ofDays(1).toNanos();

  /** From the end of a fetch, since nobody knows when in between it reached Keycloak. */
  private static final Duration BETWEEN_FETCHES = Duration.ofSeconds(1);

  /** From the begin of a slow one; its way to Keycloak takes the least of its time. */
  private static final Duration BETWEEN_SLOW_FETCHES = Duration.ofMillis(1400);

  /** Two seconds after a key was published, every fetch that is so recent has read it. */
  private static final Duration RECENT = Duration.ofMillis(1950);

  private final URI url;
  private final SigningKeyRetriever retriever;
  private final Duration kept;
  private final Semaphore waiting;
  private final ScheduledExecutorService fetcher =
      Executors.newSingleThreadScheduledExecutor(new CustomizableThreadFactory("signing-keys-"));
  private volatile Known known = new Known(LONG_AGO, LONG_AGO, LONG_AGO, null, null);
  private Fetch latest;

  SigningKeys(KeycloakProperties keycloak, PortalProperties portal, MeterRegistry metrics) {
    url = URI.create(keycloak.jwksUrl());
    retriever = new SigningKeyRetriever(url);
    kept = keycloak.keysKept();
    // Half of the requests: Keycloak may hang, and those whose key is known still find capacity.
    waiting = new Semaphore(Math.max(1, portal.requestsAtOnce() / 2));
    TimeGauge.builder("billing.signing.keys.age", this::age, TimeUnit.NANOSECONDS)
        .description("Time since the realm's signing keys were fetched; NaN before the first time")
        .register(metrics);
  }

  private double age() {
    Known last = known;
    return last.keys() == null ? Double.NaN : System.nanoTime() - last.fetched();
  }

  /** Not before: a start that fails has one reason to tell, and no other. */
  @EventListener(ApplicationReadyEvent.class)
  void refreshFromNowOn() {
    long first = known.keys() == null ? 0 : MINUTES_BETWEEN_REFRESHES;
    fetcher.scheduleWithFixedDelay(
        this::latest, first, MINUTES_BETWEEN_REFRESHES, TimeUnit.MINUTES);
  }

  /**
   * The key that a token names, if the realm has it.
   *
   * @throws KeySourceException if no key is known at all: an unknown one is no outage
   */
  Optional<JWK> find(JWSHeader header) throws KeySourceException {
    JWKSelector selector = new JWKSelector(JWKMatcher.forJWSHeader(header));
    Optional<JWK> found = selector.select(current()).stream().findFirst();
    return found.isPresent() ? found : selector.select(refreshed()).stream().findFirst();
  }

  /**
   * The usable keys as they were fetched last: the same object unless others were published.
   *
   * @throws KeySourceException if none were ever fetched, or too long ago
   */
  JWKSet current() throws KeySourceException {
    Known last = known;
    return isKept(last) ? last.keys() : refreshed();
  }

  /**
   * As {@link #current}, by a recent fetch: waits for one if the last that ended is not. It never
   * waits until another may begin.
   */
  private JWKSet refreshed() throws KeySourceException {
    long now = System.nanoTime();
    Fetch fetch = latest();
    Known last = known;
    if (!isWithin(RECENT, last.began(), now)) {
      if (!waiting.tryAcquire()) {
        throw new KeySourceException("Too many tokens wait for keys to be fetched");
      }
      try {
        fetch.end().join();
        if (!isWithin(RECENT, fetch.began(), now)) {
          latest().end().join();
        }
      } finally {
        waiting.release();
      }
      last = known;
    }
    if (isKept(last)) {
      return last.keys();
    }
    throw new KeySourceException(last.failure());
  }

  private boolean isKept(Known last) {
    return last.keys() != null && isWithin(kept, last.fetched(), System.nanoTime());
  }

  /** The fetch that runs, or that was too recent for another; otherwise a new one. */
  private synchronized Fetch latest() {
    long now = System.nanoTime();
    if (latest == null
        || latest.end().isDone()
            && (!isWithin(BETWEEN_FETCHES, known.ended(), now)
                || !isWithin(BETWEEN_SLOW_FETCHES, known.began(), now))) {
      latest = new Fetch(now, CompletableFuture.runAsync(() -> fetch(now), fetcher));
    }
    return latest;
  }

  private void fetch(long began) {
    Known before = known;
    try {
      JWKSet published = retriever.retrieve();
      long ended = System.nanoTime();
      boolean same = before.keys() != null && setOf(published).equals(setOf(before.keys()));
      known = new Known(began, ended, ended, same ? before.keys() : published, null);
    } catch (IOException | RuntimeException e) {
      LOG.warn("No signing keys from {}, KEYCLOAK_JWKS_URL: {}", url, e.getMessage());
      known = new Known(began, System.nanoTime(), before.fetched(), before.keys(), e.getMessage());
    }
  }

  private static Set<JWK> setOf(JWKSet keys) {
    return Set.copyOf(keys.getKeys());
  }

  private static boolean isWithin(Duration time, long begin, long end) {
    return end - begin < time.toNanos();
  }

  @Override
  public void close() {
    fetcher.shutdown();
  }

  /** A fetch that began at a time of {@link System#nanoTime}, as all times here. */
  private record Fetch(long began, CompletableFuture<Void> end) {}

  /**
   * What is known since a fetch ended.
   *
   * @param fetched when the keys were fetched: by that fetch or, if it failed, before
   * @param keys null if none were fetched yet
   * @param failure why that fetch failed, or null
   */
  private record Known(long began, long ended, long fetched, JWKSet keys, String failure) {}
}
