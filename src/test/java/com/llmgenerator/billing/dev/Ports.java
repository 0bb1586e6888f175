package com.llmgenerator.billing.dev;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/** TCP ports of this machine. */
public final class Ports {
  private static final int CONNECT_TIMEOUT_MILLIS = 1_000;

  /** From here on up systems give ports to connections, which can be in the way at any moment. */
  private static final int FIRST_EPHEMERAL = 32_768;

  private static final AtomicInteger NEXT =
      new AtomicInteger(ThreadLocalRandom.current().nextInt(10_000, FIRST_EPHEMERAL - 5_000));

  private Ports() {}

  /** A port on which nothing listens now, another one each time. */
  public static int free() {
    for (int port = NEXT.getAndIncrement(); port < FIRST_EPHEMERAL; port = NEXT.getAndIncrement()) {
      if (isFree(port)) {
        return port;
      }
    }
    throw new IllegalStateException("There is no free port below " + FIRST_EPHEMERAL);
  }

  /**
   * Does nothing if the port is free.
   *
   * @param remedy what the user can do otherwise
   * @throws IllegalStateException if something listens there: {@code Port 8180 is in use: remedy}
   */
  static void requireFree(int port, String remedy) {
    if (!isFree(port)) {
      throw new IllegalStateException("Port " + port + " is in use: " + remedy);
    }
  }

  private static boolean isFree(int port) {
    return !isAnswered(port) && canBeTaken(port);
  }

  // On macOS a port of 127.0.0.1 can be in use and yet be taken on all addresses.
  private static boolean isAnswered(int port) {
    try (Socket socket = new Socket()) {
      socket.connect(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), port), CONNECT_TIMEOUT_MILLIS);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean canBeTaken(int port) {
    try (ServerSocket socket = new ServerSocket(port)) {
      return socket.isBound();
    } catch (IOException e) {
      return false;
    }
  }
}
