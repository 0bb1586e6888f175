package com.llmgenerator.billing.http;

import java.util.List;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * What the head of a request must be like, beyond what Jetty sees to: one meaning, whoever reads
 * it. What a proxy before this server could read otherwise is refused.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9112">RFC 9112</a>
 */
final class HeaderRules extends Handler.Wrapper {
  private static final int LONGEST_LINE = 8 * 1024;
  private static final int LARGEST_HEADERS = 16 * 1024;
  private static final int MOST_HEADERS = 100;

  /** The spaces and the version beside method and target, and what is beside name and value. */
  private static final int REST_OF_LINE = "  HTTP/1.1\r\n".length();

  private static final int REST_OF_HEADER = ": \r\n".length();
  private static final int LONGEST_METHOD = 32;

  /** RFC 3986: the characters of a path and a query, and whole escapes. */
  private static final Pattern TARGET =
      Pattern.compile("/(?:[!$&'()*+,;=:@/?~\\w.-]|%\\p{XDigit}{2})*+");

  private static final Pattern HOST =
      Pattern.compile("(?:[\\w.-]+|\\[[\\p{XDigit}:.]+\\])(?::\\d{1,5})?");

  private final Answers answers;

  HeaderRules(Handler next, Answers answers) {
    super(next);
    this.answers = answers;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    TimedEndPoint.of(request).awaitBody(request);
    if (!isSmall(request)) {
      answers.reject(Call.of(request, response, callback), RejectedRequest.HEAD_TOO_LARGE, true);
      return true;
    }
    if (!isRight(request)) {
      answers.reject(Call.of(request, response, callback), RejectedRequest.MALFORMED, true);
      return true;
    }
    return super.handle(request, response, callback);
  }

  /** Whether headers, or trailers, are neither too large nor too many. */
  static boolean areSmall(HttpFields fields) {
    int size = 0;
    for (HttpField field : fields) {
      size += field.getName().length() + field.getValue().length() + REST_OF_HEADER;
    }
    return size <= LARGEST_HEADERS && fields.size() <= MOST_HEADERS;
  }

  private static boolean isSmall(Request request) {
    int line = request.getMethod().length() + target(request).length() + REST_OF_LINE;
    return line <= LONGEST_LINE && areSmall(request.getHeaders());
  }

  private static boolean isRight(Request request) {
    return request.getMethod().length() <= LONGEST_METHOD
        && isTarget(request)
        && isHost(request)
        && isFraming(request)
        && isExpectation(request.getHeaders());
  }

  private static String target(Request request) {
    String target = request.getHttpURI().getPathQuery();
    return target == null ? "" : target;
  }

  private static boolean isTarget(Request request) {
    HttpURI uri = request.getHttpURI();
    return "http".equals(uri.getScheme())
        && (TARGET.matcher(target(request)).matches()
            || uri.getPath().equals("*") && request.getMethod().equals("OPTIONS"));
  }

  private static boolean isHost(Request request) {
    List<String> hosts = request.getHeaders().getValuesList(HttpHeader.HOST);
    return hosts.isEmpty() || HOST.matcher(hosts.get(0)).matches();
  }

  /** RFC 9112, section 6.3, without the cases in which it trusts the sender. */
  private static boolean isFraming(Request request) {
    List<String> encodings = request.getHeaders().getValuesList(HttpHeader.TRANSFER_ENCODING);
    return encodings.isEmpty()
        || encodings.size() == 1
            && encodings.get(0).equalsIgnoreCase("chunked")
            && request.getConnectionMetaData().getHttpVersion() == HttpVersion.HTTP_1_1;
  }

  private static boolean isExpectation(HttpFields headers) {
    List<String> expectations = headers.getValuesList(HttpHeader.EXPECT);
    return expectations.isEmpty()
        || expectations.size() == 1 && expectations.get(0).equalsIgnoreCase("100-continue");
  }
}
