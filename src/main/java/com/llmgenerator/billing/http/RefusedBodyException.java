package com.llmgenerator.billing.http;

/** A request that no route gets to see, most often for its body. */
final class RefusedBodyException extends Exception {
  private final int status;

  RefusedBodyException(int status) {
    super("Refused with " + status);
    this.status = status;
  }

  /** The HTTP status that tells the caller: 400, 413, 415, or 503 without a place. */
  int status() {
    return status;
  }
}
