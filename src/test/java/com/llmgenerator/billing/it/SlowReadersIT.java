package com.llmgenerator.billing.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Callers who ask for much and read nothing: they are in nobody's way, and cut off. Not part of
 * every run, since it waits for the last of them for more than a minute.
 */
@Tag("load")
class SlowReadersIT {
  private static final int READERS = 300;
  private static final String REQUESTS =
      "GET /openapi.yaml HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(25);

  @Test
  void holdNoPlaceInTheRoutesAndAreCutOff() throws IOException {
    List<Socket> readers = new ArrayList<>();
    Map<String, String> environment = Servers.environment();
    environment.put("PORTAL_REQUESTS_AT_ONCE", "250");
    try (PackagedPortal portal = PackagedPortal.start(environment)) {
      for (int i = 0; i < READERS; i++) {
        Socket reader = new Socket();
        reader.setReceiveBufferSize(4096);
        reader.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), portal.port()));
        reader.getOutputStream().write(REQUESTS.getBytes(ISO_8859_1));
        readers.add(reader);
      }
      portal.await(() -> portal.metrics().contains("\nbilling_portal_requests_in_flight 0.0"));
      assertThat(Caller.post(portal, Caller.AS_USER, "no.to.ken", null).status()).isEqualTo(401);
      List<Socket> left = new ArrayList<>(readers);
      portal.await(
          () -> {
            left.removeIf(SlowReadersIT::isCutOff);
            return left.isEmpty();
          });
      assertThat(portal.log()).doesNotContain(" ERROR ");
    } finally {
      for (Socket reader : readers) {
        reader.close();
      }
    }
  }

  /** Whether the portal has hung up: it takes no more requests. */
  private static boolean isCutOff(Socket reader) {
    try {
      reader.getOutputStream().write('G');
      return false;
    } catch (IOException e) {
      return true;
    }
  }
}
