package com.llmgenerator.billing.http;

import jakarta.annotation.PreDestroy;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.time.Duration;
import java.util.List;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.io.ArrayByteBufferPool;
import org.eclipse.jetty.io.ByteBufferPool;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.ApplicationArguments;
import org.springframework.boot.ApplicationRunner;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;

/**
 * The public port and the management port, where HTTP/1.1 is spoken, by Jetty. Each has threads of
 * its own, so that one answers while the other has more callers than it can serve. They open last,
 * when the routes run and their queries were checked.
 */
@Component
@Order
final class HttpPorts implements ApplicationRunner, SmartLifecycle {
  private static final Logger LOG = LoggerFactory.getLogger(HttpPorts.class);
  private static final int PROCESSORS = Runtime.getRuntime().availableProcessors();
  private static final long MOST_CONNECTIONS = 4000;

  /** Its address, its headers, as much again for reading them, and its body: up to 48 KiB. */
  private static final long HEAP_FOR_A_CONNECTION = 64 * 1024;

  private static final int BUFFER = 2 * 1024;
  private static final long POOLED = 4 * 1024 * 1024;

  /** Above what {@link HeaderRules} allow, which can answer as the caller's page may read. */
  private static final int LARGEST_HEAD = 32 * 1024;

  private final ConfigurableApplicationContext context;
  private final Server publicPort;
  private final Server managementPort;

  HttpPorts(
      ConfigurableApplicationContext context,
      @Value("${server.address}") String address,
      @Value("${server.port}") int port,
      @Value("${spring.lifecycle.timeout-per-shutdown-phase}") Duration grace,
      PortalHandler portal,
      Cors cors,
      @Value("${management.server.address}") String managementAddress,
      @Value("${management.server.port}") int managementPort,
      ManagementHandler management) {
    this.context = context;
    long connections =
        Math.min(MOST_CONNECTIONS, Runtime.getRuntime().maxMemory() / HEAP_FOR_A_CONNECTION);
    publicPort = server("http", PROCESSORS, (int) connections, address, port);
    publicPort.setHandler(portal);
    publicPort.setErrorHandler(Call.errors(cors));
    publicPort.setStopTimeout(grace.toMillis());
    this.managementPort = server("management", 4, 200, managementAddress, managementPort);
    this.managementPort.setHandler(management);
    this.managementPort.setErrorHandler(Call.errors(null));
    this.managementPort.setStopTimeout(1_000);
  }

  /**
   * @param threads how many work, besides those that accept and select
   * @param address blank for all of this machine
   */
  private static Server server(
      String name, int threads, int connections, String address, int port) {
    int selectors = Math.min(threads, PROCESSORS);
    int all = 1 + selectors + threads;
    QueuedThreadPool pool = new QueuedThreadPool(all, all);
    pool.setReservedThreads(0);
    pool.setName(name);
    pool.setDaemon(true);
    ByteBufferPool buffers = new ArrayByteBufferPool(0, BUFFER, LARGEST_HEAD, 1024, POOLED, POOLED);
    Server server = new Server(pool, null, buffers);
    ServerConnector connector = new TimedConnector(server, selectors, connections, configuration());
    connector.setHost(address.isBlank() ? null : address);
    connector.setPort(port);
    return server;
  }

  private static HttpConfiguration configuration() {
    HttpConfiguration http = new HttpConfiguration();
    http.setHttpCompliance(HttpCompliance.STRICT);
    http.setUriCompliance(
        UriCompliance.RFC3986.with("portal", UriCompliance.Violation.AMBIGUOUS_EMPTY_SEGMENT));
    http.setSendServerVersion(false);
    http.setRequestHeaderSize(LARGEST_HEAD);
    // Its fields take 100 KiB of each connection, from its second request on.
    http.setHeaderCacheSize(0);
    http.setInputBufferSize(BUFFER);
    http.setOutputBufferSize(BUFFER);
    http.setResponseHeaderSize(BUFFER);
    http.setMaxResponseHeaderSize(LARGEST_HEAD);
    http.setUseInputDirectByteBuffers(false);
    http.setUseOutputDirectByteBuffers(false);
    return http;
  }

  @Override
  public void run(ApplicationArguments arguments) {
    // Not where the end has begun during the start.
    if (context.isActive()) {
      start();
    }
  }

  @Override
  public boolean isAutoStartup() {
    return false;
  }

  @Override
  public void start() {
    open(managementPort);
    open(publicPort);
  }

  private static void open(Server server) {
    try {
      server.start();
    } catch (Exception e) {
      if (NestedExceptionUtils.getMostSpecificCause(e) instanceof BindException) {
        int port = ((ServerConnector) server.getConnectors()[0]).getPort();
        throw new UncheckedIOException(new BindException("Port " + port + " is in use"));
      }
      throw new IllegalStateException("A port cannot be opened", e);
    }
  }

  /** Takes no more connections, and lets those that have a request answer it. */
  @Override
  @PreDestroy
  public void stop() {
    for (Server port : List.of(publicPort, managementPort)) {
      try {
        port.stop();
      } catch (Exception e) {
        LOG.debug("Requests were not answered in time", e);
      }
    }
  }

  @Override
  public boolean isRunning() {
    return publicPort.isStarted();
  }

  /** Ends after the routes, which answer what is in flight. */
  @Override
  public int getPhase() {
    return DEFAULT_PHASE - 1024;
  }
}
