package com.llmgenerator.billing.http;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Comparator;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A port where HTTP/1.1 is spoken, by Netty: a connection costs a few kilobytes and no thread, and
 * whatever is refused is refused at once.
 */
final class HttpListener {
  private static final Duration BETWEEN_CHECKS = Duration.ofMillis(500);

  private final HttpService service;
  private final int mostConnections;
  private final EventLoopGroup threads;
  private final Set<HttpConnection> connections = ConcurrentHashMap.newKeySet();
  private final AtomicInteger open = new AtomicInteger();
  private volatile boolean ending;
  private Channel port;

  /**
   * @param name of its threads
   * @param threads how many
   * @param mostConnections how many may be open; more wait for one to be closed
   */
  HttpListener(String name, int threads, int mostConnections, HttpService service) {
    this.service = service;
    this.mostConnections = mostConnections;
    this.threads =
        new MultiThreadIoEventLoopGroup(
            threads, new DefaultThreadFactory(name), NioIoHandler.newFactory());
  }

  /**
   * Opens the port.
   *
   * @param address of this machine where it is; blank for all
   * @param number of the port; 0 for any that is free
   * @throws UncheckedIOException if it cannot be opened: with the number of the port
   */
  void open(String address, int number) {
    ServerBootstrap server =
        new ServerBootstrap()
            .group(threads)
            .channel(NioServerSocketChannel.class)
            // Who finds no place in the queue tries again only after 1 s, and then after 2 more.
            .option(ChannelOption.SO_BACKLOG, mostConnections)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(
                ChannelOption.RECVBUF_ALLOCATOR, new AdaptiveRecvByteBufAllocator(512, 2048, 4096))
            .childHandler(new Connecting());
    InetSocketAddress where =
        address.isBlank() ? new InetSocketAddress(number) : new InetSocketAddress(address, number);
    var bound = server.bind(where).awaitUninterruptibly();
    if (bound.cause() instanceof BindException) {
      throw new UncheckedIOException(new BindException("Port " + number + " is in use"));
    }
    port = bound.syncUninterruptibly().channel();
    threads.scheduleWithFixedDelay(
        this::expire, BETWEEN_CHECKS.toMillis(), BETWEEN_CHECKS.toMillis(), TimeUnit.MILLISECONDS);
  }

  int port() {
    return port == null ? 0 : ((InetSocketAddress) port.localAddress()).getPort();
  }

  /** Takes no more connections, and no more requests on those that there are. */
  void end() {
    ending = true;
    if (port != null) {
      port.close().awaitUninterruptibly();
    }
    connections.forEach(HttpConnection::endWhenIdle);
  }

  boolean isEnding() {
    return ending;
  }

  boolean hasConnections() {
    return open.get() > 0;
  }

  void close() {
    connections.forEach(HttpConnection::close);
    threads.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  void opened(HttpConnection connection) {
    connections.add(connection);
    if (open.incrementAndGet() >= mostConnections) {
      port.config().setAutoRead(false);
      endLongestAtRest(connection);
      if (open.get() < mostConnections) {
        // Another was closed meanwhile, maybe before the port was told to wait.
        port.config().setAutoRead(true);
      }
    }
    if (ending) {
      connection.endWhenIdle();
    }
  }

  void closed(HttpConnection connection) {
    if (connections.remove(connection) && open.decrementAndGet() < mostConnections) {
      port.config().setAutoRead(true);
    }
  }

  /** Who asks nothing makes room for who may, but not the one that has just come. */
  private void endLongestAtRest(HttpConnection newcomer) {
    long now = System.nanoTime();
    connections.stream()
        .filter(connection -> connection != newcomer && connection.rested(now) >= 0)
        .max(Comparator.comparingLong(connection -> connection.rested(now)))
        .ifPresent(HttpConnection::endWhenIdle);
  }

  private void expire() {
    long now = System.nanoTime();
    connections.forEach(connection -> connection.expire(now));
  }

  private final class Connecting extends ChannelInitializer<SocketChannel> {
    @Override
    protected void initChannel(SocketChannel channel) {
      HttpConnection connection = new HttpConnection(HttpListener.this, service);
      ChannelPipeline pipeline = channel.pipeline();
      pipeline.addLast(connection.new Arrival());
      pipeline.addLast(new RequestDecoder());
      pipeline.addLast(new HttpResponseEncoder());
      pipeline.addLast(connection);
    }
  }
}
