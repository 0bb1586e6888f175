package com.llmgenerator.billing.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

/** A network between the portal and another server, which a test can make bad. */
final class BadNetwork implements AutoCloseable {
  /** How the wire carries bytes. */
  enum Quality {
    GOOD,
    /** What the server sends comes byte by byte, four in a second. */
    TRICKLING,
    /** Nothing comes through; what was sent arrives once the wire is better. */
    DEAD
  }

  private final ServerSocket socket;
  private final int serverPort;
  private final AtomicReference<String> lost = new AtomicReference<>();
  private Quality quality = Quality.GOOD;

  /** A wire to a server on this machine. */
  BadNetwork(int serverPort) {
    this.serverPort = serverPort;
    try {
      socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    start(this::accept);
  }

  int port() {
    return socket.getLocalPort();
  }

  synchronized void is(Quality quality) {
    this.quality = quality;
    notifyAll();
  }

  /** Breaks the next connection that carries a text to the server, once the server answers. */
  void loseAnswerTo(String text) {
    lost.set(text);
  }

  /** Whether {@link #loseAnswerTo} was done. */
  boolean lostAnswer() {
    return lost.get() == null;
  }

  private void accept() {
    while (!socket.isClosed()) {
      try {
        Socket client = socket.accept();
        start(() -> connect(client));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void connect(Socket client) {
    try (client;
        Socket server = new Socket(InetAddress.getLoopbackAddress(), serverPort)) {
      AtomicBoolean breaks = new AtomicBoolean();
      start(() -> carry(client, server, false, breaks));
      carry(server, client, true, breaks);
    } catch (IOException e) {
      // The server is down: so is the connection.
    }
  }

  private void carry(Socket from, Socket to, boolean isAnswer, AtomicBoolean breaks) {
    try (from;
        to) {
      InputStream input = from.getInputStream();
      OutputStream output = to.getOutputStream();
      byte[] bytes = new byte[8192];
      for (int length = input.read(bytes); length > 0; length = input.read(bytes)) {
        if (isAnswer && breaks.get()) {
          lost.set(null);
          return;
        }
        String text = lost.get();
        if (!isAnswer && text != null && new String(bytes, 0, length, UTF_8).contains(text)) {
          breaks.set(true);
        }
        for (int sent = 0; sent < length; ) {
          boolean trickling = awaitLife() == Quality.TRICKLING && isAnswer;
          int next = trickling ? 1 : length - sent;
          output.write(bytes, sent, next);
          sent += next;
          if (trickling) {
            Thread.sleep(250);
          }
        }
      }
    } catch (IOException | InterruptedException e) {
      // One side hung up: so does the other.
    }
  }

  private synchronized Quality awaitLife() throws InterruptedException {
    while (quality == Quality.DEAD) {
      wait();
    }
    return quality;
  }

  private static void start(Runnable task) {
    Thread thread = new Thread(task, "bad-network");
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
