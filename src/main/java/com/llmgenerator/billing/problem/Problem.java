package com.llmgenerator.billing.problem;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Locale;
import java.util.ResourceBundle;
import org.eclipse.jetty.http.HttpStatus;

/**
 * The body of every answer that is not a success: RFC 9457, {@code application/problem+json}. Only
 * fixed texts stand in it; what went wrong inside goes to the log under the same request id.
 *
 * @param type always {@code about:blank}: {@code code} tells the problems apart
 * @param title the reason phrase of the status
 * @param status the HTTP status
 * @param code what programs compare, in lower case with underscores
 * @param detail what people read, from {@code problems.properties}
 * @param requestId the answer's {@code X-Request-Id}
 */
public record Problem(
    String type, String title, int status, String code, String detail, String requestId) {

  /** The media type of a problem. */
  public static final String MEDIA_TYPE = "application/problem+json";

  /** As RFC 9110 calls 500; Jetty's name for it is shorter. */
  private static final String INTERNAL_SERVER_ERROR = "Internal Server Error";

  private static final ResourceBundle DETAILS = ResourceBundle.getBundle("problems", Locale.ROOT);
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * A problem with its fixed texts.
   *
   * @param code one of {@code problems.properties}
   */
  public static Problem of(int status, String code, String requestId) {
    String title = status == 500 ? INTERNAL_SERVER_ERROR : HttpStatus.getMessage(status);
    return new Problem("about:blank", title, status, code, DETAILS.getString(code), requestId);
  }

  /** Its JSON, in UTF-8. */
  public byte[] json() {
    try {
      return JSON.writeValueAsBytes(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A record of texts and a number is always JSON", e);
    }
  }
}
