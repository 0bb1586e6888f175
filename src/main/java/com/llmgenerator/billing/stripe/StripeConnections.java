package com.llmgenerator.billing.stripe;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.httpcomponents.hc5.PoolingHttpClientConnectionManagerMetricsBinder;
import java.util.concurrent.TimeUnit;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.impl.io.ManagedHttpClientConnectionFactory;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManager;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.io.SocketConfig;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * The connections of camel-http, with its settings. Those that Camel makes hold three buffers of 32
 * KiB each, most of what a request costs that waits for Stripe; forms and sessions have some 1 KB.
 */
@Configuration(proxyBeanMethods = false)
class StripeConnections {
  private static final int BUFFER = 2 * 1024;

  @Bean
  PoolingHttpClientConnectionManager stripeConnectionPool(
      @Value("${camel.component.http.connections-per-route}") int perRoute,
      @Value("${camel.component.http.max-total-connections}") int total,
      @Value("${camel.component.http.connect-timeout}") long connectMillis,
      @Value("${camel.component.http.so-timeout}") int silenceMillis,
      @Value("${camel.component.http.connection-time-to-live}") long liveMillis,
      MeterRegistry metrics) {
    PoolingHttpClientConnectionManager pool =
        PoolingHttpClientConnectionManagerBuilder.create()
            .setConnectionFactory(
                ManagedHttpClientConnectionFactory.builder()
                    .http1Config(Http1Config.custom().setBufferSize(BUFFER).build())
                    .build())
            .setDnsResolver(new StripeAddresses())
            .setMaxConnPerRoute(perRoute)
            .setMaxConnTotal(total)
            .setDefaultSocketConfig(
                SocketConfig.custom().setSoTimeout(silenceMillis, TimeUnit.MILLISECONDS).build())
            .setDefaultConnectionConfig(
                ConnectionConfig.custom()
                    .setConnectTimeout(connectMillis, TimeUnit.MILLISECONDS)
                    .setTimeToLive(liveMillis, TimeUnit.MILLISECONDS)
                    .build())
            .build();
    new PoolingHttpClientConnectionManagerMetricsBinder(pool, "stripe").bindTo(metrics);
    return pool;
  }
}
