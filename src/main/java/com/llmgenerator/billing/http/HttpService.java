package com.llmgenerator.billing.http;

import io.netty.handler.codec.http.HttpHeaders;
import java.util.Optional;

/** Who answers the requests of a port. */
interface HttpService {
  /**
   * Decides by its head alone whether a request is served, and if so {@linkplain HttpCall#take how
   * large} its body may be.
   */
  Optional<Refusal> receive(HttpCall call);

  /** Answers a request that arrived whole, now or later; must not wait. */
  void serve(HttpCall call);

  /** Adds to the headers of every answer. */
  void complete(HttpCall call, HttpHeaders answer);

  /** Tells that a request was refused. */
  void refused(HttpCall call, Refusal refusal);
}
