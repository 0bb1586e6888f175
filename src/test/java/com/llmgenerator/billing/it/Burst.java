package com.llmgenerator.billing.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.llmgenerator.billing.OpenApiContract;
import com.llmgenerator.billing.it.Caller.Answer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Many callers at once, each with a credential and a connection of its own, who cost next to
 * nothing: all are connected, and then all ask.
 */
final class Burst {
  private static final OpenApiContract CONTRACT = OpenApiContract.load();
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(60);
  private static final int LARGEST_ANSWER = 4 * 1024;
  private static final String REQUEST =
      "%s %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n"
          + "Content-Length: 0\r\nConnection: close\r\n\r\n";

  private final List<Member> members;

  private Burst(List<Member> members) {
    this.members = members;
  }

  /** What one asks, and the API key or access token. */
  record Request(String method, String path, String credential) {
    static Request withApiKey(String key) {
      return new Request("POST", Caller.WITH_API_KEY, key);
    }

    byte[] bytes() {
      return REQUEST.formatted(method, path, credential).getBytes(ISO_8859_1);
    }
  }

  /** An answer, and how long its caller waited for it after the request. */
  record Timed(Answer answer, Duration took) {}

  /** Every key's owner calls. */
  static Burst call(PackagedPortal portal, List<String> keys) {
    return send(portal, keys.stream().map(Request::withApiKey).toList());
  }

  /** Every request is sent. */
  static Burst send(PackagedPortal portal, List<Request> requests) {
    try {
      Selector answers = Selector.open();
      List<Member> members = new ArrayList<>();
      for (Request request : requests) {
        members.add(new Member(portal, request, answers));
      }
      for (Member member : members) {
        member.ask();
      }
      Thread receiver = new Thread(() -> receive(answers, members), "crowd");
      receiver.setDaemon(true);
      receiver.start();
      return new Burst(members);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Lets some callers after others through, whatever they are answered, until Java is warm. */
  static void warmUp(PackagedPortal portal, List<String> keys, int atOnce) {
    for (int from = 0; from < keys.size(); from += atOnce) {
      call(portal, keys.subList(from, Math.min(from + atOnce, keys.size()))).answers();
    }
  }

  /** Waits for the last answer, and not for checks of what it says. */
  Burst await() {
    CompletableFuture.allOf(
            members.stream().map(member -> member.answer).toArray(CompletableFuture[]::new))
        .orTimeout(LONGEST_WAIT.toSeconds(), TimeUnit.SECONDS)
        .join();
    return this;
  }

  boolean isAnswered() {
    return answered() == members.size();
  }

  long answered() {
    return members.stream().filter(member -> member.answer.isDone()).count();
  }

  /** Waits for all answers; fails if one is missing or not as the OpenAPI document says. */
  List<Timed> answers() {
    return members.stream().map(Member::answer).toList();
  }

  private static void receive(Selector answers, List<Member> members) {
    try (answers) {
      while (!answers.keys().isEmpty()) {
        answers.select(key -> ((Member) key.attachment()).receive(key));
      }
    } catch (IOException | RuntimeException e) {
      members.forEach(member -> member.answer.completeExceptionally(e));
    }
  }

  private static final class Member {
    private final CompletableFuture<Timed> answer = new CompletableFuture<>();
    private final ByteBuffer received = ByteBuffer.allocate(LARGEST_ANSWER);
    private final SocketChannel connection;
    private final Request request;
    private long asked;

    Member(PackagedPortal portal, Request request, Selector answers) throws IOException {
      this.request = request;
      connection =
          SocketChannel.open(
              new InetSocketAddress(InetAddress.getLoopbackAddress(), portal.port()));
      connection.configureBlocking(false);
      connection.register(answers, SelectionKey.OP_READ, this);
    }

    void ask() throws IOException {
      asked = System.nanoTime();
      connection.write(ByteBuffer.wrap(request.bytes()));
    }

    Timed answer() {
      Timed timed = answer.orTimeout(LONGEST_WAIT.toSeconds(), TimeUnit.SECONDS).join();
      Answer received = timed.answer();
      CONTRACT.checkResponse(
          request.method(), request.path(), received.status(), received.headers(), received.body());
      return timed;
    }

    /** What arrived; the portal closes the connection after it. */
    void receive(SelectionKey key) {
      try {
        if (connection.read(received) >= 0) {
          return;
        }
        Duration took = Duration.ofNanos(System.nanoTime() - asked);
        String text = new String(received.array(), 0, received.position(), ISO_8859_1);
        answer.complete(new Timed(Wire.parse(text).get(0), took));
      } catch (IOException | RuntimeException | AssertionError e) {
        answer.completeExceptionally(e);
      }
      key.cancel();
      try {
        connection.close();
      } catch (IOException e) {
        answer.completeExceptionally(e);
      }
    }
  }
}
