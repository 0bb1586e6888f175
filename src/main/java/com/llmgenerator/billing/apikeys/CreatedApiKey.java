package com.llmgenerator.billing.apikeys;

import com.llmgenerator.billing.auth.ApiKey;
import java.util.List;

/**
 * An API key as its owner gets it, this once: the answer has the components, the database what
 * {@link #digest} and {@link #joinedOrigins} make of two of them. Times are of RFC 3339, in UTC.
 *
 * @param key whoever has it is in, so it is neither stored nor logged
 * @param expiresAt null if it does not expire
 * @param returnOrigins each as browsers write it, none twice
 */
public record CreatedApiKey(
    String id,
    String name,
    String key,
    String hint,
    String createdAt,
    String expiresAt,
    List<String> returnOrigins) {

  /** What the database knows the key by. */
  public byte[] digest() {
    return new ApiKey(key).digest();
  }

  /** The origins in one text, between spaces, which no origin has. */
  public String joinedOrigins() {
    return String.join(" ", returnOrigins);
  }

  @Override
  public String toString() {
    return "API key " + id;
  }
}
