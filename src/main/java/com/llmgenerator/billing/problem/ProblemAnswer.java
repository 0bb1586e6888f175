package com.llmgenerator.billing.problem;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.llmgenerator.billing.http.RequestLog;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Turns the failure of a route into its answer; the cause goes to the log. */
@Component("problem")
public final class ProblemAnswer {
  private static final Logger LOG = LoggerFactory.getLogger(ProblemAnswer.class);

  private final ObjectMapper json;

  ProblemAnswer(ObjectMapper json) {
    this.json = json;
  }

  /**
   * Replaces the message by a {@link Problem}: no header and no body of it is left.
   *
   * @param status the HTTP status
   * @param code what programs compare; its text is in {@code problems.properties}
   */
  public void answer(int status, String code, Exchange exchange) throws JsonProcessingException {
    log(status, code, exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Throwable.class));
    Message message = exchange.getMessage();
    message.removeHeaders("*");
    message.setHeader(Exchange.HTTP_RESPONSE_CODE, status);
    message.setHeader(Exchange.CONTENT_TYPE, Problem.MEDIA_TYPE);
    message.setHeader("Cache-Control", "no-store");
    message.setBody(json.writeValueAsString(Problem.of(status, code, RequestLog.id())));
  }

  private static void log(int status, String code, Throwable cause) {
    RequestLog.note("code", code);
    RequestLog.note("reason", describe(cause));
    if (status == 500) {
      LOG.error("A fault of ours", cause);
    } else if (status > 500) {
      LOG.warn(describe(cause));
    }
  }

  /** Messages of other people's exceptions can repeat what a caller sent: only ours are told. */
  private static String describe(Throwable cause) {
    boolean ours = cause.getClass().getPackageName().startsWith("com.llmgenerator.billing");
    return ours ? cause.getMessage() : cause.getClass().getSimpleName();
  }
}
