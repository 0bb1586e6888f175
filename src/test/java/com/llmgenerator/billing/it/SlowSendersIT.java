package com.llmgenerator.billing.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Senders of a byte every second: each is cut off, and hundreds of them are in nobody's way. */
@Execution(ExecutionMode.CONCURRENT)
class SlowSendersIT {
  private static final Duration LONGEST_STAY = Duration.ofSeconds(15);
  private static final Duration LONGEST_ANSWER = Duration.ofSeconds(5);
  private static final int SENDERS = 50;
  private static final String PORTAL =
      "POST /api/v1/subscriptions/portal HTTP/1.1\r\nHost: localhost\r\n";
  private static final String EVENTS = "POST /api/v1/stripe/events HTTP/1.1\r\nHost: localhost\r\n";
  private static final String LARGE = "Content-Length: 200000\r\n\r\n";
  private static final String NOWHERE = "POST /nowhere HTTP/1.1\r\nHost: localhost\r\n";
  private static final String MALFORMED = "POST /%00 HTTP/1.1\r\nHost: localhost\r\n";
  private static final String CLOSE = "Connection: close\r\n";
  private static final String LENGTH = "Content-Length: 1000\r\n\r\n";
  private static final String CHUNKED = "Transfer-Encoding: chunked\r\n\r\n";

  private static PackagedPortal portal;

  @BeforeAll
  static void start() {
    portal = PackagedPortal.start(Servers.environment());
  }

  @AfterAll
  static void stop() {
    portal.close();
  }

  /** What a sender begins with, and the byte that it then sends every second. */
  record Sender(String begin, char then) {}

  @Test
  void areCutOffWhileOthersAreServed() throws IOException {
    List<Sender> senders =
        List.of(
            new Sender("", '\n'),
            new Sender("P", 'O'),
            new Sender(PORTAL + "X: ", 'x'),
            new Sender("GET /openapi.yaml HTTP/1.1\r\nHost: localhost\r\n\r\nGET /", 'x'),
            new Sender(PORTAL + LENGTH, 'x'),
            new Sender(PORTAL + CLOSE + LENGTH, 'x'),
            new Sender(PORTAL + CHUNKED, '0'),
            new Sender(PORTAL + CHUNKED + "1;", 'x'),
            new Sender(PORTAL + CHUNKED + "0\r\n", 'x'),
            new Sender(EVENTS + LENGTH, 'x'),
            new Sender(EVENTS + LARGE, 'x'),
            new Sender(EVENTS + CHUNKED + "1;", 'x'),
            new Sender(NOWHERE + LENGTH, 'x'),
            new Sender(NOWHERE + CHUNKED + "1;", 'x'),
            new Sender(MALFORMED + CLOSE + LENGTH, 'x'),
            new Sender(MALFORMED + CLOSE + CHUNKED + "1;", 'x'));
    List<SlowConnection> connections = new ArrayList<>();
    for (int i = 0; i < SENDERS; i++) {
      for (Sender sender : senders) {
        connections.add(new SlowConnection(sender));
      }
    }
    Instant nextByte = Instant.now();
    Duration slowest = Duration.ZERO;
    while (connections.stream().anyMatch(SlowConnection::isOpen)) {
      Instant asked = Instant.now();
      assertThat(Caller.post(portal, Caller.AS_USER, "no.to.ken", null).status()).isEqualTo(401);
      Duration took = Duration.between(asked, Instant.now());
      slowest = took.compareTo(slowest) > 0 ? took : slowest;
      if (Instant.now().isAfter(nextByte)) {
        nextByte = nextByte.plusSeconds(1);
        for (SlowConnection connection : connections) {
          connection.sendByte();
        }
      }
    }
    assertThat(slowest).isLessThan(LONGEST_ANSWER);
    assertThat(connections)
        .allSatisfy(
            connection ->
                assertThat(connection.stay).as("%s", connection.sender).isLessThan(LONGEST_STAY));
  }

  /** Who waits for the rest is told, and then the connection is closed. */
  @Test
  void areToldThatTheirBodyDidNotArrive() throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), portal.port())) {
      socket.getOutputStream().write((PORTAL + LENGTH + "{").getBytes(ISO_8859_1));
      socket.setSoTimeout((int) LONGEST_STAY.toMillis());
      String received = new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
      List<Caller.Answer> answers = Wire.parse(received);
      assertThat(answers).extracting(Caller.Answer::status).containsExactly(400);
      assertThat(answers.get(0).header("Connection")).isEqualTo("close");
    }
  }

  /** A reset would overtake the answer of who still sends. */
  @Test
  void readTheirAnswerWhileTheyStillSend() throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), portal.port())) {
      socket.getOutputStream().write((PORTAL + LENGTH).getBytes(ISO_8859_1));
      socket.setSoTimeout(100);
      StringBuilder received = new StringBuilder();
      Instant told = null;
      while (told == null || Duration.between(told, Instant.now()).toMillis() < 1_000) {
        socket.getOutputStream().write('x');
        try {
          int read = socket.getInputStream().read();
          if (read >= 0) {
            received.append((char) read);
          } else if (told == null) {
            told = Instant.now();
          }
        } catch (SocketTimeoutException e) {
          assertThat(told).isNull();
        }
      }
      assertThat(received.toString()).startsWith("HTTP/1.1 400 Bad Request\r\n").endsWith("}");
    }
  }

  private static final class SlowConnection {
    private final Sender sender;
    private final Socket socket;
    private final Instant opened = Instant.now();
    private Duration stay;

    SlowConnection(Sender sender) throws IOException {
      this.sender = sender;
      socket = new Socket(InetAddress.getLoopbackAddress(), portal.port());
      socket.getOutputStream().write(sender.begin().getBytes(ISO_8859_1));
    }

    boolean isOpen() {
      return stay == null && Duration.between(opened, Instant.now()).toSeconds() < 30;
    }

    void sendByte() {
      if (stay != null) {
        return;
      }
      try {
        socket.getOutputStream().write(sender.then());
      } catch (IOException e) {
        stay = Duration.between(opened, Instant.now());
      }
    }
  }
}
