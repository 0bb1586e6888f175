package com.llmgenerator.billing.http;

import com.llmgenerator.billing.request.AccessLog;
import com.llmgenerator.billing.request.Deadline;
import com.llmgenerator.billing.request.RequestHeaders;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.transport.ReceiverContext;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangePattern;
import org.apache.camel.Message;
import org.apache.camel.Processor;
import org.apache.camel.component.platform.http.PlatformHttpEndpoint;
import org.apache.camel.component.platform.http.spi.PlatformHttpConsumer;
import org.apache.camel.support.DefaultConsumer;
import org.eclipse.jetty.http.HttpFields;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The border between HTTP and the routes: in comes the body, and the parts of the address that
 * {@code routes/10-rest-api.camel.yaml} names as the variable {@code path}, and nothing else; out
 * go the status, the body and the headers named here.
 *
 * <p>Camel's own consumers turn every header, query parameter and form field into a message header,
 * which steers later steps and returns to the caller. Here a message starts without headers; a
 * processor that needs one asks the {@link RequestHeaders}. A body is text; events of Stripe come
 * as the bytes that were signed.
 */
final class PortalHttpConsumer extends DefaultConsumer implements PlatformHttpConsumer {
  private static final Logger LOG = LoggerFactory.getLogger(PortalHttpConsumer.class);
  private static final List<String> ANSWERED_HEADERS =
      List.of("Cache-Control", "Retry-After", "WWW-Authenticate");

  private final PlatformHttpEndpoint endpoint;
  private final PortalHttpEngine engine;
  private final String path;
  private final Duration deadline;
  private final ObservationRegistry traces;

  /**
   * @param engine where it is found once it runs
   * @param deadline how long a request may take
   * @param traces where a caller's trace is taken over; without effect if none is
   */
  PortalHttpConsumer(
      PlatformHttpEndpoint endpoint,
      Processor processor,
      PortalHttpEngine engine,
      Duration deadline,
      ObservationRegistry traces) {
    super(endpoint, processor);
    this.endpoint = endpoint;
    this.engine = engine;
    this.path = endpoint.getPath().replace("%7B", "{").replace("%7D", "}");
    this.deadline = deadline;
    this.traces = traces;
  }

  @Override
  public PlatformHttpEndpoint getEndpoint() {
    return endpoint;
  }

  @Override
  protected void doStart() throws Exception {
    super.doStart();
    engine.add(this);
  }

  @Override
  protected void doStop() throws Exception {
    engine.remove(this);
    super.doStop();
  }

  /** Its address, with the names of parts in braces. */
  String path() {
    return path;
  }

  String method() {
    return endpoint.getHttpMethodRestrict();
  }

  /** The type of its answers, but for problems; null if the address tells none. */
  String produces() {
    return endpoint.getProduces();
  }

  /**
   * Answers a request by the route, on this thread.
   *
   * @param parts the named parts of the address
   * @param body its bytes, maybe none
   */
  Answer serve(Call call, Map<String, String> parts, byte[] body) {
    if (isSuspendingOrSuspended() || !isRunAllowed()) {
      return refusal(call, RejectedRequest.BUSY);
    }
    Deadline.start(deadline);
    try {
      return observe(call).observeChecked(() -> run(call, parts, body));
    } catch (CharacterCodingException e) {
      return refusal(call, RejectedRequest.MALFORMED);
    } catch (Exception | StackOverflowError e) {
      LOG.error("A route failed and no problem response took it", e);
      return refusal(call, RejectedRequest.FAULT);
    } finally {
      Deadline.end();
    }
  }

  private Observation observe(Call call) {
    return Observation.createNotStarted(
            "billing.portal.request",
            () -> {
              ReceiverContext<HttpFields> context = new ReceiverContext<>(HttpFields::get);
              context.setCarrier(call.headers());
              return context;
            },
            traces)
        .contextualName(call.method() + " " + path);
  }

  private static Answer refusal(Call call, RejectedRequest refusal) {
    AccessLog.note("code", refusal.code());
    return Answer.refusal(refusal, call.id());
  }

  private Answer run(Call call, Map<String, String> parts, byte[] body) throws Exception {
    Exchange exchange = createExchange(false);
    try {
      exchange.setPattern(ExchangePattern.InOut);
      exchange.setProperty(RequestHeaders.class.getName(), new RequestHeaders(call.headers()));
      exchange.setVariable("path", parts);
      exchange.getIn().setBody(body(body));
      createUoW(exchange);
      getProcessor().process(exchange);
      AccessLog.note("operation", exchange.getFromRouteId());
      AccessLog.note("userId", exchange.getVariable("userId"));
      AccessLog.note("apiKeyId", exchange.getVariable("apiKeyId"));
      AccessLog.note("managedApiKeyId", exchange.getVariable("managedApiKeyId"));
      if (exchange.getException() != null) {
        throw exchange.getException();
      }
      return answer(exchange.getMessage());
    } finally {
      doneUoW(exchange);
      releaseExchange(exchange, false);
    }
  }

  private Object body(byte[] body) throws CharacterCodingException {
    if (body.length == 0) {
      return null;
    }
    return path.equals(PortalHandler.EVENTS_OF_STRIPE)
        ? body
        : StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
  }

  private static Answer answer(Message message) {
    Map<String, String> headers = new HashMap<>();
    for (String name : ANSWERED_HEADERS) {
      String value = message.getHeader(name, String.class);
      if (value != null) {
        headers.put(name, value);
      }
    }
    byte[] body = bytes(message);
    // Camel tells a type in any case: what produces says.
    if (body.length > 0) {
      headers.put("Content-Type", message.getHeader(Exchange.CONTENT_TYPE, String.class));
    }
    return new Answer(
        message.getHeader(Exchange.HTTP_RESPONSE_CODE, 200, Integer.class), headers, body);
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
