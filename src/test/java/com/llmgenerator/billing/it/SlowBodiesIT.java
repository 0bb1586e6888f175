package com.llmgenerator.billing.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * More callers than may be connected, each of whom promises a body and keeps some of it: from 256
 * MiB of heap the portal survives them, and serves the next. Not part of every run, since it takes
 * the whole machine.
 */
@Tag("load")
class SlowBodiesIT {
  private static final int SENDERS = 4_500;

  /** The smallest request, and the longest address, headers and body that are taken. */
  @ParameterizedTest
  @CsvSource({"1, 1, 1", "8000, 16000, 8191"})
  void doNotBringThePortalDown(int address, int headers, int body) throws IOException {
    String request =
        "POST /api/v1/subscriptions/portal?%s HTTP/1.1\r\nHost: localhost\r\nX: %s\r\n"
                .formatted("a".repeat(address), "x".repeat(headers))
            + "Content-Type: application/json\r\nContent-Length: 8192\r\n\r\n"
            + " ".repeat(body);
    String token = Servers.KEYCLOAK.login("demo").accessToken();
    List<Socket> senders = new ArrayList<>();
    try (PackagedPortal portal = PackagedPortal.start(Servers.environment())) {
      for (int i = 0; i < SENDERS; i++) {
        Socket sender = new Socket();
        sender.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), portal.port()));
        sender.getOutputStream().write(request.getBytes(ISO_8859_1));
        senders.add(sender);
      }
      assertThat(Caller.post(portal, Caller.AS_USER, token, null).status()).isEqualTo(200);
      assertThat(portal.health("/liveness")).isEqualTo(200);
      assertThat(portal.log()).doesNotContain("OutOfMemoryError", " ERROR ");
    } finally {
      for (Socket sender : senders) {
        sender.close();
      }
    }
  }
}
