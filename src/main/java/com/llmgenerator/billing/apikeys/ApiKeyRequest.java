package com.llmgenerator.billing.apikeys;

import java.util.List;

/**
 * The body that asks for an API key, as it was sent.
 *
 * @param name by which its owner knows the key
 * @param expiresAt RFC 3339; null for a key that does not expire
 * @param returnOrigins where its callers may send users back to, besides the origins that all
 *     callers have; null for none
 */
record ApiKeyRequest(String name, String expiresAt, List<String> returnOrigins) {
  ApiKeyRequest {
    returnOrigins = returnOrigins == null ? List.of() : returnOrigins;
  }
}
