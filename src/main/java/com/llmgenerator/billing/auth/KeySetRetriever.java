package com.llmgenerator.billing.auth;

import com.nimbusds.jose.util.Resource;
import com.nimbusds.jose.util.ResourceRetriever;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Fetches the key set over HTTP within one time-out for all of it and up to a size. The library's
 * own retriever has time-outs for one read, so that a server that sends a byte now and then would
 * hold it, and the lock around it, for hours.
 */
final class KeySetRetriever implements ResourceRetriever {
  private static final Duration TIMEOUT = Duration.ofSeconds(2);
  private static final int LARGEST = 256 * 1024;

  private final HttpClient client = HttpClient.newBuilder().connectTimeout(TIMEOUT).build();

  @Override
  public Resource retrieveResource(URL url) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    CompletableFuture<HttpResponse<Void>> fetch =
        client.sendAsync(
            HttpRequest.newBuilder(URI.create(url.toString())).build(),
            BodyHandlers.ofByteArrayConsumer(part -> part.ifPresent(bytes -> add(bytes, body))));
    try {
      int status = fetch.get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS).statusCode();
      if (status != 200) {
        throw new IOException("Keycloak answered " + status);
      }
      return new Resource(body.toString(StandardCharsets.UTF_8), null);
    } catch (TimeoutException e) {
      throw new IOException("Keycloak did not answer within 2 s");
    } catch (ExecutionException e) {
      throw new IOException("Keycloak cannot be reached: " + e.getCause(), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    } finally {
      fetch.cancel(true);
    }
  }

  private static void add(byte[] part, ByteArrayOutputStream body) {
    if (body.size() + part.length > LARGEST) {
      throw new IllegalStateException("The key set is larger than 256 KiB");
    }
    body.writeBytes(part);
  }
}
