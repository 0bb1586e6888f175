package com.llmgenerator.billing.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Scheme, host and port of a web address (RFC 6454), so that {@code https://app.example.com} and
 * {@code https://app.example.com:443} are the same.
 */
public record Origin(String scheme, String host, int port) {
  private static final int LONGEST_URL = 2048;
  private static final Pattern ALONE = Pattern.compile("https?://[^/?#]+");
  private static final Pattern AUTHORITY = Pattern.compile("([a-z0-9.-]+)(?::([1-9][0-9]{0,4}))?");

  /**
   * Reads the origin of an absolute URL.
   *
   * <p>Only what every browser reads alike is accepted: at most 2,048 visible ASCII characters, no
   * backslash, a lower-case scheme and host, no user, a port without leading zeros, https unless
   * the host is this machine.
   *
   * @throws IllegalArgumentException if the URL is anything else; the message does not repeat it
   */
  public static Origin ofUrl(String url) {
    if (url.length() > LONGEST_URL) {
      throw new IllegalArgumentException("Longer than 2,048 characters");
    }
    if (url.isEmpty() || !url.chars().allMatch(Origin::isVisibleAscii)) {
      throw new IllegalArgumentException("Holds a character that a URL must escape");
    }
    URI uri = parse(url);
    if (uri.getRawAuthority() == null || uri.getScheme() == null) {
      throw new IllegalArgumentException("Not an absolute URL");
    }
    Matcher authority = AUTHORITY.matcher(uri.getRawAuthority());
    if (!authority.matches()) {
      throw new IllegalArgumentException("Not a plain host and port in lower case");
    }
    boolean https = uri.getScheme().equals("https");
    String host = authority.group(1);
    if (!https && !(uri.getScheme().equals("http") && isThisMachine(host))) {
      throw new IllegalArgumentException("Not https");
    }
    int port =
        authority.group(2) == null ? (https ? 443 : 80) : Integer.parseInt(authority.group(2));
    if (port > 65_535) {
      throw new IllegalArgumentException("No such port");
    }
    return new Origin(uri.getScheme(), host, port);
  }

  /** The origin of an absolute URL, or none if {@link #ofUrl} would refuse it. */
  public static Optional<Origin> find(String url) {
    try {
      return Optional.of(ofUrl(url));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /**
   * Reads an origin that is written as such: without a path, a query or a fragment.
   *
   * @throws IllegalArgumentException if it is anything else; the message does not repeat it
   */
  public static Origin of(String text) {
    Origin origin = ofUrl(text);
    if (!ALONE.matcher(text).matches()) {
      throw new IllegalArgumentException("More than an origin");
    }
    return origin;
  }

  /** Without the backslash, which browsers take for a slash. */
  private static boolean isVisibleAscii(int character) {
    return 0x21 <= character && character <= 0x7e && character != '\\';
  }

  /** Whether a host name is the machine's own, where http is as safe as https. */
  private static boolean isThisMachine(String host) {
    return host.equals("localhost") || host.equals("127.0.0.1");
  }

  /** As browsers write it in the {@code Origin} header: without the scheme's own port. */
  @Override
  public String toString() {
    boolean usual = port == (scheme.equals("https") ? 443 : 80);
    return scheme + "://" + host + (usual ? "" : ":" + port);
  }

  /** An address on this origin: a path, maybe with a query. */
  public URI uri(String path) {
    return URI.create(this + path);
  }

  private static URI parse(String url) {
    try {
      return new URI(url);
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException("Not a URL", e);
    }
  }
}
