package com.llmgenerator.billing.auth;

import com.llmgenerator.billing.problem.TemporarilyUnavailableException;
import com.llmgenerator.billing.problem.UnauthorizedException;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.springframework.stereotype.Component;

/**
 * Authenticates a signed-in user by a Keycloak access token: sets the variable {@code userId} to
 * the token's {@code sub}, or throws {@link UnauthorizedException} or {@link
 * TemporarilyUnavailableException}.
 */
@Component
final class KeycloakAuthentication implements Processor {
  private final AccessTokenVerifier verifier;

  KeycloakAuthentication(AccessTokenVerifier verifier) {
    this.verifier = verifier;
  }

  @Override
  public void process(Exchange exchange) {
    exchange.setVariable("userId", verifier.verify(BearerToken.of(exchange)));
  }
}
