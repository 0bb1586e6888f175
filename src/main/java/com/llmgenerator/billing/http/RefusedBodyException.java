package com.llmgenerator.billing.http;

/** A request body that no route gets to see. */
final class RefusedBodyException extends Exception {
  private final int status;

  RefusedBodyException(int status) {
    super("Refused with " + status);
    this.status = status;
  }

  /** The HTTP status that tells the caller: 400, 413 or 415. */
  int status() {
    return status;
  }
}
