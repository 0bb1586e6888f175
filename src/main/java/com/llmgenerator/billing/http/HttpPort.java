package com.llmgenerator.billing.http;

import java.io.UncheckedIOException;
import java.net.BindException;
import java.time.Duration;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.io.ArrayByteBufferPool;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/** A port where HTTP/1.1 is spoken, by Jetty, with all of its settings. */
final class HttpPort implements SmartLifecycle {
  private static final Logger LOG = LoggerFactory.getLogger(HttpPort.class);
  private static final int BUFFER = 2 * 1024;

  /** Above what {@link HeaderRules} allow, which can answer as the caller's page may read. */
  private static final int LARGEST_HEAD = 32 * 1024;

  private static final int MOST_POOLED_BUFFERS = 1024;
  private static final long MOST_POOLED_BYTES = 4 * 1024 * 1024;

  private final int phase;
  private final Server server;
  private final ServerConnector connector;

  /**
   * @param where on this machine; blank for all of its addresses, 0 for any port that is free
   * @param threads how many work, besides those that accept and select
   * @param mostConnections how many may be open; more wait for one to be closed
   * @param grace how long those that have a request may stay at the end
   * @param phase see {@link #getPhase}
   */
  HttpPort(
      String name,
      Where where,
      int threads,
      int mostConnections,
      Duration grace,
      int phase,
      Handler handler,
      Answers answers) {
    this.phase = phase;
    int selectors = Math.min(threads, Runtime.getRuntime().availableProcessors());
    int all = 1 + selectors + threads;
    QueuedThreadPool pool = new QueuedThreadPool(all, all);
    pool.setReservedThreads(0);
    pool.setName(name);
    pool.setDaemon(true);
    server =
        new Server(
            pool,
            null,
            new ArrayByteBufferPool(
                0,
                BUFFER,
                LARGEST_HEAD,
                MOST_POOLED_BUFFERS,
                MOST_POOLED_BYTES,
                MOST_POOLED_BYTES));
    server.setHandler(new HeaderRules(handler, answers));
    server.setErrorHandler(answers);
    server.setStopTimeout(grace.toMillis());
    connector = new TimedConnector(server, selectors, mostConnections, configuration());
    connector.setHost(where.address().isBlank() ? null : where.address());
    connector.setPort(where.port());
  }

  /** An address and a port of this machine. */
  record Where(String address, int port) {}

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

  /**
   * Opens the port.
   *
   * @throws UncheckedIOException if another process has it: with the number of the port
   */
  @Override
  public void start() {
    try {
      server.start();
    } catch (Exception e) {
      for (Throwable cause = e; cause != null; cause = cause.getCause()) {
        if (cause instanceof BindException) {
          throw new UncheckedIOException(
              new BindException("Port " + connector.getPort() + " is in use"));
        }
      }
      throw new IllegalStateException("A port cannot be opened", e);
    }
  }

  /** Takes no more connections, lets those that have a request answer it, and ends. */
  @Override
  public void stop() {
    try {
      server.stop();
    } catch (Exception e) {
      LOG.debug("Requests were not answered in time", e);
    }
  }

  @Override
  public boolean isRunning() {
    return server.isStarted();
  }

  @Override
  public int getPhase() {
    return phase;
  }
}
