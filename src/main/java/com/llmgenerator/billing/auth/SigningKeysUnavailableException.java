package com.llmgenerator.billing.auth;

/** No token can be verified: the realm's signing keys were never fetched, or too long ago. */
public final class SigningKeysUnavailableException extends RuntimeException {
  SigningKeysUnavailableException(Throwable cause) {
    super("The signing keys of the Keycloak realm cannot be loaded: " + cause.getMessage(), cause);
  }
}
