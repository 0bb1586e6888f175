package com.llmgenerator.billing.dev;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** TCP ports of this machine. */
final class Ports {
  private static final int CONNECT_TIMEOUT_MILLIS = 1_000;

  private Ports() {}

  /** A port on which nothing listens now. */
  static int free() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException("There is no free port", e);
    }
  }

  /**
   * Does nothing if the port is free.
   *
   * @param remedy what the user can do otherwise
   * @throws IllegalStateException if something listens there: {@code Port 8180 is in use: remedy}
   */
  static void requireFree(int port, String remedy) {
    if (isAnswered(port) || !canBeTaken(port)) {
      throw new IllegalStateException("Port " + port + " is in use: " + remedy);
    }
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
