package com.llmgenerator.billing.portal;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.llmgenerator.billing.problem.RateLimitedException;
import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import java.time.Duration;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;

/**
 * A caller's share of something that costs work: each may ask so often a minute, some of it at
 * once, and as often for each other operation that asks here; {@link RateLimitedException} is
 * thrown for more. As {@code sessionRateLimit} it lets each caller ask {@code
 * PORTAL_SESSIONS_PER_MINUTE} times, {@code PORTAL_SESSIONS_IN_BURST} times at once; as {@code
 * queryRateLimit} ten times as often, for what costs a query and no call. A caller is the API key
 * of the variable {@code apiKeyId}, else the user of {@code userId}. Each process counts for
 * itself.
 *
 * <p>A caller is forgotten once its bucket is full again, and the longest silent one where there
 * are more than can be remembered: the memory is bounded, whoever calls.
 */
final class RateLimit implements Processor {
  private static final int MOST_CALLERS = 100_000;

  private final Bandwidth limit;
  private final Cache<String, Bucket> callers;

  /**
   * @param perMinute how much a caller may have in a minute
   * @param inBurst how much of it at once
   */
  RateLimit(int perMinute, int inBurst) {
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
