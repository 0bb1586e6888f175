package com.llmgenerator.billing.it;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ServerSocketFactory;

/** A server that answers every connection with what a test tells it, down to the single byte. */
final class LyingServer implements AutoCloseable {

  /** What is sent once a request begins to arrive. */
  interface Answer {
    void send(OutputStream output) throws IOException, InterruptedException;
  }

  private final String scheme;
  private final ServerSocketFactory sockets;
  private volatile ServerSocket socket;
  private final AtomicInteger connections = new AtomicInteger();
  private final AtomicInteger requests = new AtomicInteger();
  private volatile Answer answer = output -> {};

  LyingServer() {
    this("http", ServerSocketFactory.getDefault());
  }

  /**
   * @param scheme of its address
   * @param sockets of that scheme
   */
  LyingServer(String scheme, ServerSocketFactory sockets) {
    this.scheme = scheme;
    this.sockets = sockets;
    listen(0);
  }

  private void listen(int port) {
    try {
      socket = sockets.createServerSocket(port, 500, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    start(this::accept);
  }

  /** Listens again where it did not since it was closed. */
  void listenAgain() {
    if (socket.isClosed()) {
      listen(socket.getLocalPort());
    }
  }

  String url() {
    return scheme + "://localhost:" + socket.getLocalPort();
  }

  /** How often somebody connected. */
  int connections() {
    return connections.get();
  }

  /** How many of them sent anything that could be read. */
  int requests() {
    return requests.get();
  }

  void answers(Answer answer) {
    this.answer = answer;
  }

  /** A text, at once, and then the end. */
  static Answer text(String text) {
    return output -> output.write(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** A text, and then nothing for a minute, on an open connection. */
  static Answer silence(String text) {
    return output -> {
      text(text).send(output);
      Thread.sleep(60_000);
    };
  }

  /** A text, and then for a minute a byte every tenth of a second. */
  static Answer trickle(String text) {
    return output -> {
      text(text).send(output);
      for (int i = 0; i < 600; i++) {
        output.write('1');
        output.flush();
        Thread.sleep(100);
      }
    };
  }

  /** What is no lie: a portal session of {@code cus_demo} in test mode, as Stripe answers it. */
  Answer portalSession() {
    return text("HTTP/1.1 200 OK\r\n\r\n" + portalSessionJson());
  }

  String portalSessionJson() {
    return "{\"object\": \"billing_portal.session\", \"customer\": \"cus_demo\", \"livemode\": false,"
        + " \"url\": \"%s/p/session/x\"}".formatted(url());
  }

  private void accept() {
    ServerSocket listening = socket;
    while (!listening.isClosed()) {
      try {
        Socket connection = listening.accept();
        connections.incrementAndGet();
        start(() -> serve(connection));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void serve(Socket connection) {
    try (connection) {
      if (connection.getInputStream().read() >= 0) {
        requests.incrementAndGet();
        answer.send(connection.getOutputStream());
      }
    } catch (IOException | InterruptedException e) {
      // The portal hung up, as it should.
    }
  }

  private static void start(Runnable task) {
    Thread thread = new Thread(task, "lying-server");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
