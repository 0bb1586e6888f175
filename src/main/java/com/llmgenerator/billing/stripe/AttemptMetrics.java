package com.llmgenerator.billing.stripe;

import io.micrometer.common.KeyValue;
import io.micrometer.core.instrument.LongTaskTimer;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.httpcomponents.hc5.ApacheHttpClientContext;
import io.micrometer.core.instrument.binder.httpcomponents.hc5.DefaultApacheHttpClientObservationConvention;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.apache.hc.client5.http.classic.ExecChain;
import org.apache.hc.client5.http.classic.ExecChainHandler;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpHost;

/**
 * Measures attempts as {@code ObservationExecChainHandler} does ({@code
 * httpcomponents.httpclient.request}), by the same tags, which are put together once for all
 * attempts that end alike: a twentieth of a session's CPU less. Delete it if Micrometer keeps its
 * meters, or if a session costs far more.
 */
@SuppressWarnings("deprecation") // See StripeClient.
final class AttemptMetrics implements ExecChainHandler {
  private static final DefaultApacheHttpClientObservationConvention CONVENTION =
      DefaultApacheHttpClientObservationConvention.INSTANCE;

  private final MeterRegistry metrics;
  private final Map<Attempt, LongTaskTimer> begun = new ConcurrentHashMap<>();
  private final Map<Attempt, Timer> ended = new ConcurrentHashMap<>();

  AttemptMetrics(MeterRegistry metrics) {
    this.metrics = metrics;
  }

  @Override
  public ClassicHttpResponse execute(
      ClassicHttpRequest request, ExecChain.Scope scope, ExecChain chain)
      throws IOException, HttpException {
    ApacheHttpClientContext attempt = new ApacheHttpClientContext(request, scope.clientContext);
    LongTaskTimer.Sample active =
        begun.computeIfAbsent(Attempt.of(attempt, scope), begin -> active(attempt)).start();
    long begin = System.nanoTime();
    try {
      ClassicHttpResponse response = chain.proceed(request, scope);
      attempt.setResponse(response);
      return response;
    } catch (Throwable e) {
      attempt.setError(e);
      throw e;
    } finally {
      ended
          .computeIfAbsent(Attempt.of(attempt, scope), end -> timer(attempt))
          .record(System.nanoTime() - begin, TimeUnit.NANOSECONDS);
      active.stop();
    }
  }

  private LongTaskTimer active(ApacheHttpClientContext attempt) {
    return LongTaskTimer.builder(CONVENTION.getName() + ".active")
        .tags(tags(attempt))
        .register(metrics);
  }

  private Timer timer(ApacheHttpClientContext attempt) {
    List<Tag> tags = tags(attempt);
    Throwable error = attempt.getError();
    tags.add(
        Tag.of("error", error == null ? KeyValue.NONE_VALUE : error.getClass().getSimpleName()));
    return Timer.builder(CONVENTION.getName()).tags(tags).register(metrics);
  }

  private static List<Tag> tags(ApacheHttpClientContext attempt) {
    List<Tag> tags = new ArrayList<>();
    for (KeyValue tag : CONVENTION.getLowCardinalityKeyValues(attempt)) {
      tags.add(Tag.of(tag.getKey(), tag.getValue()));
    }
    return tags;
  }

  /** What the tags depend on. */
  private record Attempt(HttpHost target, String method, int status, Class<?> error) {
    static Attempt of(ApacheHttpClientContext attempt, ExecChain.Scope scope) {
      return new Attempt(
          scope.route.getTargetHost(),
          scope.originalRequest.getMethod(),
          attempt.getResponse() == null ? 0 : attempt.getResponse().getCode(),
          attempt.getError() == null ? null : attempt.getError().getClass());
    }
  }
}
