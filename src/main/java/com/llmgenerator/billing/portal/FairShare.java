package com.llmgenerator.billing.portal;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.llmgenerator.billing.Settings;
import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import java.time.Duration;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.springframework.stereotype.Component;

/**
 * Lets each caller ask {@code PORTAL_SESSIONS_PER_MINUTE} times for sessions, {@code
 * PORTAL_SESSIONS_IN_BURST} times at once, and as often for each other operation that asks here;
 * throws {@link RateLimitedException} for more. A caller is the API key of the variable {@code
 * apiKeyId}, else the user of {@code userId}. Each process counts for itself.
 *
 * <p>A caller is forgotten once its bucket is full again, and the longest silent one where there
 * are more than can be remembered: the memory is bounded, whoever calls.
 */
@Component
final class FairShare implements Processor {
  private static final int MOST_CALLERS = 100_000;

  private final Bandwidth limit;
  private final Cache<String, Bucket> callers;

  FairShare(Settings settings) {
    int perMinute = settings.portal().sessionsPerMinute();
    int inBurst = settings.portal().sessionsInBurst();
    limit =
        Bandwidth.builder()
            .capacity(inBurst)
            .refillGreedy(perMinute, Duration.ofMinutes(1))
            .build();
    callers =
        Caffeine.newBuilder()
            .maximumSize(MOST_CALLERS)
            .expireAfterAccess(Duration.ofMinutes(1).multipliedBy(inBurst).dividedBy(perMinute))
            .build();
  }

  @Override
  public void process(Exchange exchange) {
    Object apiKeyId = exchange.getVariable("apiKeyId");
    String caller = apiKeyId == null ? "user " + exchange.getVariable("userId") : "key " + apiKeyId;
    take(exchange.getFromRouteId() + " of " + caller);
  }

  /** Takes one of the caller's share. */
  void take(String caller) {
    ConsumptionProbe probe =
        callers
            .get(caller, added -> Bucket.builder().addLimit(limit).build())
            .tryConsumeAndReturnRemaining(1);
    if (!probe.isConsumed()) {
      throw new RateLimitedException(Duration.ofNanos(probe.getNanosToWaitForRefill()));
    }
  }

  /** How many callers are remembered. */
  long callers() {
    callers.cleanUp();
    return callers.estimatedSize();
  }
}
