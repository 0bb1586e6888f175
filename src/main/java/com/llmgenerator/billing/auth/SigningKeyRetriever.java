package com.llmgenerator.billing.auth;

import com.nimbusds.jose.jwk.JWKSet;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches the key set over HTTP within one time-out for all of it, up to a size, and only if a
 * token can be verified by it. The library's own retriever has time-outs for one read, so that a
 * server that sends a byte now and then would hold it, and the lock around it, for hours.
 */
final class SigningKeyRetriever {
  private static final Logger LOG = LoggerFactory.getLogger(SigningKeyRetriever.class);
  private static final Duration TIMEOUT = Duration.ofSeconds(2);
  private static final int LARGEST = 256 * 1024;

  private final HttpClient client = HttpClient.newBuilder().connectTimeout(TIMEOUT).build();
  private final URI url;
  private volatile Instant fetched;

  SigningKeyRetriever(URI url) {
    this.url = url;
  }

  /** How old the key set is that was fetched last; NaN if none was. */
  double secondsSinceFetch() {
    return fetched == null
        ? Double.NaN
        : Duration.between(fetched, Instant.now()).toMillis() / 1000.0;
  }

  JWKSet retrieve() throws IOException {
    try {
      return fetch();
    } catch (IOException | RuntimeException e) {
      LOG.warn("No signing keys from {}, KEYCLOAK_JWKS_URL: {}", url, e.getMessage());
      throw e;
    }
  }

  private JWKSet fetch() throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    CompletableFuture<HttpResponse<Void>> fetch =
        client.sendAsync(
            HttpRequest.newBuilder(url).build(),
            BodyHandlers.ofByteArrayConsumer(part -> part.ifPresent(bytes -> add(bytes, body))));
    try {
      int status = fetch.get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS).statusCode();
      if (status != 200) {
        throw new IOException("Keycloak answered " + status);
      }
      JWKSet keys = KeySet.usableKeys(body.toString(StandardCharsets.UTF_8));
      if (keys.isEmpty()) {
        LOG.warn(
            "No signing keys from {}, KEYCLOAK_JWKS_URL: each shares its kid with another", url);
      }
      fetched = Instant.now();
      return keys;
    } catch (ParseException e) {
      // It must not take the place of a good one and refuse every token.
      throw new IOException(e.getMessage(), e);
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
