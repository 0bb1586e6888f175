package com.llmgenerator.billing.http;

import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.Comparator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/**
 * Connections with total times, and room for new ones: where Jetty's limit alone would let them
 * wait, the one that is idle longest is closed, and never one that has a request.
 */
final class TimedConnector extends ServerConnector {
  private static final long CHECK_MILLIS = 500;

  private final RequestMemory memory = new RequestMemory();

  /**
   * @param mostConnections how many may be open; more wait for one to be closed
   */
  TimedConnector(Server server, int selectors, int mostConnections, HttpConfiguration http) {
    // Without a thread for accepting, a port that met its limit can stay closed for good.
    super(server, 1, selectors, new HttpConnectionFactory(http));
    // Who finds no place in the queue tries again only after 1 s, and then after 2 more.
    setAcceptQueueSize(mostConnections);
    // Silence is TimedEndPoint's matter too, also at the end.
    setIdleTimeout(0);
    setShutdownIdleTimeout(-1);
    server.addConnector(this);
    server.addBean(
        new NetworkConnectionLimit(mostConnections, this) {
          @Override
          protected void limit() {
            super.limit();
            closeLongestIdle();
          }
        });
  }

  @Override
  protected TimedEndPoint newEndPoint(
      SocketChannel channel, ManagedSelector selector, SelectionKey key) {
    return new TimedEndPoint(channel, selector, key, getScheduler(), memory);
  }

  @Override
  protected void onEndPointClosed(EndPoint endPoint) {
    super.onEndPointClosed(endPoint);
    ((TimedEndPoint) endPoint).gone();
  }

  @Override
  protected void doStart() throws Exception {
    super.doStart();
    expire();
  }

  @Override
  public CompletableFuture<Void> shutdown() {
    CompletableFuture<Void> done = super.shutdown();
    idle(System.nanoTime()).forEach(TimedEndPoint::close);
    return done;
  }

  private void expire() {
    getScheduler().schedule(this::expire, CHECK_MILLIS, TimeUnit.MILLISECONDS);
    long now = System.nanoTime();
    // Each by itself, so that all are timed, whatever fails.
    endPoints()
        .filter(endPoint -> endPoint.isLate(now))
        .forEach(endPoint -> getExecutor().execute(endPoint::expire));
    if (isShutdown()) {
      idle(now).forEach(TimedEndPoint::close);
    } else if (!isAccepting()) {
      closeLongestIdle();
    }
  }

  private void closeLongestIdle() {
    long now = System.nanoTime();
    idle(now)
        .max(Comparator.comparingLong(endPoint -> endPoint.idle(now)))
        .ifPresent(TimedEndPoint::close);
  }

  private Stream<TimedEndPoint> idle(long now) {
    return endPoints().filter(endPoint -> endPoint.idle(now) >= 0);
  }

  private Stream<TimedEndPoint> endPoints() {
    return getConnectedEndPoints().stream().map(TimedEndPoint.class::cast);
  }
}
