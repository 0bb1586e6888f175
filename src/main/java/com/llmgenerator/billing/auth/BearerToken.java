package com.llmgenerator.billing.auth;

import com.llmgenerator.billing.problem.UnauthorizedException;
import com.llmgenerator.billing.request.RequestHeaders;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.camel.Exchange;

/**
 * The credential of a request: RFC 6750, section 2.1, and no other way. Which characters it has is
 * for {@link AccessTokenFormat} and {@link ApiKey} to check, which are stricter.
 */
final class BearerToken {
  private static final Pattern SCHEME = Pattern.compile("(?i:Bearer) +(?=[^ ])");

  private BearerToken() {}

  /**
   * Reads the bearer token from the one {@code Authorization} header of the HTTP request. Camel's
   * message headers are not asked: a route or a caller can put anything there.
   *
   * @throws UnauthorizedException if there is no such header, more than one, or no bearer token
   */
  static String of(Exchange exchange) {
    List<String> headers = RequestHeaders.of(exchange).all("Authorization");
    if (headers.isEmpty()) {
      throw UnauthorizedException.withoutCredential();
    }
    if (headers.size() > 1) {
      throw new UnauthorizedException("More than one Authorization header");
    }
    return read(headers.get(0));
  }

  static String read(String header) {
    Matcher scheme = SCHEME.matcher(header);
    if (!scheme.lookingAt()) {
      throw new UnauthorizedException("The Authorization header is not a bearer token");
    }
    return header.substring(scheme.end());
  }
}
