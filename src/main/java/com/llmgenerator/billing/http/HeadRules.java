package com.llmgenerator.billing.http;

import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What the head of a request must be like, beyond what the decoder sees to: one meaning, whoever
 * reads it. What a proxy before this server could read otherwise is refused.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9112">RFC 9112</a>
 */
final class HeadRules {
  private static final int MOST_HEADERS = 100;
  private static final Pattern METHOD = Pattern.compile("[!#$%&'*+.^`|~\\w-]{1,32}");

  /** RFC 3986: the characters of a path and a query, and whole escapes. */
  private static final Pattern TARGET =
      Pattern.compile("/(?:[!$&'()*+,;=:@/?~\\w.-]|%\\p{XDigit}{2})*+");

  /** A slash, a backslash and the end of a text in C, smuggled. */
  private static final Pattern ESCAPED = Pattern.compile("[^?]*%(?:2f|5c|00).*", 2);

  private static final Pattern HOST =
      Pattern.compile("(?:[\\w.-]+|\\[[\\p{XDigit}:.]+\\])(?::\\d{1,5})?");
  private static final Pattern LENGTH = Pattern.compile("\\d{1,18}");

  private HeadRules() {}

  /** What is wrong with a head, if anything. */
  static Optional<Refusal> check(HttpRequest request) {
    DecoderResult decoded = request.decoderResult();
    HttpHeaders headers = request.headers();
    if (decoded.cause() instanceof TooLongHttpHeaderException
        || decoded.cause() instanceof TooLongHttpLineException
        || headers.size() > MOST_HEADERS) {
      return Optional.of(Refusal.HEAD_TOO_LARGE);
    }
    boolean right =
        decoded.isSuccess()
            && isVersion(request)
            && METHOD.matcher(request.method().name()).matches()
            && hasPlainValues(headers)
            && isHost(request)
            && isTarget(request)
            && isFraming(request)
            && isExpectation(headers);
    return right ? Optional.empty() : Optional.of(Refusal.MALFORMED);
  }

  /** The target without the address of this server before it. */
  static String target(HttpRequest request) {
    String target = request.uri();
    String before = "http://" + request.headers().get(HttpHeaderNames.HOST);
    return target.startsWith(before) ? target.substring(before.length()) : target;
  }

  static boolean isHttp10(HttpRequest request) {
    return request.protocolVersion().equals(HttpVersion.HTTP_1_0);
  }

  private static boolean isVersion(HttpRequest request) {
    return request.protocolVersion().equals(HttpVersion.HTTP_1_1) || isHttp10(request);
  }

  private static boolean hasPlainValues(HttpHeaders headers) {
    Iterator<Map.Entry<CharSequence, CharSequence>> all = headers.iteratorCharSequence();
    while (all.hasNext()) {
      CharSequence value = all.next().getValue();
      for (int i = 0; i < value.length(); i++) {
        char c = value.charAt(i);
        if (c < ' ' && c != '\t' || c == 0x7f) {
          return false;
        }
      }
    }
    return true;
  }

  private static boolean isHost(HttpRequest request) {
    List<String> hosts = request.headers().getAll(HttpHeaderNames.HOST);
    return hosts.size() == 1 && HOST.matcher(hosts.get(0)).matches()
        || hosts.isEmpty() && isHttp10(request);
  }

  private static boolean isTarget(HttpRequest request) {
    String target = target(request);
    return TARGET.matcher(target).matches() && !ESCAPED.matcher(target).matches()
        || target.equals("*") && request.method().name().equals("OPTIONS");
  }

  /** RFC 9112, section 6.3, without the cases in which it trusts the sender. */
  private static boolean isFraming(HttpRequest request) {
    HttpHeaders headers = request.headers();
    List<String> encodings = headers.getAll(HttpHeaderNames.TRANSFER_ENCODING);
    List<String> lengths = headers.getAll(HttpHeaderNames.CONTENT_LENGTH);
    if (encodings.isEmpty() && lengths.isEmpty()) {
      // Netty knows a body that no header announces: that of a WebSocket before RFC 6455.
      return HttpUtil.getContentLength(request, 0L) == 0;
    }
    if (encodings.isEmpty()) {
      return lengths.size() == 1 && LENGTH.matcher(lengths.get(0)).matches();
    }
    return encodings.size() == 1
        && encodings.get(0).equalsIgnoreCase("chunked")
        && lengths.isEmpty()
        && !isHttp10(request);
  }

  private static boolean isExpectation(HttpHeaders headers) {
    List<String> expectations = headers.getAll(HttpHeaderNames.EXPECT);
    return expectations.isEmpty()
        || expectations.size() == 1 && expectations.get(0).equalsIgnoreCase("100-continue");
  }
}
