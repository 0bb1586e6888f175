package com.llmgenerator.billing.it;

import static com.llmgenerator.billing.it.Caller.AS_USER;
import static com.llmgenerator.billing.it.Problems.assertProblem;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import com.llmgenerator.billing.it.Caller.Answer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is answered before any route decides: by the head of a request, on receipt of its body. */
class EveryAddressIT {
  private static final String MALFORMED =
      "The request is malformed, or its body is not a JSON object with the members of this"
          + " operation alone.";
  private static final String MEDIA_TYPE_RULE =
      "A body must be sent as Content-Type: application/json, in UTF-8, not compressed.";

  @Nested
  class Returns200 {
    @Test
    void withTheDescriptionOfTheApi() throws IOException {
      Answer answer = Caller.send(request("/openapi.yaml").GET());
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.header("Content-Type")).isEqualTo("application/yaml");
      assertThat(answer.body())
          .isEqualTo(Files.readString(Path.of("src/main/resources/openapi.yaml")));
    }

    @Test
    void withTheHeadAlone() throws IOException {
      String answer =
          Wire.received(
              Servers.PORTAL.port(),
              "HEAD /openapi.yaml HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(US_ASCII));
      assertThat(answer)
          .startsWith("HTTP/1.1 200 OK\r\n")
          .containsIgnoringCase(
              "\r\nContent-Length: "
                  + Files.size(Path.of("src/main/resources/openapi.yaml"))
                  + "\r\n")
          .endsWith("\r\n\r\n");
    }
  }

  @Nested
  class Returns400 {
    @ParameterizedTest
    @ValueSource(
        strings = {
          "NONSENSE\r\n\r\n",
          "GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
          "GET / HTTP/1.1\r\n\r\n",
          "GET / HTTP/1.1\r\nHost: localhost\r\nBad Name\u0001: x\r\n\r\n",
          "GET /a|b HTTP/1.1\r\nHost: localhost\r\n\r\n",
          "GET /%00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
          "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: nonsense\r\n\r\n",
          "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
          "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
          "POST /api/v1/subscriptions%2fportal HTTP/1.1\r\nHost: localhost\r\n\r\n",
        })
    void toMalformedHttp(String request) {
      assertProblem(raw(request), 400, "invalid_request", MALFORMED);
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "Transfer-Encoding: chunked\r\n\r\nnonsense\r\n",
          "Content-Length: 2\r\n\r\n\u00ff\u00fe",
        })
    void toABodyThatCannotBeRead(String rest) {
      assertProblem(
          raw(
              "POST /api/v1/subscriptions/portal HTTP/1.1\r\nHost: localhost\r\nConnection: close"
                  + "\r\nContent-Type: application/json\r\n"
                  + rest),
          400,
          "invalid_request",
          MALFORMED);
    }
  }

  @Nested
  class Returns401 {
    /** Without a token: what is accepted is looked at first. */
    @ParameterizedTest
    @ValueSource(
        strings = {
          "",
          "*/*",
          "application/*",
          "application/json",
          "APPLICATION/JSON",
          "application/json; charset=utf-8",
          "application/json;q=0.001",
          "application/json, text/plain, */*",
          "application/json, */*;q=0",
          "*/*;q=0, application/*;q=0.1",
          "text/html, application/*;q=0, application/json",
          "text/html;q=1, */*;q=0.1",
          "application/problem+json, application/json",
        })
    void toCallersThatTakeJson(String accept) {
      Answer answer =
          raw(
              "POST %s HTTP/1.1\r\nHost: localhost\r\nAccept: %s\r\n\r\n"
                  .formatted(AS_USER, accept));
      assertProblem(answer, 401, "unauthorized", "Invalid or missing token.");
    }

    @Test
    void toCallersWhoAreAnsweredNothingWhateverTheyTake() {
      Answer answer =
          raw(
              "DELETE %s/%s HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\n\r\n"
                  .formatted(Caller.API_KEYS, "11111111-1111-4111-8111-111111111111"));
      assertProblem(answer, 401, "unauthorized", "Invalid or missing token.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"identity", "Identity", "identity, identity", ""})
    void toBodiesThatAreNotEncoded(String encoding) {
      Answer answer =
          raw(
              "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                      .formatted(AS_USER)
                  + "Content-Encoding: %s\r\nContent-Length: 2\r\n\r\n{}".formatted(encoding));
      assertProblem(answer, 401, "unauthorized", "Invalid or missing token.");
    }
  }

  @Nested
  class Returns404 {
    @ParameterizedTest
    @ValueSource(
        strings = {
          "/",
          "/error",
          "/api/v1/subscriptions",
          "/api/v1/subscriptions/portal/",
          "/api/v1/subscriptions/portal/API",
          "/api/v1/stripe",
          "/api/v1/stripe/events/",
          "//api/v1/subscriptions/portal",
          "/observe/health",
          "/actuator/health",
          "/index.html"
        })
    void whereThereIsNothing(String path) {
      for (String method : List.of("GET", "POST", "DELETE")) {
        assertProblem(
            Caller.send(request(path).method(method, BodyPublishers.ofString("a=b"))),
            404,
            "not_found",
            "There is nothing at this address.");
      }
    }
  }

  @Nested
  class Returns405 {
    @ParameterizedTest
    @CsvSource({
      "PUT, /api/v1/subscriptions/portal, 'GET, POST'",
      "GET, /api/v1/subscriptions/portal/api, POST",
      "DELETE, /api/v1/subscriptions/portal/api, POST",
      "PUT, /api/v1/api-keys, 'GET, POST'",
      "GET, /api/v1/stripe/events, POST",
      "DELETE, /api/v1/stripe/events, POST",
      "POST, /openapi.yaml, GET"
    })
    void toOtherMethodsAndNamesTheRightOne(String method, String path, String allow) {
      Answer answer = Caller.send(request(path).method(method, BodyPublishers.noBody()));
      assertProblem(answer, 405, "method_not_allowed", "This address does not take this method.");
      assertThat(answer.header("Allow").split(", ")).containsExactlyInAnyOrder(allow.split(", "));
    }
  }

  @Nested
  class Returns406 {
    @ParameterizedTest
    @ValueSource(
        strings = {
          "text/html",
          "image/*",
          "nonsense",
          "application/problem+json",
          "application/json;q=0",
          "application/json;q=0.000",
          "*/*, application/json;q=0",
          "application/*, application/json; q=0, */*",
          "*/*, application/*;q=0",
          "*/*;q=0",
          "text/html, application/*;q=0, */*;q=1",
        })
    void toCallersThatDoNotTakeJson(String accept) {
      assertProblem(
          Caller.send(request(AS_USER).header("Accept", accept).POST(BodyPublishers.noBody())),
          406,
          "not_acceptable",
          "This address has no answer of a type that the request accepts.");
    }
  }

  /** What is wrong comes in this order, whatever else is wrong with a request. */
  @ParameterizedTest
  @CsvSource({
    "400, PUT /nowhere HTTP/1.1|X: (|Accept: text/html|Transfer-Encoding: gzip",
    "431, PUT /nowhere HTTP/1.1|X: LONG|Accept: text/html|Content-Length: 9000",
    "404, PUT /nowhere HTTP/1.1|Accept: text/html|Content-Length: 9000",
    "405, PUT /api/v1/subscriptions/portal HTTP/1.1|Accept: text/html|Content-Length: 9000",
    "406, POST /api/v1/subscriptions/portal HTTP/1.1|Accept: text/html|Content-Length: 9000",
    "413, POST /api/v1/subscriptions/portal HTTP/1.1|Content-Type: a/b|Content-Length: 9000",
    "400, POST /api/v1/subscriptions/portal HTTP/1.1|Content-Type: a/b|Content-Length: 2",
    "415, POST /api/v1/subscriptions/portal HTTP/1.1|Content-Type: a/b|Content-Length: 1",
  })
  void isCheckedInOrder(int status, String head) {
    String lines =
        head.replaceFirst("\\|", "\r\nHost: localhost\r\n")
            .replace("|", "\r\n")
            .replace("LONG", "x".repeat(17_000));
    assertThat(raw(lines + "\r\n\r\n{").status()).isEqualTo(status);
  }

  @Nested
  class Continues {
    private static final String HEAD =
        "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            + "Expect: 100-continue\r\nConnection: close\r\nContent-Length: %d\r\n\r\n";
    private static final String CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";

    @Test
    void beforeABodyThatIsTaken() throws IOException {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), Servers.PORTAL.port())) {
        socket.getOutputStream().write(HEAD.formatted(AS_USER, 2).getBytes(US_ASCII));
        byte[] first = socket.getInputStream().readNBytes(CONTINUE.length());
        assertThat(new String(first, US_ASCII)).isEqualTo(CONTINUE);
        socket.getOutputStream().write("{}".getBytes(US_ASCII));
        byte[] rest = socket.getInputStream().readAllBytes();
        assertThat(new String(rest, US_ASCII)).startsWith("HTTP/1.1 401 Unauthorized\r\n");
      }
    }

    @Test
    void notBeforeABodyThatIsRejected() {
      Answer answer = raw(HEAD.formatted(AS_USER, 9_000));
      assertProblem(
          answer, 413, "payload_too_large", "The body is larger than this address takes.");
    }
  }

  @Nested
  class Returns413 {
    private final String large = " ".repeat(8 * 1024) + "{";

    @Test
    void toALargeBody() {
      assertTooLarge(BodyPublishers.ofString(large));
    }

    @Test
    void toALargeBodyOfUnknownLength() {
      assertTooLarge(BodyPublishers.fromPublisher(BodyPublishers.ofString(large)));
    }

    private void assertTooLarge(BodyPublisher body) {
      assertProblem(
          Caller.send(request(AS_USER).header("Content-Type", "application/json").POST(body)),
          413,
          "payload_too_large",
          "The body is larger than this address takes.");
    }
  }

  @Nested
  class Returns415 {
    @ParameterizedTest
    @ValueSource(
        strings = {
          "text/plain",
          "application/x-www-form-urlencoded",
          "multipart/form-data; boundary=x",
          "application/json; charset=iso-8859-1",
          "application/json; charset=nonsense",
          "application/problem+json",
          "application/x-java-serialized-object",
          "nonsense"
        })
    void toOtherBodies(String contentType) {
      for (String path : List.of(AS_USER, Caller.API_KEYS, StripeEventsIT.EVENTS)) {
        assertProblem(
            Caller.send(
                request(path)
                    .header("Content-Type", contentType)
                    .POST(BodyPublishers.ofString("{}"))),
            415,
            "unsupported_media_type",
            MEDIA_TYPE_RULE);
      }
    }

    @Test
    void toABodyThatDoesNotSayWhatItIs() {
      assertProblem(
          Caller.send(request(AS_USER).POST(BodyPublishers.ofString("{}"))),
          415,
          "unsupported_media_type",
          MEDIA_TYPE_RULE);
    }

    @Test
    void toABodyThatSaysItIsTwoThings() {
      assertProblem(
          Caller.send(
              request(AS_USER)
                  .header("Content-Type", "application/json")
                  .header("Content-Type", "text/plain")
                  .POST(BodyPublishers.ofString("{}"))),
          415,
          "unsupported_media_type",
          MEDIA_TYPE_RULE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "br", "identity, gzip", "gzip, identity", "nonsense"})
    void toAnEncodedBody(String encoding) {
      assertProblem(
          Caller.send(
              request(AS_USER)
                  .header("Content-Type", "application/json")
                  .header("Content-Encoding", encoding)
                  .POST(BodyPublishers.ofString("{}"))),
          415,
          "unsupported_media_type",
          MEDIA_TYPE_RULE);
    }
  }

  @Nested
  class Returns431 {
    @Test
    void toHeadersThatAreTooLarge() {
      assertTooLarge("GET / HTTP/1.1\r\nHost: localhost\r\nX: " + "x".repeat(20_000) + "\r\n\r\n");
    }

    @Test
    void toTooManyHeaders() {
      assertTooLarge("GET / HTTP/1.1\r\nHost: localhost\r\n" + "X: x\r\n".repeat(100) + "\r\n");
    }

    @ParameterizedTest
    @ValueSource(ints = {8_200, 20_000})
    void toAnAddressThatIsTooLong(int length) {
      assertTooLarge("GET /" + "x".repeat(length) + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    }

    private void assertTooLarge(String request) {
      assertProblem(
          raw(request),
          431,
          "request_header_fields_too_large",
          "The address is longer than 8 KiB, the headers are larger than 16 KiB, or there are more"
              + " than 100 headers.");
    }
  }

  private static HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(Servers.PORTAL.url(path)));
  }

  /** Sends bytes that no HTTP client would send. */
  private static Answer raw(String request) {
    List<Answer> answers = Wire.send(Servers.PORTAL, request);
    assertThat(answers).hasSize(1);
    return answers.get(0);
  }
}
