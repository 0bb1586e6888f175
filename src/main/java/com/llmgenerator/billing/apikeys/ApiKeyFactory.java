package com.llmgenerator.billing.apikeys;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.llmgenerator.billing.auth.ApiKey;
import com.llmgenerator.billing.config.Origin;
import com.llmgenerator.billing.problem.BadRequestException;
import java.security.SecureRandom;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import org.apache.camel.Body;
import org.springframework.stereotype.Component;

/** Makes API keys as their owners ask for them. */
@Component
public final class ApiKeyFactory {
  private static final int MOST_ORIGINS = 5;

  /** A host name has at most 253 characters (RFC 1035). */
  private static final int LONGEST_ORIGIN = "https://:65535".length() + 253;

  private static final Instant LAST_SECOND = Instant.parse("9999-12-31T23:59:59Z");

  /** What breaks a line, turns the direction of a text around, or is half a character. */
  private static final String BANNED =
      "\\p{Cc}\\p{Cs}\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069";

  /**
   * White space, and what Unicode calls ignorable: alone it shows nothing. Written out, since its
   * categories change with the version of Java.
   */
  private static final String BLANK =
      " \\u00a0\\u00ad\\u034f\\u115f\\u1160\\u1680\\u17b4\\u17b5\\u180b-\\u180f\\u2000-\\u200d\\u202f"
          + "\\u205f-\\u2065\\u206a-\\u206f\\u2800\\u3000\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufffb";

  /** As {@code openapi.yaml} says. Counted in code points, as PostgreSQL does. */
  private static final Pattern NAME =
      Pattern.compile("(?=[%1$s]*+[^%1$s])[^%2$s]{1,100}".formatted(BLANK, BANNED));

  private final ObjectMapper json;
  private final SecureRandom random = new SecureRandom();

  ApiKeyFactory(ObjectMapper json) {
    this.json = json;
  }

  /**
   * Draws a key.
   *
   * @param body {@code {"name": "…", "expiresAt": "…", "returnOrigins": ["https://…"]}}, of which
   *     the name alone is needed; null if there is none
   * @throws BadRequestException if the body is anything else
   */
  public CreatedApiKey make(@Body String body) {
    ApiKeyRequest request = read(body);
    if (request.name() == null || !NAME.matcher(request.name()).matches()) {
      throw rejected("name is not a name of 1 to 100 characters");
    }
    Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    Instant end = request.expiresAt() == null ? null : time(request.expiresAt());
    if (end != null && (!end.isAfter(now) || end.isAfter(LAST_SECOND))) {
      throw rejected("expiresAt is not in the future, or after 9999");
    }
    if (request.returnOrigins().size() > MOST_ORIGINS) {
      throw rejected("returnOrigins are more than 5");
    }
    List<String> origins =
        request.returnOrigins().stream().map(ApiKeyFactory::origin).distinct().toList();
    ApiKey key = ApiKey.generate(random);
    return new CreatedApiKey(
        UUID.randomUUID().toString(),
        request.name(),
        key.text(),
        key.hint(),
        now.toString(),
        end == null ? null : end.toString(),
        origins);
  }

  private ApiKeyRequest read(String body) {
    try {
      ApiKeyRequest request = body == null ? null : json.readValue(body, ApiKeyRequest.class);
      if (request == null) {
        throw rejected("There is no body");
      }
      return request;
    } catch (JsonProcessingException e) {
      throw rejected("The body is not the JSON of a request for a key");
    }
  }

  private static Instant time(String text) {
    try {
      return Rfc3339.parse(text);
    } catch (DateTimeException e) {
      throw rejected("expiresAt is not a time of RFC 3339");
    }
  }

  private static String origin(String text) {
    try {
      if (text != null && text.length() <= LONGEST_ORIGIN) {
        Origin origin = Origin.of(text);
        if (origin.scheme().equals("https")) {
          return origin.toString();
        }
      }
    } catch (IllegalArgumentException e) {
      throw rejected("returnOrigins are refused: " + e.getMessage());
    }
    throw rejected("returnOrigins has what is no https origin");
  }

  private static BadRequestException rejected(String reason) {
    return new BadRequestException("invalid_api_key_request", reason);
  }
}
