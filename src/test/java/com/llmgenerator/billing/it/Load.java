package com.llmgenerator.billing.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.HdrHistogram.Histogram;

/**
 * Callers with a connection each, who ask again as soon as they are answered: on one thread, so
 * that they leave the machine to those they ask.
 */
final class Load {
  private static final int LARGEST_ANSWER = 8 * 1024;
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);
  private static final Pattern ANSWER =
      Pattern.compile(
          "HTTP/1\\.1 (\\d{3}) .*?\r\nContent-Length: (\\d+)\r\n(?:.*?\r\n)?\r\n(.*)",
          Pattern.DOTALL | Pattern.CASE_INSENSITIVE);

  /** How long answers of 200 took, in microseconds. */
  final Histogram micros = new Histogram(3);

  private final Supplier<byte[]> requests;
  private final long most;
  private final long end;
  private int open;
  private long asked;
  private long refused;

  private Load(Supplier<byte[]> requests, long most, Duration duration) {
    this.requests = requests;
    this.most = most;
    this.end = System.nanoTime() + duration.toNanos();
  }

  /** Asks for a while. */
  static Load of(int port, int connections, Supplier<byte[]> requests, Duration duration)
      throws IOException {
    return new Load(requests, Long.MAX_VALUE, duration).run(port, connections);
  }

  /** Asks so many times. */
  static Load of(int port, int connections, Supplier<byte[]> requests, long most)
      throws IOException {
    return new Load(requests, most, Duration.ofHours(1)).run(port, connections);
  }

  /** How many answers were 502, 503 or 504; any other that is not 200 ends the load. */
  long refused() {
    return refused;
  }

  double percentileMillis(double percentile) {
    return micros.getValueAtPercentile(percentile) / 1000.0;
  }

  private Load run(int port, int connections) throws IOException {
    try (Selector answers = Selector.open()) {
      for (int i = 0; i < connections; i++) {
        new Caller(port, answers).ask();
      }
      while (open > 0) {
        if (answers.select(key -> receive((Caller) key.attachment()), LONGEST_WAIT.toMillis())
            == 0) {
          throw new IllegalStateException("Callers wait for answers that do not come");
        }
      }
    }
    return this;
  }

  private void receive(Caller caller) {
    try {
      caller.receive();
    } catch (IOException e) {
      throw new IllegalStateException("The portal hung up", e);
    }
  }

  private final class Caller {
    private final ByteBuffer received = ByteBuffer.allocate(LARGEST_ANSWER);
    private final SocketChannel connection;
    private long since;

    Caller(int port, Selector answers) throws IOException {
      connection =
          SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      connection.configureBlocking(false);
      connection.register(answers, SelectionKey.OP_READ, this);
      open++;
    }

    void ask() throws IOException {
      since = System.nanoTime();
      if (asked == most || since >= end) {
        connection.close();
        open--;
        return;
      }
      asked++;
      ByteBuffer request = ByteBuffer.wrap(requests.get());
      while (request.hasRemaining()) {
        connection.write(request);
      }
    }

    void receive() throws IOException {
      if (connection.read(received) < 0) {
        throw new IOException("End of a connection after " + text());
      }
      Matcher answer = ANSWER.matcher(text());
      if (answer.matches() && answer.group(3).length() == Integer.parseInt(answer.group(2))) {
        switch (answer.group(1)) {
          case "200" -> micros.recordValue((System.nanoTime() - since) / 1000);
          case "502", "503", "504" -> refused++;
          default -> throw new IllegalStateException("Answered " + text());
        }
        received.clear();
        ask();
      }
    }

    private String text() {
      return new String(received.array(), 0, received.position(), ISO_8859_1);
    }
  }
}
