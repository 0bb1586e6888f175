package com.llmgenerator.billing.it;

import static com.llmgenerator.billing.it.Caller.WITH_API_KEY;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import com.llmgenerator.billing.auth.ApiKey;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;

/**
 * More callers than the rate limit remembers, which is 100,000, each with an API key of its own:
 * the portal's memory does not grow with them. Not part of every run, since they take a minute.
 */
@Tag("load")
class ManyCallersIT {
  private static final int CALLERS = 150_000;
  private static final int CONNECTIONS = 8;
  private static final int AT_ONCE = 25;

  /** Its body is no request, so that Stripe is not asked; the caller's share is taken before. */
  private static final String REQUEST =
      "POST %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n"
          + "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n[]";

  @Test
  void areServedFrom256MegabytesOfHeap() throws Exception {
    List<String> keys = addKeys();
    String payer = Servers.addPayingUsers(Servers.DATABASE, 1, "cus_demo").get(0);
    Map<String, String> environment = Servers.environment();
    environment.keySet().removeIf(variable -> variable.startsWith("PORTAL_SESSIONS_"));
    // A line for each of them would fill the disk for nothing.
    environment.put("LOGGING_LEVEL_COM_LLMGENERATOR_BILLING_REQUEST", "warn");
    environment.put("JDK_JAVA_OPTIONS", "-Dlogging.structured.format.console=");
    try (PackagedPortal portal = PackagedPortal.start(environment)) {
      ExecutorService connections = Executors.newFixedThreadPool(CONNECTIONS);
      List<Future<Long>> answered = new ArrayList<>();
      int share = CALLERS / CONNECTIONS;
      for (int from = 0; from < CALLERS; from += share) {
        List<String> part = keys.subList(from, from + share);
        answered.add(connections.submit(() -> call(portal, part)));
      }
      connections.shutdown();
      for (Future<Long> part : answered) {
        assertThat(part.get()).isEqualTo(share);
      }
      assertThat(portal.log()).doesNotContain("OutOfMemoryError", " ERROR ", " WARN ");
      for (int i = 0; i < 5; i++) {
        assertThat(Caller.post(portal, WITH_API_KEY, payer, null).status()).isEqualTo(200);
      }
      assertThat(Caller.post(portal, WITH_API_KEY, payer, null).status()).isEqualTo(429);
    } finally {
      Servers.DATABASE.update("delete from api_key where name = 'one of many'");
    }
  }

  private static List<String> addKeys() throws SQLException, IOException {
    SecureRandom random = new SecureRandom();
    List<String> keys = new ArrayList<>(CALLERS);
    StringBuilder rows = new StringBuilder();
    for (int i = 0; i < CALLERS; i++) {
      ApiKey key = ApiKey.generate(random);
      keys.add(key.text());
      String digest = HexFormat.of().formatHex(key.digest());
      rows.append("\\\\x").append(digest).append("\tuser ").append(i);
      rows.append("\tone of many\t").append(key.hint()).append("\tnow\n");
    }
    try (Connection connection = Servers.DATABASE.getDataSource().getConnection()) {
      connection
          .unwrap(PGConnection.class)
          .getCopyAPI()
          .copyIn(
              "copy api_key (digest, user_id, name, hint, last_used_at) from stdin",
              new ByteArrayInputStream(rows.toString().getBytes(US_ASCII)));
    }
    return keys;
  }

  /** How many of them are answered 400, on one connection. */
  private static long call(PackagedPortal portal, List<String> keys) throws IOException {
    long answered = 0;
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), portal.port())) {
      OutputStream requests = socket.getOutputStream();
      DataInputStream answers =
          new DataInputStream(new BufferedInputStream(socket.getInputStream()));
      for (int from = 0; from < keys.size(); from += AT_ONCE) {
        StringBuilder some = new StringBuilder();
        keys.subList(from, from + AT_ONCE)
            .forEach(key -> some.append(REQUEST.formatted(WITH_API_KEY, key)));
        requests.write(some.toString().getBytes(US_ASCII));
        for (int i = 0; i < AT_ONCE; i++) {
          answered += status(answers) == 400 ? 1 : 0;
        }
      }
    }
    return answered;
  }

  /** Reads an answer whole, and returns its status. */
  private static int status(DataInputStream answers) throws IOException {
    String first = line(answers);
    int length = 0;
    for (String header = line(answers); !header.isEmpty(); header = line(answers)) {
      if (header.startsWith("Content-Length: ")) {
        length = Integer.parseInt(header.substring("Content-Length: ".length()));
      }
    }
    answers.skipNBytes(length);
    return Integer.parseInt(first.substring(9, 12));
  }

  private static String line(DataInputStream answers) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = answers.readUnsignedByte(); c != '\n'; c = answers.readUnsignedByte()) {
      line.append((char) c);
    }
    return line.substring(0, line.length() - 1);
  }
}
