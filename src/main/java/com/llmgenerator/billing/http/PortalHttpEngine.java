package com.llmgenerator.billing.http;

import com.llmgenerator.billing.Settings;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.camel.Processor;
import org.apache.camel.component.platform.http.PlatformHttpEndpoint;
import org.apache.camel.component.platform.http.spi.PlatformHttpConsumer;
import org.apache.camel.component.platform.http.spi.PlatformHttpEngine;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.availability.ApplicationAvailability;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.context.ApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.task.VirtualThreadTaskExecutor;
import org.springframework.stereotype.Component;

/**
 * The public port, and how platform-http receives requests there.
 *
 * <p>Routes run on threads of their own, virtual ones if Java's are fit for it.
 */
@Component("platform-http-engine")
final class PortalHttpEngine implements PlatformHttpEngine, SmartLifecycle, AutoCloseable {
  private static final long MOST_CONNECTIONS = 4000;

  /** Its address, its headers, as much again for reading them, and its body: up to 48 KiB. */
  private static final long HEAP_FOR_A_CONNECTION = 64 * 1024;

  private final String address;
  private final int port;
  private final Duration grace;
  private final Duration deadline;
  private final ApplicationContext context;
  private final ObservationRegistry traces;
  private final Addresses addresses = new Addresses();
  private final Executor routes;
  private final HttpListener listener;
  private volatile boolean running;

  PortalHttpEngine(
      @Value("${server.address}") String address,
      @Value("${server.port}") int port,
      @Value("${spring.lifecycle.timeout-per-shutdown-phase}") Duration grace,
      @Value("${management.tracing.enabled}") boolean tracing,
      @Value("${threads.virtual}") boolean virtual,
      Settings settings,
      Cors cors,
      ApplicationContext context,
      ApplicationAvailability availability,
      MeterRegistry metrics,
      ObservationRegistry observations) {
    this.address = address;
    this.port = port;
    this.grace = grace;
    this.deadline = settings.portal().deadline();
    this.context = context;
    this.routes =
        virtual ? new VirtualThreadTaskExecutor("route-") : Executors.newCachedThreadPool();
    this.traces = tracing ? observations : ObservationRegistry.NOOP;
    PortalHttpService service =
        new PortalHttpService(addresses, cors, availability, routes, settings, metrics);
    this.listener =
        new HttpListener(
            "http", Runtime.getRuntime().availableProcessors(), mostConnections(), service);
  }

  private static int mostConnections() {
    long fits = Runtime.getRuntime().maxMemory() / HEAP_FOR_A_CONNECTION;
    return (int) Math.min(MOST_CONNECTIONS, fits);
  }

  @Override
  public PlatformHttpConsumer createConsumer(PlatformHttpEndpoint endpoint, Processor processor) {
    return new PortalHttpConsumer(endpoint, processor, addresses, deadline, traces);
  }

  @Override
  public int getServerPort() {
    return running ? listener.port() : port;
  }

  /** Tells at once that no more requests shall be sent here; those that come are refused. */
  @EventListener
  @Order(Ordered.HIGHEST_PRECEDENCE)
  void refuse(ContextClosedEvent event) {
    if (event.getApplicationContext() == context) {
      AvailabilityChangeEvent.publish(context, ReadinessState.REFUSING_TRAFFIC);
    }
  }

  @Override
  public void start() {
    listener.open(address, port);
    running = true;
  }

  @Override
  public void stop() {
    listener.end();
    long end = System.nanoTime() + grace.toNanos();
    while (listener.hasConnections() && System.nanoTime() < end) {
      pause();
    }
    running = false;
  }

  /** Ends the threads, also where the start failed. */
  @Override
  public void close() {
    listener.close();
    if (routes instanceof ExecutorService pool) {
      pool.shutdown();
    }
  }

  private static void pause() {
    try {
      Thread.sleep(20);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  /** Ends after the routes, which answer what is in flight, and before the management port. */
  @Override
  public int getPhase() {
    return SmartLifecycle.DEFAULT_PHASE - 1024;
  }
}
