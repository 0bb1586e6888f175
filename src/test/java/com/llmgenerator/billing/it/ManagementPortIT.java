package com.llmgenerator.billing.it;

import static com.llmgenerator.billing.it.Problems.assertProblem;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import com.llmgenerator.billing.it.Caller.Answer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The port that operators and Kubernetes ask, which takes what it is asked as strictly. */
class ManagementPortIT {
  private static final int MOST_CONNECTIONS = 200;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/observe/health/liveness | {\"status\":\"UP\"}",
        "/observe/health/readiness | {\"status\":\"UP\"}",
        "/observe/health | {\"status\":\"UP\",\"groups\":[\"keys\",\"liveness\",\"offer\",\"readiness\"]}",
      })
  void tellsHealthAndNoDetails(String path, String health) {
    Answer answer = ask("GET " + path, "");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo(health);
    assertThat(answer.header("Content-Type")).isEqualTo("application/json");
    assertThat(answer.header("Cache-Control")).isEqualTo("no-store");
  }

  @Test
  void tellsMetricsAsPrometheusReadsThem() {
    Answer answer = ask("GET /observe/prometheus", "Accept: application/openmetrics-text\r\n");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("Content-Type")).isEqualTo("text/plain; version=0.0.4; charset=utf-8");
    assertThat(answer.body()).contains("# TYPE billing_signing_keys_age_seconds gauge\n");
  }

  @Test
  void answersHeadWithoutABody() {
    assertThat(send("HEAD /observe/health/liveness", ""))
        .startsWith("HTTP/1.1 200 OK\r\n")
        .containsIgnoringCase("\r\nContent-Length: 15\r\n")
        .endsWith("\r\n\r\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/observe",
        "/observe/",
        "/observe/env",
        "/observe/health/none",
        "/observe/health/liveness/none",
        "/observe/healthy",
        "/observe/prometheus/",
        "/actuator/health",
        "/api/v1/subscriptions/portal",
      })
  void hasNothingElse(String path) {
    assertProblem(ask("GET " + path, ""), 404, "not_found", "There is nothing at this address.");
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "DELETE", "OPTIONS", "TRACE"})
  void changesNothing(String method) {
    Answer answer = ask(method + " /observe/health", "");
    assertProblem(answer, 405, "method_not_allowed", "This address does not take this method.");
    assertThat(answer.header("Allow")).isEqualTo("GET");
  }

  @Test
  void refusesWhatIsNoHttp11() {
    String malformed =
        "The request is malformed, or its body is not a JSON object with the members of this"
            + " operation alone.";
    assertProblem(
        ask("GET /observe/health", "Transfer-Encoding: nonsense\r\n"),
        400,
        "invalid_request",
        malformed);
    assertThat(ask("GET /observe/health", "X: " + "x".repeat(20_000) + "\r\n").status())
        .isEqualTo(431);
  }

  /** As many connections as may be open rest, and one more asks: the longest at rest is closed. */
  @Test
  void makesRoomForWhoAsks() throws IOException {
    Deque<Socket> resting = new ArrayDeque<>();
    byte[] request = "GET /observe/health HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(US_ASCII);
    try {
      for (int i = 0; i < 2 * MOST_CONNECTIONS; i++) {
        Socket socket =
            new Socket(InetAddress.getLoopbackAddress(), Servers.PORTAL.managementPort());
        resting.add(socket);
        socket.setSoTimeout(10_000);
        socket.getOutputStream().write(request);
        assertThat(new String(socket.getInputStream().readNBytes(15), US_ASCII))
            .isEqualTo("HTTP/1.1 200 OK");
      }
      Socket first = resting.getFirst();
      assertThat(new String(first.getInputStream().readAllBytes(), US_ASCII)).endsWith("]}");
      resting.getLast().getOutputStream().write(request);
      assertThat(new String(resting.getLast().getInputStream().readNBytes(300), US_ASCII))
          .contains("]}HTTP/1.1 200 OK");
    } finally {
      for (Socket socket : resting) {
        socket.close();
      }
    }
  }

  @Test
  void answersAfterItsLimitOfConnectionsWasMetTenTimes() throws IOException {
    for (int time = 0; time < 10; time++) {
      List<Socket> silent = new ArrayList<>();
      for (int i = 0; i < MOST_CONNECTIONS + 20; i++) {
        silent.add(new Socket(InetAddress.getLoopbackAddress(), Servers.PORTAL.managementPort()));
      }
      for (Socket socket : silent) {
        socket.close();
      }
      assertThat(ask("GET /observe/health", "").status()).isEqualTo(200);
    }
  }

  private static Answer ask(String methodAndPath, String headers) {
    return Wire.parse(send(methodAndPath, headers)).get(0);
  }

  private static String send(String methodAndPath, String headers) {
    String request = methodAndPath + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n";
    return Wire.received(Servers.PORTAL.managementPort(), request.getBytes(US_ASCII));
  }
}
