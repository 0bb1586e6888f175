package com.llmgenerator.billing.http;

import com.llmgenerator.billing.Settings;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.apache.camel.Processor;
import org.apache.camel.component.platform.http.PlatformHttpEndpoint;
import org.apache.camel.component.platform.http.spi.PlatformHttpConsumer;
import org.apache.camel.component.platform.http.spi.PlatformHttpEngine;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Component;

/** Makes platform-http receive requests by {@link PortalHttpConsumer}. */
@Component("platform-http-engine")
final class PortalHttpEngine implements PlatformHttpEngine {
  private static final String EVENTS_OF_STRIPE = "/api/v1/stripe/events";
  private static final int LARGE_BODIES = 32;

  private final int port;
  private final Duration deadline;
  private final Semaphore places;
  private final Semaphore largeBodies = new Semaphore(LARGE_BODIES);

  PortalHttpEngine(@Value("${server.port}") int port, Settings settings, MeterRegistry metrics) {
    this.port = port;
    this.deadline = settings.portal().deadline();
    this.places = new Semaphore(settings.portal().requestsAtOnce());
    Gauge.builder("billing.portal.places.free", places, Semaphore::availablePermits)
        .description("How many more requests may enter the routes now")
        .register(metrics);
  }

  @Override
  public PlatformHttpConsumer createConsumer(PlatformHttpEndpoint endpoint, Processor processor) {
    return new PortalHttpConsumer(
        endpoint,
        processor,
        deadline,
        places,
        Optional.of(largeBodies).filter(some -> endpoint.getPath().equals(EVENTS_OF_STRIPE)));
  }

  @Override
  public int getServerPort() {
    return port;
  }
}
