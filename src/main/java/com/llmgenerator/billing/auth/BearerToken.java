package com.llmgenerator.billing.auth;

import com.llmgenerator.billing.problem.UnauthorizedException;
import com.llmgenerator.billing.request.RequestHeaders;
import java.util.BitSet;
import java.util.List;
import org.apache.camel.Exchange;

/** The credential of a request: RFC 6750, section 2.1, and no other way. */
final class BearerToken {
  private static final String SCHEME = "Bearer ";
  private static final BitSet CHARACTERS = new BitSet(128);

  static {
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/"
        .chars()
        .forEach(CHARACTERS::set);
  }

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

  /** By hand: a regular expression took longer than all else that a known token costs. */
  static String read(String header) {
    int begin = SCHEME.length();
    if (header.regionMatches(true, 0, SCHEME, 0, begin)) {
      while (begin < header.length() && header.charAt(begin) == ' ') {
        begin++;
      }
      int end = header.length();
      while (end > begin && header.charAt(end - 1) == '=') {
        end--;
      }
      int read = begin;
      while (read < end && CHARACTERS.get(header.charAt(read))) {
        read++;
      }
      if (read == end && begin < end) {
        return header.substring(begin);
      }
    }
    throw new UnauthorizedException("The Authorization header is not a bearer token");
  }
}
