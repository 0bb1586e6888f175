package com.llmgenerator.billing.http;

import com.llmgenerator.billing.Settings;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.PreEncodedHttpField;
import org.springframework.stereotype.Component;

/**
 * Lets the pages of {@code PORTAL_CORS_ORIGINS} read the answers, failures included. Other origins
 * get the same answers without the headers, so that browsers keep them from their pages; whether a
 * request is allowed is a matter of its credential alone.
 *
 * @see <a href="https://fetch.spec.whatwg.org/#http-cors-protocol">The CORS protocol</a>
 */
@Component
final class Cors {
  /** What this service reads, and what client libraries add to every request. */
  private static final Set<String> SENT =
      Set.of(
          "accept",
          "authorization",
          "content-type",
          "x-request-id",
          "traceparent",
          "tracestate",
          "baggage",
          "x-requested-with",
          "idempotency-key",
          "cache-control",
          "pragma",
          "accept-language");

  private static final HttpField VARY = new PreEncodedHttpField(HttpHeader.VARY, "Origin");
  private static final String READ = "Retry-After, WWW-Authenticate, X-Request-Id";
  private static final String KEPT = String.valueOf(Duration.ofHours(1).toSeconds());

  private final Set<String> pages;
  private final Set<String> sent;

  Cors(Settings settings) {
    pages =
        settings.portal().corsOrigins().stream()
            .map(Object::toString)
            .collect(Collectors.toUnmodifiableSet());
    sent =
        Stream.concat(SENT.stream(), settings.portal().corsHeaders().stream())
            .collect(Collectors.toUnmodifiableSet());
  }

  /** Adds to an answer whether the page that asked may read it. */
  void complete(HttpFields request, HttpFields.Mutable answer) {
    answer.put(VARY);
    if (isOfPage(request)) {
      answer.put("Access-Control-Allow-Origin", request.get(HttpHeader.ORIGIN));
      if (!answer.contains("Access-Control-Allow-Methods")) {
        answer.put("Access-Control-Expose-Headers", READ);
      }
    }
  }

  /**
   * Adds to the answer of a question for methods what a page may send.
   *
   * @param methods those of the address
   */
  void permit(HttpFields request, Set<String> methods, Map<String, String> answer) {
    String method = request.get(HttpHeader.ACCESS_CONTROL_REQUEST_METHOD);
    List<String> names = request.getCSV(HttpHeader.ACCESS_CONTROL_REQUEST_HEADERS, false);
    if (method == null
        || !methods.contains(method)
        || !isOfPage(request)
        || !names.stream().allMatch(name -> sent.contains(name.toLowerCase(Locale.ROOT)))) {
      return;
    }
    answer.put("Access-Control-Allow-Methods", method);
    answer.put("Access-Control-Max-Age", KEPT);
    if (!names.isEmpty()) {
      answer.put("Access-Control-Allow-Headers", String.join(", ", names));
    }
  }

  private boolean isOfPage(HttpFields request) {
    List<String> origins = request.getValuesList(HttpHeader.ORIGIN);
    return origins.size() == 1 && pages.contains(origins.get(0));
  }
}
