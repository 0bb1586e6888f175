package com.llmgenerator.billing.it;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Thousands of connections that their callers keep: from 256 MiB of heap. */
class KeptConnectionsIT {
  private static final int MOST_CONNECTIONS = 4_000;
  private static final double MOST_DIRECT_MEMORY = 4 * 1024 * 1024;
  private static final byte[] REQUEST =
      "POST /api/v1/subscriptions/portal HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"
          .getBytes(US_ASCII);

  private static PackagedPortal portal;

  private final Deque<Socket> kept = new ArrayDeque<>();

  @BeforeAll
  static void start() {
    portal = PackagedPortal.start(Servers.environment());
  }

  @AfterAll
  static void stop() {
    portal.close();
  }

  @AfterEach
  void hangUp() throws IOException {
    for (Socket socket : kept) {
      socket.close();
    }
    assertThat(portal.log()).doesNotContain("OutOfMemoryError", " ERROR ");
  }

  @Test
  void areServedManyTimes() throws IOException {
    for (int i = 0; i < MOST_CONNECTIONS / 2; i++) {
      kept.add(connect());
    }
    for (int time = 0; time < 5; time++) {
      for (Socket socket : kept) {
        ask(socket);
      }
    }
    String direct = "\njvm_buffer_memory_used_bytes{id=\"direct\"} ";
    String used = portal.metrics().split(Pattern.quote(direct))[1].split("\n")[0];
    assertThat(Double.parseDouble(used)).isLessThan(MOST_DIRECT_MEMORY);
  }

  /** As many as may be open rest, and more ask: those longest at rest are closed. */
  @Test
  void makeRoomForWhoAsks() throws IOException {
    for (int i = 0; i < MOST_CONNECTIONS + 200; i++) {
      kept.add(connect());
      ask(kept.getLast());
    }
    assertThat(kept.getFirst().getInputStream().read()).isEqualTo(-1);
    ask(kept.getLast());
  }

  /** A header, or a trailer, takes many times its bytes, also until a rejected request is over. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "%s",
        "%s\r\n",
        "Transfer-Encoding: chunked\r\n\r\n0\r\n%s",
        "Transfer-Encoding: chunked\r\n\r\n0\r\n%s\r\n",
        "Transfer-Encoding: chunked\r\n\r\n400\r\nLINES\r\n0\r\n%s",
      })
  void doNotFillTheHeapWithTinyHeaders(String rest) throws IOException {
    byte[] request =
        ("POST /api/v1/subscriptions/portal HTTP/1.1\r\nHost: localhost\r\n"
                + rest.formatted("A:b\r\n".repeat(1_600)).replace("LINES", "\n".repeat(0x400)))
            .getBytes(US_ASCII);
    for (int i = 0; i < MOST_CONNECTIONS; i++) {
      kept.add(connect());
      write(kept.getLast(), request);
    }
    Socket caller = connect();
    ask(caller);
    caller.close();
  }

  private static void write(Socket socket, byte[] request) {
    try {
      socket.getOutputStream().write(request);
    } catch (IOException e) {
      // Its memory went to another.
    }
  }

  private static Socket connect() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), portal.port());
    socket.setSoTimeout(10_000);
    return socket;
  }

  private static void ask(Socket socket) throws IOException {
    socket.getOutputStream().write(REQUEST);
    StringBuilder answer = new StringBuilder();
    while (answer.lastIndexOf("}") < 0) {
      int read = socket.getInputStream().read();
      assertThat(read).isNotNegative();
      answer.append((char) read);
    }
    assertThat(answer.toString()).startsWith("HTTP/1.1 401 Unauthorized\r\n");
  }
}
