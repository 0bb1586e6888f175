package com.llmgenerator.billing.stripe;

import com.llmgenerator.billing.config.PortalProperties;
import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.bulkhead.BulkheadConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowType;
import io.github.resilience4j.micrometer.tagged.TaggedBulkheadMetricsPublisher;
import io.github.resilience4j.micrometer.tagged.TaggedCircuitBreakerMetricsPublisher;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.httpcomponents.hc5.ObservationExecChainHandler;
import io.micrometer.core.instrument.binder.httpcomponents.hc5.PoolingHttpClientConnectionManagerMetricsBinder;
import io.micrometer.observation.ObservationRegistry;
import java.time.Duration;
import java.util.Optional;
import org.apache.hc.client5.http.SystemDefaultDnsResolver;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.ChainElement;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;
import org.apache.hc.client5.http.impl.io.ManagedHttpClientConnectionFactory;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManager;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.io.SocketConfig;
import org.apache.hc.core5.util.Timeout;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * The one HTTP client that speaks to Stripe: for the route {@code call-stripe}, the check of the
 * portal configuration and the commands. From the outside in, a call passes the limit of calls and
 * its deadline, Stripe's retry rule, and for each attempt the circuit breaker and the measurement.
 *
 * <p>Micrometer's metrics of Apache's client are deprecated in favour of Apache's own module
 * (httpclient5-observation), which has other names for them: dashboards and alerts would go blind.
 */
@SuppressWarnings("deprecation")
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(StripeClient.Limits.class)
public class StripeClient {
  private static final String NAME = "stripe";

  /** Forms and sessions have some 1 KB; the default is three buffers of 8 KiB or more a call. */
  private static final int BUFFER = 2 * 1024;

  /**
   * Time-outs and thresholds: {@code application.yaml} has the values.
   *
   * @param connectTimeout of one attempt
   * @param responseTimeout of one attempt: the longest silence until and within the answer
   * @param connectionRequestTimeout how long a call waits for a connection of the pool
   * @param connectionTimeToLive after which a connection is not used again
   * @param deadline of a call outside any request, with all its attempts
   * @param connections the most to Stripe; by default what {@link PortalProperties} says
   * @param callsAtOnce the most that are under way
   * @param breakerWindow over which the circuit breaker computes the rate of failed attempts
   * @param breakerMinimumCalls below which it stays closed
   * @param breakerOpen how long it stays open
   * @param breakerTrialCalls how many attempts decide whether it closes again
   */
  @ConfigurationProperties("stripe.client")
  record Limits(
      Duration connectTimeout,
      Duration responseTimeout,
      Duration connectionRequestTimeout,
      Duration connectionTimeToLive,
      Duration deadline,
      Integer connections,
      int callsAtOnce,
      Duration breakerWindow,
      int breakerMinimumCalls,
      Duration breakerOpen,
      int breakerTrialCalls) {}

  @Bean
  CircuitBreaker stripeCircuitBreaker(Limits limits, MeterRegistry metrics) {
    CircuitBreaker breaker =
        CircuitBreaker.of(
            NAME,
            CircuitBreakerConfig.custom()
                .slidingWindowType(SlidingWindowType.TIME_BASED)
                .slidingWindowSize((int) limits.breakerWindow().toSeconds())
                .minimumNumberOfCalls(limits.breakerMinimumCalls())
                .failureRateThreshold(50)
                .waitDurationInOpenState(limits.breakerOpen())
                .permittedNumberOfCallsInHalfOpenState(limits.breakerTrialCalls())
                .automaticTransitionFromOpenToHalfOpenEnabled(true)
                .build());
    new TaggedCircuitBreakerMetricsPublisher(metrics).publishMetrics(breaker);
    return breaker;
  }

  @Bean
  Bulkhead stripeBulkhead(Limits limits, MeterRegistry metrics) {
    Bulkhead bulkhead =
        Bulkhead.of(NAME, BulkheadConfig.custom().maxConcurrentCalls(limits.callsAtOnce()).build());
    new TaggedBulkheadMetricsPublisher(metrics).publishMetrics(bulkhead);
    return bulkhead;
  }

  @Bean
  PoolingHttpClientConnectionManager stripeConnections(
      Limits limits, PortalProperties portal, MeterRegistry metrics) {
    int most = Optional.ofNullable(limits.connections()).orElseGet(portal::callsAtOnce);
    PoolingHttpClientConnectionManager pool =
        PoolingHttpClientConnectionManagerBuilder.create()
            .setConnectionFactory(
                ManagedHttpClientConnectionFactory.builder()
                    .http1Config(Http1Config.custom().setBufferSize(BUFFER).build())
                    .build())
            .setDnsResolver(new StripeAddresses(SystemDefaultDnsResolver.INSTANCE))
            .setMaxConnPerRoute(most)
            .setMaxConnTotal(most)
            .setDefaultSocketConfig(
                SocketConfig.custom().setSoTimeout(Timeout.of(limits.responseTimeout())).build())
            .setDefaultConnectionConfig(
                ConnectionConfig.custom()
                    .setConnectTimeout(Timeout.of(limits.connectTimeout()))
                    .setTimeToLive(Timeout.of(limits.connectionTimeToLive()))
                    .build())
            .build();
    new PoolingHttpClientConnectionManagerMetricsBinder(pool, NAME).bindTo(metrics);
    return pool;
  }

  @Bean
  CloseableHttpClient stripeHttpClient(
      Limits limits,
      PoolingHttpClientConnectionManager connections,
      CircuitBreaker breaker,
      StripeGuard guard,
      MeterRegistry metrics,
      ObservationRegistry observations) {
    return HttpClientBuilder.create()
        .setConnectionManager(connections)
        .setConnectionReuseStrategy(guard)
        .setDefaultRequestConfig(
            RequestConfig.custom()
                .setConnectionRequestTimeout(Timeout.of(limits.connectionRequestTimeout()))
                .setResponseTimeout(Timeout.of(limits.responseTimeout()))
                .build())
        .disableRedirectHandling()
        .disableCookieManagement()
        .disableContentCompression()
        .setRetryStrategy(new StripeRetryStrategy(limits, breaker, metrics))
        .addExecInterceptorFirst("call", guard::call)
        .addExecInterceptorAfter(ChainElement.RETRY.name(), "attempt", new StripeAttempt(breaker))
        // Carries the trace, too, where traces are switched on.
        .addExecInterceptorLast("measurement", new ObservationExecChainHandler(observations))
        .build();
  }
}
