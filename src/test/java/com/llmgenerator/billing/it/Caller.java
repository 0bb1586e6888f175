package com.llmgenerator.billing.it;

import com.llmgenerator.billing.OpenApiContract;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Calls the portal as a user's program would; every answer must be as the OpenAPI document says.
 */
final class Caller {
  static final String AS_USER = "/api/v1/subscriptions/portal";
  static final String WITH_API_KEY = "/api/v1/subscriptions/portal/api";

  static final String API_KEYS = "/api/v1/api-keys";

  private static final OpenApiContract CONTRACT = OpenApiContract.load();
  private static final HttpClient CLIENT = HttpClient.newHttpClient();
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(60);

  private Caller() {}

  /** An answer of the portal. */
  record Answer(int status, Map<String, List<String>> headers, String body) {
    String header(String name) {
      return headers.entrySet().stream()
          .filter(entry -> entry.getKey().equalsIgnoreCase(name))
          .flatMap(entry -> entry.getValue().stream())
          .findFirst()
          .orElse(null);
    }
  }

  /** Sends a request with a bearer token (null for none) and a JSON body (null for none). */
  static Answer post(String path, String token, String json) {
    return post(Servers.PORTAL, path, token, json);
  }

  static Answer post(PackagedPortal portal, String path, String token, String json) {
    return call(portal, "POST", path, token, json);
  }

  /** As {@link #post(String, String, String)}, by any method. */
  static Answer call(String method, String path, String token, String json) {
    return call(Servers.PORTAL, method, path, token, json);
  }

  static Answer call(PackagedPortal portal, String method, String path, String token, String json) {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(portal.url(path)));
    if (token != null) {
      request.header("Authorization", "Bearer " + token);
    }
    if (json != null) {
      request.header("Content-Type", "application/json");
    }
    request.method(method, json == null ? BodyPublishers.noBody() : BodyPublishers.ofString(json));
    Answer answer = send(request);
    if (answer.status() < 300) {
      checkRequest(request.build(), json, answer);
    }
    return answer;
  }

  /** A request that succeeds must be as the document says, too; others are wrong on purpose. */
  private static void checkRequest(HttpRequest request, String json, Answer answer) {
    CONTRACT.check(
        request.method(),
        request.uri().getPath(),
        request.headers().map(),
        json,
        answer.status(),
        answer.headers(),
        answer.body());
  }

  static Answer send(HttpRequest.Builder builder) {
    HttpRequest request = builder.build();
    Answer answer = sendUnchecked(request);
    CONTRACT.checkResponse(
        request.method(),
        request.uri().getPath(),
        answer.status(),
        answer.headers(),
        answer.body());
    return answer;
  }

  /** As {@link #send}, for a portal whose answers were changed on purpose. */
  static Answer sendUnchecked(HttpRequest request) {
    HttpRequest limited =
        HttpRequest.newBuilder(request, (name, value) -> true).timeout(LONGEST_WAIT).build();
    try {
      HttpResponse<String> response = CLIENT.send(limited, BodyHandlers.ofString());
      return new Answer(response.statusCode(), response.headers().map(), response.body());
    } catch (HttpTimeoutException e) {
      throw new AssertionError("Nothing within " + LONGEST_WAIT + " to " + request, e);
    } catch (IOException e) {
      throw new AssertionError("No answer to " + request, e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
