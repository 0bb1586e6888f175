package com.llmgenerator.billing.dev;

import com.llmgenerator.billing.dev.StripeAnswer.RejectedRequest;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntFunction;

/**
 * Repeats the first answer to an idempotency key, a 500 too, as long as the key is among the latest
 * 10,000. Answers to requests that were not executed are not kept.
 *
 * @see <a href="https://docs.stripe.com/api/idempotent_requests">Idempotent requests</a>
 */
final class IdempotentAnswers {
  private static final int LIMIT = 10_000;

  private final Map<String, Attempts> attemptsByKey = latest(LIMIT);

  /**
   * Answers a request that has a key.
   *
   * @param scope what the key is unique in
   * @param requestId what the answer, if it is ever repeated, names as the original request
   * @param execution makes the answer from the number of this attempt, which counts from 1
   * @throws RejectedRequest if the key was first used with other parameters
   */
  StripeAnswer answer(
      String scope,
      String key,
      Map<String, String> parameters,
      String requestId,
      IntFunction<StripeAnswer> execution) {
    return attemptsByKey
        .computeIfAbsent(scope + " " + key, unseen -> new Attempts())
        .next(key, parameters, requestId, execution);
  }

  void forget() {
    attemptsByKey.clear();
  }

  /** A map for concurrent use that forgets its oldest entries. */
  static <K, V> Map<K, V> latest(int limit) {
    return Collections.synchronizedMap(
        new LinkedHashMap<>() {
          @Override
          protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
            return size() > limit;
          }
        });
  }

  private static final class Attempts {
    private int count;
    private Map<String, String> firstParameters;
    private StripeAnswer kept;

    private synchronized StripeAnswer next(
        String key,
        Map<String, String> parameters,
        String requestId,
        IntFunction<StripeAnswer> execution) {
      if (kept == null) {
        count++;
        StripeAnswer answer = execution.apply(count).with("Original-Request", requestId);
        if (answer.executed()) {
          firstParameters = parameters;
          kept = answer;
        }
        return answer;
      }
      if (!parameters.equals(firstParameters)) {
        throw RejectedRequest.ofType(
            "idempotency_error",
            400,
            String.format(
                "Keys for idempotent requests can only be used with the same parameters they were"
                    + " first used with. Try using a key other than '%s' if you meant to execute a"
                    + " different request.",
                key));
      }
      return kept.with("Idempotent-Replayed", "true");
    }
  }
}
