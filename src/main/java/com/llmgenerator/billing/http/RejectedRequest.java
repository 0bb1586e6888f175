package com.llmgenerator.billing.http;

/** Why a request reaches no route: the HTTP status, and the code that programs compare. */
enum RejectedRequest {
  MALFORMED(400, "invalid_request"),
  NOT_FOUND(404, "not_found"),
  METHOD_NOT_ALLOWED(405, "method_not_allowed"),
  NOT_ACCEPTABLE(406, "not_acceptable"),
  BODY_TOO_LARGE(413, "payload_too_large"),
  NO_JSON(415, "unsupported_media_type"),
  HEAD_TOO_LARGE(431, "request_header_fields_too_large"),
  FAULT(500, "internal_error"),
  BUSY(503, "temporarily_unavailable");

  final int status;
  final String code;

  RejectedRequest(int status, String code) {
    this.status = status;
    this.code = code;
  }
}
