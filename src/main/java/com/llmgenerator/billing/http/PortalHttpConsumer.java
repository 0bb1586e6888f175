package com.llmgenerator.billing.http;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangePattern;
import org.apache.camel.Message;
import org.apache.camel.Processor;
import org.apache.camel.component.platform.http.PlatformHttpEndpoint;
import org.apache.camel.component.platform.http.springboot.SpringBootPlatformHttpConsumer;
import org.apache.catalina.connector.ClientAbortException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.web.context.request.async.AsyncRequestNotUsableException;
import org.springframework.web.servlet.HandlerMapping;

/**
 * The border between HTTP and the routes: in comes the body, and the parts of the address that
 * {@code routes/10-portal-api.camel.yaml} names as the variable {@code path}, and nothing else; out
 * go the status, the body and the headers named here.
 *
 * <p>Camel's own consumer turns every header, query parameter and form field into a message header,
 * which steers later steps and returns to the caller. Here a message starts without headers; a
 * processor that needs one asks the HTTP request itself, the exchange property of its class name.
 * The route runs on the thread that received the request: a virtual one where the JDK has them,
 * else one of Tomcat's bounded pool. When as many requests as allowed are in the routes, more are
 * refused with 503 at once: each holds memory, and would wait for a connection that others have.
 * Who reads an answer slowly holds no place.
 *
 * <p>A body is text of at most 8 KiB. Events of Stripe come as the bytes that were signed, up to
 * 256 KiB: those beyond 8 KiB are received by few at a time, since nobody knows yet who sends them.
 */
final class PortalHttpConsumer extends SpringBootPlatformHttpConsumer {
  private static final Logger LOG = LoggerFactory.getLogger(PortalHttpConsumer.class);
  private static final int LARGEST_EVENT = 256 * 1024;
  private static final List<String> ANSWERED_HEADERS =
      List.of("Cache-Control", "Retry-After", "WWW-Authenticate");

  private final Duration deadline;
  private final Semaphore places;
  private final Optional<Semaphore> largeBodies;

  /**
   * @param deadline how long a request may take
   * @param places one for each request that may be in the routes at once
   * @param largeBodies where bodies come as bytes: one for each that may be large at once
   */
  PortalHttpConsumer(
      PlatformHttpEndpoint endpoint,
      Processor processor,
      Duration deadline,
      Semaphore places,
      Optional<Semaphore> largeBodies) {
    super(endpoint, processor, Runnable::run);
    this.deadline = deadline;
    this.places = places;
    this.largeBodies = largeBodies;
  }

  /** Returns null: the answer is complete. */
  @Override
  public CompletableFuture<Void> service(HttpServletRequest request, HttpServletResponse response) {
    try {
      handleService(request, response);
    } catch (RefusedBodyException e) {
      refuse(response, e.status());
    } catch (ClientAbortException | AsyncRequestNotUsableException e) {
      LOG.debug("The caller is gone", e);
    } catch (Exception e) {
      LOG.error("A route failed and no problem response took it", e);
      refuse(response, HttpServletResponse.SC_INTERNAL_SERVER_ERROR);
    }
    return null;
  }

  @Override
  protected void handleService(HttpServletRequest request, HttpServletResponse response)
      throws Exception {
    if (isSuspendingOrSuspended() || !isRunAllowed()) {
      refuse(response, HttpServletResponse.SC_SERVICE_UNAVAILABLE);
      return;
    }
    write(receive(request), response);
  }

  private Answer receive(HttpServletRequest request) throws Exception {
    if (largeBodies.isEmpty()) {
      return serve(request, RequestBody.text(request));
    }
    long length = request.getContentLengthLong();
    if (0 <= length && length <= RequestBody.LARGEST_TEXT) {
      return serve(request, RequestBody.bytes(request, RequestBody.LARGEST_TEXT));
    }
    if (!largeBodies.get().tryAcquire()) {
      throw new RefusedBodyException(HttpServletResponse.SC_SERVICE_UNAVAILABLE);
    }
    try {
      return serve(request, RequestBody.bytes(request, LARGEST_EVENT));
    } finally {
      largeBodies.get().release();
    }
  }

  private Answer serve(HttpServletRequest request, Object body) throws Exception {
    if (!places.tryAcquire()) {
      throw new RefusedBodyException(HttpServletResponse.SC_SERVICE_UNAVAILABLE);
    }
    Deadline.start(deadline);
    try {
      return answer(request, body);
    } finally {
      Deadline.end();
      places.release();
    }
  }

  private Answer answer(HttpServletRequest request, Object body) throws Exception {
    Exchange exchange = createExchange(false);
    try {
      exchange.setPattern(ExchangePattern.InOut);
      exchange.setProperty(HttpServletRequest.class.getName(), request);
      exchange.setVariable(
          "path", request.getAttribute(HandlerMapping.URI_TEMPLATE_VARIABLES_ATTRIBUTE));
      exchange.getIn().setBody(body);
      createUoW(exchange);
      getProcessor().process(exchange);
      RequestLog.note("operation", exchange.getFromRouteId());
      RequestLog.note("userId", exchange.getVariable("userId"));
      RequestLog.note("apiKeyId", exchange.getVariable("apiKeyId"));
      RequestLog.note("managedApiKeyId", exchange.getVariable("managedApiKeyId"));
      if (exchange.getException() != null) {
        throw exchange.getException();
      }
      return Answer.of(exchange.getMessage());
    } finally {
      doneUoW(exchange);
      releaseExchange(exchange, false);
    }
  }

  /** Refuses a request, unless Tomcat did so when it could not read the body. */
  private static void refuse(HttpServletResponse response, int status) {
    try {
      if (!response.isCommitted()) {
        response.sendError(status);
      }
    } catch (IOException e) {
      LOG.debug("The caller is gone", e);
    }
  }

  private static void write(Answer answer, HttpServletResponse response) throws IOException {
    response.setStatus(answer.status);
    // Camel tells a type in any case: what produces says.
    if (answer.body.length > 0) {
      response.setContentType(answer.contentType);
    }
    answer.headers.forEach(response::setHeader);
    response.setContentLength(answer.body.length);
    response.getOutputStream().write(answer.body);
  }

  /** What a route answers, once its exchange is done with. */
  private record Answer(int status, String contentType, Map<String, String> headers, byte[] body) {
    static Answer of(Message message) {
      Map<String, String> headers = new LinkedHashMap<>();
      for (String name : ANSWERED_HEADERS) {
        String value = message.getHeader(name, String.class);
        if (value != null) {
          headers.put(name, value);
        }
      }
      return new Answer(
          message.getHeader(Exchange.HTTP_RESPONSE_CODE, HttpServletResponse.SC_OK, Integer.class),
          message.getHeader(Exchange.CONTENT_TYPE, String.class),
          headers,
          bytes(message));
    }

    /** Text is UTF-8: Camel would take the character set of the last server that a route called. */
    private static byte[] bytes(Message message) {
      if (message.getBody() == null) {
        return new byte[0];
      }
      return message.getBody() instanceof String text
          ? text.getBytes(StandardCharsets.UTF_8)
          : message.getBody(byte[].class);
    }
  }
}
