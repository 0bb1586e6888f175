package com.llmgenerator.billing.auth;

import static java.util.concurrent.TimeUnit.SECONDS;

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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
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

  SigningKeyRetriever(URI url) {
    this.url = url;
  }

  /**
   * Fetches the usable keys.
   *
   * @throws IOException if there are none; the message says why
   */
  JWKSet retrieve() throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    CompletableFuture<HttpResponse<Void>> fetch =
        client.sendAsync(
            HttpRequest.newBuilder(url).build(),
            BodyHandlers.ofByteArrayConsumer(part -> part.ifPresent(bytes -> add(bytes, body))));
    try {
      int status = fetch.copy().orTimeout(TIMEOUT.toSeconds(), SECONDS).join().statusCode();
      if (status != 200) {
        throw new IOException("Keycloak answered " + status);
      }
      JWKSet keys = KeySet.usableKeys(body.toString(StandardCharsets.UTF_8));
      if (keys.isEmpty()) {
        LOG.warn(
            "No signing keys from {}, KEYCLOAK_JWKS_URL: each shares its kid with another", url);
      }
      return keys;
    } catch (ParseException e) {
      // It must not take the place of a good one and refuse every token.
      throw new IOException(e.getMessage(), e);
    } catch (CompletionException e) {
      throw new IOException(
          e.getCause() instanceof TimeoutException
              ? "Keycloak did not answer within 2 s"
              : "Keycloak cannot be reached: " + e.getCause(),
          e);
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
