package com.llmgenerator.billing.http;

import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.server.Request;

/**
 * What the head of a request must be like, beyond what Jetty sees to: one meaning, whoever reads
 * it. What a proxy before this server could read otherwise is refused.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9112">RFC 9112</a>
 */
final class HeaderRules {
  private static final int LONGEST_LINE = 8 * 1024;
  private static final int LONGEST_METHOD = 32;
  private static final int LARGEST_HEADERS = 16 * 1024;
  private static final int MOST_HEADERS = 100;

  private static final int REST_OF_LINE = "  HTTP/1.1\r\n".length();
  private static final int REST_OF_HEADER = ": \r\n".length();

  /** RFC 3986: the characters of a path and a query, and whole escapes. */
  private static final Pattern TARGET =
      Pattern.compile("/(?:[!$&'()*+,;=:@/?~\\w.-]|%\\p{XDigit}{2})*+");

  private static final Pattern HOST =
      Pattern.compile("(?:[\\w.-]+|\\[[\\p{XDigit}:.]+\\])(?::\\d{1,5})?");

  /** RFC 9112, section 6.3, without the cases in which it trusts the sender. */
  private static final Pattern ENCODING = Pattern.compile("(?i)chunked");

  private static final Pattern EXPECTATION = Pattern.compile("(?i)100-continue");

  private HeaderRules() {}

  /** What is wrong with a head, or null. */
  static RejectedRequest check(Request request) {
    HttpFields headers = request.getHeaders();
    HttpVersion version = request.getConnectionMetaData().getHttpVersion();
    String target = Objects.requireNonNullElse(request.getHttpURI().getPathQuery(), "");
    int line = request.getMethod().length() + target.length() + REST_OF_LINE;
    if (line > LONGEST_LINE || !areSmall(headers)) {
      return RejectedRequest.HEAD_TOO_LARGE;
    }
    return isTarget(request, target)
            && has(headers, HttpHeader.HOST, HOST)
            && has(headers, HttpHeader.TRANSFER_ENCODING, ENCODING)
            && has(headers, HttpHeader.EXPECT, EXPECTATION)
            && (version == HttpVersion.HTTP_1_1 || !headers.contains(HttpHeader.TRANSFER_ENCODING))
        ? null
        : RejectedRequest.MALFORMED;
  }

  /** Whether headers, or trailers, are neither too large nor too many. */
  static boolean areSmall(HttpFields fields) {
    int size = 0;
    for (HttpField field : fields) {
      size += field.getName().length() + field.getValue().length() + REST_OF_HEADER;
    }
    return size <= LARGEST_HEADERS && fields.size() <= MOST_HEADERS;
  }

  private static boolean isTarget(Request request, String target) {
    HttpURI uri = request.getHttpURI();
    return "http".equals(uri.getScheme())
        && request.getMethod().length() <= LONGEST_METHOD
        && (TARGET.matcher(target).matches()
            || uri.getPath().equals("*") && request.getMethod().equals("OPTIONS"));
  }

  private static boolean has(HttpFields headers, HttpHeader name, Pattern onlyValue) {
    List<String> values = headers.getValuesList(name);
    return values.isEmpty() || values.size() == 1 && onlyValue.matcher(values.get(0)).matches();
  }
}
