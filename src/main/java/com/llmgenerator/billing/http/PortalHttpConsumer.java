package com.llmgenerator.billing.http;

import com.llmgenerator.billing.request.AccessLog;
import com.llmgenerator.billing.request.Deadline;
import com.llmgenerator.billing.request.RequestHeaders;
import io.micrometer.observation.Observation;
import io.micrometer.observation.transport.ReceiverContext;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
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
 * which steers later steps and returns to the caller. Here a processor that needs a header asks the
 * {@link RequestHeaders}. A body is text; events of Stripe come as the bytes that were signed.
 */
final class PortalHttpConsumer extends DefaultConsumer implements PlatformHttpConsumer {
  private static final Logger LOG = LoggerFactory.getLogger(PortalHttpConsumer.class);
  private static final byte[] NOTHING = new byte[0];
  private static final List<String> ANSWERED_HEADERS =
      List.of("Cache-Control", "Retry-After", "WWW-Authenticate");
  private static final List<String> LOGGED_VARIABLES =
      List.of("userId", "apiKeyId", "managedApiKeyId");

  /** Its address, with the names of parts in braces. */
  final String path;

  private final PortalHttpEngine engine;

  PortalHttpConsumer(PlatformHttpEndpoint endpoint, Processor processor, PortalHttpEngine engine) {
    super(endpoint, processor);
    this.engine = engine;
    this.path = endpoint.getPath().replace("%7B", "{").replace("%7D", "}");
  }

  @Override
  public PlatformHttpEndpoint getEndpoint() {
    return (PlatformHttpEndpoint) super.getEndpoint();
  }

  /**
   * Answers a request by the route, on this thread.
   *
   * @return the body of the answer, whose status and headers the response has
   */
  byte[] serve(Call call, Map<String, String> parts, byte[] body) {
    if (!isStarted()) {
      return reject(call, RejectedRequest.BUSY);
    }
    Deadline.start(engine.deadline);
    try {
      return Observation.createNotStarted(
              "billing.portal.request", () -> trace(call.headers()), engine.traces)
          .contextualName(call.method() + " " + path)
          .observeChecked(() -> run(call, parts, body));
    } catch (CharacterCodingException e) {
      return reject(call, RejectedRequest.MALFORMED);
    } catch (Exception | StackOverflowError e) {
      LOG.error("A route failed and no problem response took it", e);
      return reject(call, RejectedRequest.FAULT);
    } finally {
      Deadline.end();
    }
  }

  private static byte[] reject(Call call, RejectedRequest why) {
    AccessLog.note("code", why.code);
    return call.problem(why);
  }

  private static ReceiverContext<HttpFields> trace(HttpFields headers) {
    ReceiverContext<HttpFields> context = new ReceiverContext<>(HttpFields::get);
    context.setCarrier(headers);
    return context;
  }

  private byte[] run(Call call, Map<String, String> parts, byte[] body) throws Exception {
    Exchange exchange = createExchange(true);
    exchange.setPattern(ExchangePattern.InOut);
    exchange.setProperty(RequestHeaders.class.getName(), new RequestHeaders(call.headers()));
    exchange.setVariable("path", parts);
    exchange.getIn().setBody(body(body));
    getProcessor().process(exchange);
    AccessLog.note("operation", exchange.getFromRouteId());
    LOGGED_VARIABLES.forEach(name -> AccessLog.note(name, exchange.getVariable(name)));
    if (exchange.getException() != null) {
      throw exchange.getException();
    }
    return answer(call, exchange.getMessage());
  }

  private Object body(byte[] body) throws CharacterCodingException {
    if (body.length == 0) {
      return null;
    }
    return path.equals(PortalHandler.EVENTS_OF_STRIPE)
        ? body
        : StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
  }

  private static byte[] answer(Call call, Message message) {
    // Text is UTF-8: Camel would take the character set of the last server that a route called.
    byte[] body =
        message.getBody() instanceof String text
            ? text.getBytes(StandardCharsets.UTF_8)
            : message.getBody(byte[].class);
    call.response().setStatus(message.getHeader(Exchange.HTTP_RESPONSE_CODE, 200, Integer.class));
    HttpFields.Mutable headers = call.response().getHeaders();
    for (String name : ANSWERED_HEADERS) {
      headers.put(name, message.getHeader(name, String.class));
    }
    if (body == null || body.length == 0) {
      return NOTHING;
    }
    // Camel tells a type in any case, what produces says, so that only a body has one.
    headers.put("Content-Type", message.getHeader(Exchange.CONTENT_TYPE, String.class));
    return body;
  }
}
