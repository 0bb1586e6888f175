package com.llmgenerator.billing.it;

import com.llmgenerator.billing.OpenApiContract;
import com.llmgenerator.billing.it.Caller.Answer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Many callers at once, each with an API key and a connection of its own. */
final class Crowd {
  private static final OpenApiContract CONTRACT = OpenApiContract.load();
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(60);

  private final List<CompletableFuture<Timed>> answers;

  private Crowd(List<CompletableFuture<Timed>> answers) {
    this.answers = answers;
  }

  /** An answer, and how long its caller waited for it, connecting included. */
  record Timed(Answer answer, Duration took) {}

  /** Every key's owner calls. */
  static Crowd call(PackagedPortal portal, List<String> keys) {
    HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    return new Crowd(keys.stream().map(key -> send(client, portal, key)).toList());
  }

  /** Lets some callers after others through, whatever they are answered, until Java is warm. */
  static void warmUp(PackagedPortal portal, List<String> keys, int atOnce) {
    for (int from = 0; from < keys.size(); from += atOnce) {
      call(portal, keys.subList(from, Math.min(from + atOnce, keys.size()))).answers();
    }
  }

  boolean isAnswered() {
    return answered() == answers.size();
  }

  long answered() {
    return answers.stream().filter(CompletableFuture::isDone).count();
  }

  /** Waits for all answers; fails if one is missing or not as the OpenAPI document says. */
  List<Timed> answers() {
    CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
        .orTimeout(LONGEST_WAIT.toSeconds(), TimeUnit.SECONDS)
        .join();
    List<Timed> received = answers.stream().map(CompletableFuture::join).toList();
    for (Timed timed : received) {
      Answer answer = timed.answer();
      CONTRACT.checkResponse(
          "POST", Caller.WITH_API_KEY, answer.status(), answer.headers(), answer.body());
    }
    return received;
  }

  private static CompletableFuture<Timed> send(
      HttpClient client, PackagedPortal portal, String key) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(portal.url(Caller.WITH_API_KEY)))
            .header("Authorization", "Bearer " + key)
            .timeout(LONGEST_WAIT)
            .POST(BodyPublishers.noBody())
            .build();
    long begin = System.nanoTime();
    return client
        .sendAsync(request, BodyHandlers.ofString())
        .thenApply(
            response ->
                new Timed(
                    new Answer(response.statusCode(), response.headers().map(), response.body()),
                    Duration.ofNanos(System.nanoTime() - begin)));
  }
}
