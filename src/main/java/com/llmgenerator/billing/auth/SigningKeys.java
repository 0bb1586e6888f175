package com.llmgenerator.billing.auth;

import com.llmgenerator.billing.auth.SigningKeyFetches.Fetch;
import com.llmgenerator.billing.auth.SigningKeyFetches.Known;
import com.llmgenerator.billing.config.KeycloakProperties;
import com.llmgenerator.billing.config.PortalProperties;
import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSelector;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.proc.SecurityContext;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import java.io.Closeable;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/**
 * The signing keys of the Keycloak realm: fetched at start, every four minutes, and when a token
 * names an unknown one, and kept through an outage of Keycloak.
 *
 * <p>The library's own sources are not used. Their callers queue for a lock and, if a fetch takes
 * longer than their rate limit, fetch one after the other until the last of them is out of time; so
 * forged tokens would starve those of a new key. Here all share one fetch.
 */
@Component
final class SigningKeys implements JWKSource<SecurityContext>, Closeable {
  private static final Duration BETWEEN_REFRESHES = Duration.ofMinutes(4);

  /** Two seconds after a key was published, every fetch that is so recent has read it. */
  private static final Duration RECENT = Duration.ofMillis(1950);

  private final SigningKeyFetches fetches;
  private final Duration kept;
  private final Semaphore waiting;

  SigningKeys(KeycloakProperties keycloak, PortalProperties portal, MeterRegistry metrics) {
    SigningKeyRetriever retriever = new SigningKeyRetriever(URI.create(keycloak.jwksUrl()));
    this.fetches = new SigningKeyFetches(retriever);
    this.kept = keycloak.keysKept();
    // Half of the requests: Keycloak may hang, and those whose key is known still find capacity.
    this.waiting = new Semaphore(Math.max(1, portal.requestsAtOnce() / 2));
    TimeGauge.builder("billing.signing.keys.age", retriever::secondsSinceFetch, TimeUnit.SECONDS)
        .description("Time since the realm's signing keys were fetched; NaN before the first time")
        .register(metrics);
  }

  /** Not before: a start that fails has one reason to tell, and no other. */
  @EventListener(ApplicationReadyEvent.class)
  void refreshFromNowOn() {
    fetches.repeat(BETWEEN_REFRESHES);
  }

  /** An unknown key is no outage: it is one only if no key is known at all. */
  @Override
  public List<JWK> get(JWKSelector selector, SecurityContext context) throws KeySourceException {
    List<JWK> found = selector.select(current());
    return found.isEmpty() ? selector.select(refreshed()) : found;
  }

  /**
   * The usable keys as they were fetched last: the same object as before unless others were
   * published meanwhile.
   *
   * @throws KeySourceException if none were ever fetched, or too long ago
   */
  JWKSet current() throws KeySourceException {
    Known last = fetches.known();
    return last != null && last.isKept(kept) ? last.keys() : refreshed();
  }

  /**
   * As {@link #current}, by a recent fetch: waits for one if the last that ended is not. It never
   * waits until another may begin.
   */
  private JWKSet refreshed() throws KeySourceException {
    long now = System.nanoTime();
    Fetch fetch = fetches.latest();
    Known last = fetches.known();
    if (last == null || !SigningKeyFetches.isWithin(RECENT, last.began(), now)) {
      if (!waiting.tryAcquire()) {
        throw new KeySourceException("Too many tokens wait for keys to be fetched");
      }
      try {
        fetch.end().join();
        if (!SigningKeyFetches.isWithin(RECENT, fetch.began(), now)) {
          fetches.latest().end().join();
        }
      } finally {
        waiting.release();
      }
      last = fetches.known();
    }
    if (last.isKept(kept)) {
      return last.keys();
    }
    throw new KeySourceException(last.failure());
  }

  /** Ends the fetching. */
  @Override
  public void close() {
    fetches.close();
  }
}
