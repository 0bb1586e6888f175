package com.llmgenerator.billing.auth;

import com.llmgenerator.billing.http.RequestHead;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.camel.Exchange;

/** The credential of a request: RFC 6750, section 2.1, and no other way. */
final class BearerToken {
  private static final Pattern BEARER = Pattern.compile("(?i:Bearer) +([\\w.~+/-]++=*+)");

  private BearerToken() {}

  /**
   * Reads the bearer token from the one {@code Authorization} header of the HTTP request. Camel's
   * message headers are not asked: a route or a caller can put anything there.
   *
   * @throws UnauthorizedException if there is no such header, more than one, or no bearer token
   */
  static String of(Exchange exchange) {
    List<String> headers = RequestHead.of(exchange).all("Authorization");
    if (headers.isEmpty()) {
      throw UnauthorizedException.withoutCredential();
    }
    if (headers.size() > 1) {
      throw new UnauthorizedException("More than one Authorization header");
    }
    Matcher bearer = BEARER.matcher(headers.get(0));
    if (!bearer.matches()) {
      throw new UnauthorizedException("The Authorization header is not a bearer token");
    }
    return bearer.group(1);
  }
}
