package com.llmgenerator.billing.http;

import com.llmgenerator.billing.config.PortalProperties;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.PreEncodedHttpField;
import org.springframework.stereotype.Component;
import org.springframework.util.StringUtils;

/**
 * Lets the pages of {@code PORTAL_CORS_ORIGINS} read the answers, failures included. Other origins
 * get the same answers without the headers, so that browsers keep them from their pages; whether a
 * request is allowed is a matter of its credential alone. Jetty's {@code CrossOriginHandler} tells
 * the same methods of all addresses, and nothing where Jetty itself rejects a request.
 *
 * @see <a href="https://fetch.spec.whatwg.org/#http-cors-protocol">The CORS protocol</a>
 */
@Component
final class Cors {
  private static final HttpField VARY = new PreEncodedHttpField(HttpHeader.VARY, "Origin");
  private static final String READ = "Retry-After, WWW-Authenticate, X-Request-Id";
  private static final String KEPT_SECONDS = "3600";

  private final Set<String> pages;

  /** What this service reads, and what client libraries add to every request. */
  private final Set<String> sent =
      StringUtils.commaDelimitedListToSet(
          "accept,authorization,content-type,x-request-id,traceparent,tracestate,baggage,"
              + "x-requested-with,idempotency-key,cache-control,pragma,accept-language");

  Cors(PortalProperties portal) {
    pages =
        portal.corsOrigins().stream().map(Object::toString).collect(Collectors.toUnmodifiableSet());
    sent.addAll(portal.corsHeaders());
  }

  /** Adds to an answer whether the page that asked may read it. */
  void complete(HttpFields request, HttpFields.Mutable answer) {
    answer.put(VARY);
    if (isOfPage(request)) {
      answer.put(HttpHeader.ACCESS_CONTROL_ALLOW_ORIGIN, request.get(HttpHeader.ORIGIN));
      if (!answer.contains(HttpHeader.ACCESS_CONTROL_ALLOW_METHODS)) {
        answer.put(HttpHeader.ACCESS_CONTROL_EXPOSE_HEADERS, READ);
      }
    }
  }

  /**
   * Adds to the answer of a question for methods what a page may send.
   *
   * @param methods those of the address
   */
  void permit(HttpFields request, Set<String> methods, HttpFields.Mutable answer) {
    String method = request.get(HttpHeader.ACCESS_CONTROL_REQUEST_METHOD);
    List<String> names = request.getCSV(HttpHeader.ACCESS_CONTROL_REQUEST_HEADERS, false);
    if (method != null
        && methods.contains(method)
        && isOfPage(request)
        && names.stream().allMatch(name -> sent.contains(name.toLowerCase(Locale.ROOT)))) {
      answer.put(HttpHeader.ACCESS_CONTROL_ALLOW_METHODS, method);
      answer.put(HttpHeader.ACCESS_CONTROL_MAX_AGE, KEPT_SECONDS);
      if (!names.isEmpty()) {
        answer.put(HttpHeader.ACCESS_CONTROL_ALLOW_HEADERS, String.join(", ", names));
      }
    }
  }

  private boolean isOfPage(HttpFields request) {
    List<String> origins = request.getValuesList(HttpHeader.ORIGIN);
    return origins.size() == 1 && pages.contains(origins.get(0));
  }
}
