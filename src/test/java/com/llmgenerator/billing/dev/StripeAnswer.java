package com.llmgenerator.billing.dev;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.github.tomakehurst.wiremock.http.Fault;
import com.github.tomakehurst.wiremock.http.HttpHeader;
import com.github.tomakehurst.wiremock.http.HttpHeaders;
import com.github.tomakehurst.wiremock.http.Response;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What goes back for one request.
 *
 * @param fault what happens to the connection instead of an answer, or null
 * @param executed whether Stripe got as far as executing the request: only such answers are kept
 *     for their idempotency key
 */
record StripeAnswer(
    int status,
    Map<String, String> headers,
    String body,
    Fault fault,
    Duration delay,
    boolean executed) {

  static final JsonMapper JSON =
      JsonMapper.builder().propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE).build();

  /** A JSON answer; members are named in snake case. */
  static StripeAnswer json(int status, Object content) {
    try {
      return of(status, "application/json", JSON.writeValueAsString(content));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("Not writable as JSON: " + content, e);
    }
  }

  static StripeAnswer of(int status, String contentType, String body) {
    return new StripeAnswer(
        status, Map.of("Content-Type", contentType), body, null, Duration.ZERO, true);
  }

  static StripeAnswer connectionReset() {
    return new StripeAnswer(200, Map.of(), "", Fault.CONNECTION_RESET_BY_PEER, Duration.ZERO, true);
  }

  StripeAnswer after(Duration wait) {
    return new StripeAnswer(status, headers, body, fault, wait, executed);
  }

  StripeAnswer with(String header, String value) {
    Map<String, String> more = new LinkedHashMap<>(headers);
    more.put(header, value);
    return new StripeAnswer(status, more, body, fault, delay, executed);
  }

  Response toResponse() {
    return Response.response()
        .status(status)
        .headers(
            new HttpHeaders(
                headers.entrySet().stream()
                    .map(header -> new HttpHeader(header.getKey(), header.getValue()))
                    .toList()))
        .body(body.getBytes(StandardCharsets.UTF_8))
        .fault(fault)
        .incrementInitialDelay(delay.toMillis())
        .build();
  }

  /** An error of Stripe's, thrown where a request turns out to be refused. */
  static final class RejectedRequest extends RuntimeException {
    private final int status;
    private final String type;
    private final String code;
    private final String param;
    private final Map<String, String> headers = new LinkedHashMap<>();
    private boolean executed;

    private RejectedRequest(int status, String type, String code, String param, String message) {
      super(message);
      this.status = status;
      this.type = type;
      this.code = code;
      this.param = param;
    }

    /** An {@code invalid_request_error} with neither code nor param. */
    static RejectedRequest of(int status, String message) {
      return new RejectedRequest(status, "invalid_request_error", null, null, message);
    }

    /** An {@code invalid_request_error} with a code and, unless null, a param. */
    static RejectedRequest of(int status, String code, String param, String message) {
      return new RejectedRequest(status, "invalid_request_error", code, param, message);
    }

    /** An error of another type, with neither code nor param. */
    static RejectedRequest ofType(String type, int status, String message) {
      return new RejectedRequest(status, type, null, null, message);
    }

    RejectedRequest with(String header, String value) {
      headers.put(header, value);
      return this;
    }

    /** Says that the request was executed before it failed. */
    RejectedRequest onceExecuted() {
      executed = true;
      return this;
    }

    /**
     * The answer that carries it.
     *
     * @param requestLogUrl where Stripe's dashboard shows the request; null if its account is
     *     unknown
     */
    StripeAnswer answer(String requestLogUrl) {
      String docUrl =
          code == null ? null : "https://stripe.com/docs/error-codes/" + code.replace('_', '-');
      Details details = new Details(code, docUrl, getMessage(), param, requestLogUrl, type);
      StripeAnswer answer = json(status, Map.of("error", details));
      for (Map.Entry<String, String> header : headers.entrySet()) {
        answer = answer.with(header.getKey(), header.getValue());
      }
      return new StripeAnswer(status, answer.headers, answer.body, null, Duration.ZERO, executed);
    }

    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record Details(
        String code,
        String docUrl,
        String message,
        String param,
        String requestLogUrl,
        String type) {}
  }
}
