package com.llmgenerator.billing.keys;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.llmgenerator.billing.auth.ApiKey;
import com.llmgenerator.billing.portal.Origin;
import java.security.SecureRandom;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import org.apache.camel.Body;
import org.springframework.stereotype.Component;

/** Makes API keys as their owners ask for them. */
@Component
public final class NewApiKeys {
  private static final int MOST_ORIGINS = 5;

  /** A host name has at most 253 characters (RFC 1035). */
  private static final int LONGEST_ORIGIN = "https://:65535".length() + 253;

  private static final Instant LAST_SECOND = Instant.parse("9999-12-31T23:59:59Z");

  /**
   * Something visible, and nothing that breaks a line, turns the direction of a text around, or is
   * half a character, which no database takes. Counted in code points, as PostgreSQL does.
   */
  private static final Pattern NAME =
      Pattern.compile(
          "(?=.*[^\\p{Z}\\p{Cf}])"
              + "[^\\p{Cc}\\p{Cs}\\p{Zl}\\p{Zp}\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069]{1,100}");

  /** RFC 3339, section 5.6; the library takes times without seconds and offsets with them. */
  private static final Pattern TIME =
      Pattern.compile(
          "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,9})?(Z|[+-]\\d\\d:\\d\\d)");

  private final ObjectMapper json;
  private final SecureRandom random = new SecureRandom();

  NewApiKeys(ObjectMapper json) {
    this.json = json;
  }

  /**
   * Draws a key.
   *
   * @param body {@code {"name": "…", "expiresAt": "…", "returnOrigins": ["https://…"]}}, of which
   *     the name alone is needed; null if there is none
   * @throws InvalidApiKeyRequestException if the body is anything else
   */
  public NewApiKey make(@Body String body) {
    ApiKeyRequest request = read(body);
    if (request.name() == null || !NAME.matcher(request.name()).matches()) {
      throw new InvalidApiKeyRequestException("name is not a name of 1 to 100 characters");
    }
    Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    Instant end = request.expiresAt() == null ? null : time(request.expiresAt());
    if (end != null && (!end.isAfter(now) || end.isAfter(LAST_SECOND))) {
      throw new InvalidApiKeyRequestException("expiresAt is not in the future");
    }
    if (request.returnOrigins().size() > MOST_ORIGINS) {
      throw new InvalidApiKeyRequestException("returnOrigins are more than 5");
    }
    List<String> origins =
        request.returnOrigins().stream().map(NewApiKeys::origin).distinct().toList();
    ApiKey key = ApiKey.generate(random);
    return new NewApiKey(
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
        throw new InvalidApiKeyRequestException("There is no body");
      }
      return request;
    } catch (JsonProcessingException e) {
      throw new InvalidApiKeyRequestException("The body is not the JSON of a request for a key");
    }
  }

  private static Instant time(String text) {
    if (!TIME.matcher(text).matches()) {
      throw new InvalidApiKeyRequestException("expiresAt is not a time of RFC 3339");
    }
    try {
      return OffsetDateTime.parse(text).toInstant().truncatedTo(ChronoUnit.SECONDS);
    } catch (DateTimeException e) {
      throw new InvalidApiKeyRequestException("expiresAt is no time of the calendar");
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
      throw new InvalidApiKeyRequestException("returnOrigins are refused: " + e.getMessage());
    }
    throw new InvalidApiKeyRequestException("returnOrigins has what is no https origin");
  }
}
