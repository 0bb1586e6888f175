package com.llmgenerator.billing.http;

import com.llmgenerator.billing.problem.Problem;
import java.util.HashMap;
import java.util.Map;

/**
 * Why a request reaches no route.
 *
 * @param status the HTTP status of its answer
 * @param code what programs compare
 * @param headers of the answer
 */
record RejectedRequest(int status, String code, Map<String, String> headers) {
  static final RejectedRequest MALFORMED = of(400, "invalid_request");
  static final RejectedRequest NOT_FOUND = of(404, "not_found");
  static final RejectedRequest NOT_ACCEPTABLE = of(406, "not_acceptable");
  static final RejectedRequest BODY_TOO_LARGE = of(413, "payload_too_large");
  static final RejectedRequest NO_JSON = of(415, "unsupported_media_type");
  static final RejectedRequest HEAD_TOO_LARGE = of(431, "request_header_fields_too_large");
  static final RejectedRequest FAULT = of(500, "internal_error");
  static final RejectedRequest BUSY = of(503, "temporarily_unavailable").with("Retry-After", "1");

  static RejectedRequest methodNotAllowed(String allow) {
    return of(405, "method_not_allowed").with("Allow", allow);
  }

  private static RejectedRequest of(int status, String code) {
    return new RejectedRequest(status, code, Map.of("Content-Type", Problem.MEDIA_TYPE));
  }

  private RejectedRequest with(String header, String value) {
    Map<String, String> all = new HashMap<>(headers);
    all.put(header, value);
    return new RejectedRequest(status, code, Map.copyOf(all));
  }
}
