package com.llmgenerator.billing.auth;

import com.llmgenerator.billing.Settings;
import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKMatcher;
import com.nimbusds.jose.jwk.JWKSelector;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.source.JWKSetBasedJWKSource;
import com.nimbusds.jose.jwk.source.JWKSetCacheRefreshEvaluator;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.jwk.source.RateLimitReachedException;
import com.nimbusds.jose.proc.SecurityContext;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import java.io.Closeable;
import java.io.IOException;
import java.net.MalformedURLException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.springframework.stereotype.Component;

/**
 * The signing keys of the Keycloak realm: fetched with time-outs, cached, fetched anew before they
 * grow old and when a token names an unknown one, and kept through an outage of Keycloak.
 */
@Component
final class SigningKeys implements JWKSource<SecurityContext>, Closeable {
  private static final Duration CACHED = Duration.ofMinutes(5);
  private static final Duration FETCHED_AHEAD = Duration.ofMinutes(1);
  private static final Duration WAIT_FOR_ANOTHERS_FETCH = Duration.ofSeconds(4);
  private static final Duration BETWEEN_FETCHES = Duration.ofSeconds(10);
  private static final int WEAKEST_RSA_BITS = 2048;
  private static final Set<Curve> CURVES = Set.of(Curve.P_256, Curve.P_384, Curve.P_521);
  private static final JWKSelector ANY = new JWKSelector(new JWKMatcher.Builder().build());

  /** Keycloak may hang: those whose key is known shall not find all places taken. */
  private static final int MOST_WAITING = 50;

  private final Semaphore waiting = new Semaphore(MOST_WAITING);
  private final JWKSetBasedJWKSource<SecurityContext> published;

  SigningKeys(Settings settings, MeterRegistry metrics) throws MalformedURLException {
    KeySetRetriever retriever = new KeySetRetriever();
    TimeGauge.builder("billing.keys.age", retriever::secondsSinceFetch, TimeUnit.SECONDS)
        .description("Time since the realm's signing keys were fetched; NaN before the first time")
        .register(metrics);
    JWKSource<SecurityContext> source =
        JWKSourceBuilder.create(settings.keycloak().jwksUrl().toURL(), retriever)
            .cache(CACHED.toMillis(), WAIT_FOR_ANOTHERS_FETCH.toMillis())
            .refreshAheadCache(FETCHED_AHEAD.toMillis(), true)
            .rateLimited(BETWEEN_FETCHES.toMillis())
            .outageTolerant(settings.keycloak().keysKept().toMillis())
            .build();
    this.published = (JWKSetBasedJWKSource<SecurityContext>) source;
  }

  @Override
  public List<JWK> get(JWKSelector selector, SecurityContext context) throws KeySourceException {
    List<JWK> usable =
        select(selector, context).stream().filter(SigningKeys::isStrongSigningKey).toList();
    return usable.size() == 1 && isOnlyKeyOfItsId(usable.get(0), context) ? usable : List.of();
  }

  /**
   * The key set as it was fetched last: the same object as before unless it was fetched again
   * meanwhile.
   */
  JWKSet current() throws KeySourceException {
    return published
        .getJWKSetSource()
        .getJWKSet(JWKSetCacheRefreshEvaluator.noRefresh(), System.currentTimeMillis(), null);
  }

  /** Whether the keys were loaded and are not older than an outage may last. */
  boolean areThere() {
    try {
      return !published.get(ANY, null).isEmpty();
    } catch (KeySourceException e) {
      return false;
    }
  }

  private boolean isOnlyKeyOfItsId(JWK key, SecurityContext context) throws KeySourceException {
    return published.get(ANY, context).stream()
            .filter(other -> Objects.equals(other.getKeyID(), key.getKeyID()))
            .count()
        == 1;
  }

  /** An unknown key is no outage: it is one only if no key is known at all. */
  private List<JWK> select(JWKSelector selector, SecurityContext context)
      throws KeySourceException {
    List<JWK> known = selector.select(new JWKSet(published.get(ANY, context)));
    if (!known.isEmpty()) {
      return known;
    }
    if (!waiting.tryAcquire()) {
      throw new KeySourceException("Too many tokens wait for keys to be fetched");
    }
    try {
      return published.get(selector, context);
    } catch (RateLimitReachedException e) {
      return List.of();
    } finally {
      waiting.release();
    }
  }

  /** Whether a token may be verified by the key at all. */
  static boolean isStrongSigningKey(JWK key) {
    return KeyUse.SIGNATURE.equals(key.getKeyUse())
        && (key instanceof RSAKey rsa && rsa.size() >= WEAKEST_RSA_BITS
            || key instanceof ECKey ec && CURVES.contains(ec.getCurve()));
  }

  /** Ends the fetching ahead. */
  @Override
  public void close() throws IOException {
    published.close();
  }
}
