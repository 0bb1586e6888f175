package com.llmgenerator.billing.auth;

import com.llmgenerator.billing.problem.UnauthorizedException;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.springframework.stereotype.Component;

/**
 * First half of authenticating a third-party integration: reads the API key of the request and sets
 * the variable {@code apiKeyDigest} (32 bytes), by which the route finds the key's owner. Throws
 * {@link UnauthorizedException} for what cannot be a key, so that it costs no query.
 */
@Component
final class ApiKeyAuthentication implements Processor {
  @Override
  public void process(Exchange exchange) {
    exchange.setVariable("apiKeyDigest", read(BearerToken.of(exchange)).digest());
  }

  private static ApiKey read(String token) {
    try {
      return new ApiKey(token);
    } catch (IllegalArgumentException e) {
      throw new UnauthorizedException(e.getMessage());
    }
  }
}
