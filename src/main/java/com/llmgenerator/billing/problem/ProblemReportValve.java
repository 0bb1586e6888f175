package com.llmgenerator.billing.problem;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.llmgenerator.billing.http.PromptHttpProtocol;
import com.llmgenerator.billing.http.RequestLog;
import jakarta.servlet.ServletException;
import java.io.IOException;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ErrorReportValve;
import org.apache.coyote.ActionCode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives every request its id and its line in the log, and every failure that no route answers the
 * form of a problem: what Tomcat refuses by itself, unknown addresses, wrong methods, bodies that
 * are refused on receipt. Tomcat makes it by its class name.
 */
public final class ProblemReportValve extends ErrorReportValve {
  private static final Logger LOG = LoggerFactory.getLogger(ProblemReportValve.class);
  private static final ObjectMapper JSON = new ObjectMapper();

  @Override
  public void invoke(Request request, Response response) throws IOException, ServletException {
    if ("".equals(request.getProtocol())) {
      // HTTP/0.9 knows neither status nor headers: no answer could be understood.
      response.getCoyoteResponse().action(ActionCode.CLOSE_NOW, null);
      return;
    }
    String id = RequestLog.begin(request.getHeader(RequestLog.ID_HEADER));
    response.setHeader(RequestLog.ID_HEADER, id);
    try {
      if (isFramedAsOnlyLaterVersionsAre(request)) {
        response.sendError(400);
        response.setSuspended(false);
        report(request, response, null);
      } else {
        super.invoke(request, response);
      }
    } finally {
      RequestLog.end(response.getStatus());
    }
  }

  /** HTTP/1.0 has no chunks: what stands before may see the end of the request elsewhere. */
  private static boolean isFramedAsOnlyLaterVersionsAre(Request request) {
    return "HTTP/1.0".equals(request.getProtocol())
        && request.getHeader("Transfer-Encoding") != null;
  }

  @Override
  protected void report(Request request, Response response, Throwable throwable) {
    if (response.getStatus() < 400
        || response.getContentWritten() > 0
        || !response.setErrorReported()) {
      return;
    }
    boolean headTooLarge = request.getAttribute(PromptHttpProtocol.HEAD_TOO_LARGE) != null;
    Problem problem = problem(headTooLarge ? 431 : response.getStatus());
    RequestLog.note("code", problem.code());
    response.setStatus(problem.status());
    response.setHeader("Cache-Control", "no-store");
    if (problem.status() == 503) {
      response.setHeader("Retry-After", "1");
    }
    try {
      byte[] body = JSON.writeValueAsBytes(problem);
      response.resetBuffer(true);
      response.setContentType(Problem.MEDIA_TYPE);
      response.setContentLength(body.length);
      response.getOutputStream().write(body);
      response.finishResponse();
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A record of texts and a number is always JSON", e);
    } catch (IOException e) {
      LOG.debug("The caller is gone", e);
    }
  }

  private static Problem problem(int status) {
    return switch (status) {
      case 404 -> of(404, "not_found");
      case 405 -> of(405, "method_not_allowed");
      case 406 -> of(406, "not_acceptable");
      case 413 -> of(413, "payload_too_large");
      case 415 -> of(415, "unsupported_media_type");
      case 431 -> of(431, "request_header_fields_too_large");
      case 503 -> of(503, "temporarily_unavailable");
      case 500, 502, 504 -> of(500, "internal_error");
      // Tomcat's 501 and 505 are about what the caller sent: no fault of this server.
      default -> of(400, "invalid_request");
    };
  }

  private static Problem of(int status, String code) {
    return Problem.of(status, code, RequestLog.id());
  }
}
