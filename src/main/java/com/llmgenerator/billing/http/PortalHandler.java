package com.llmgenerator.billing.http;

import com.llmgenerator.billing.config.PortalProperties;
import com.llmgenerator.billing.http.PortalHttpEngine.Found;
import com.llmgenerator.billing.request.AccessLog;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.springframework.boot.availability.ApplicationAvailability;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.task.VirtualThreadTaskExecutor;
import org.springframework.stereotype.Component;

/**
 * Leads requests to the routes. When as many as allowed are there, more are refused with 503 at
 * once: each holds memory, and would wait for a connection that others have. Until the portal is
 * ready, and once the end has begun, all are. Routes run on threads of their own, virtual ones if
 * Java's are fit for it.
 */
@Component
final class PortalHandler extends Handler.Abstract.NonBlocking {
  static final String EVENTS_OF_STRIPE = "/api/v1/stripe/events";
  private static final int LARGEST_BODY = 8 * 1024;
  private static final int LARGEST_EVENT = 1024 * 1024;
  private static final String ANY_METHOD = "OPTIONS";
  private static final byte[] NOTHING = new byte[0];

  private final PortalHttpEngine engine;
  private final Cors cors;
  private final ApplicationAvailability availability;
  private final Executor routes;
  private final Semaphore inFlight;

  PortalHandler(
      PortalHttpEngine engine,
      Cors cors,
      ApplicationAvailability availability,
      PortalProperties portal,
      MeterRegistry metrics) {
    this.engine = engine;
    this.cors = cors;
    this.availability = availability;
    this.routes =
        PortalProperties.VIRTUAL_THREADS
            ? new VirtualThreadTaskExecutor("route-")
            : Executors.newCachedThreadPool();
    int limit = portal.requestsAtOnce();
    this.inFlight = new Semaphore(limit);
    Gauge.builder("billing.portal.requests.in.flight", () -> limit - inFlight.availablePermits())
        .description("Requests in the routes now")
        .register(metrics);
    Gauge.builder("billing.portal.requests.in.flight.limit", () -> limit)
        .description("How many requests may be in the routes")
        .register(metrics);
  }

  /** Tells at once that no more requests shall be sent here; those that come are refused. */
  @EventListener
  @Order(Ordered.HIGHEST_PRECEDENCE)
  void refuse(ContextClosedEvent event) {
    AvailabilityChangeEvent.publish(event.getApplicationContext(), ReadinessState.REFUSING_TRAFFIC);
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    Call call = Call.of(request, response, callback, cors);
    if (call.rejectByHead()) {
      return true;
    }
    Found found = engine.find(call.path());
    RejectedRequest why = check(call, found);
    if (why != null) {
      call.reject(why, call.hasBody());
    } else if (call.hasBody()) {
      new Body(call, largest(call), bytes -> serve(call, found, bytes)).run();
    } else {
      serve(call, found, NOTHING);
    }
    return true;
  }

  /** What is wrong with a request by its head alone, or null. */
  private RejectedRequest check(Call call, Found found) {
    if (availability.getReadinessState() != ReadinessState.ACCEPTING_TRAFFIC) {
      return RejectedRequest.BUSY;
    }
    if (found == null && !call.path().equals("*")) {
      return RejectedRequest.NOT_FOUND;
    }
    if (!call.method().equals(ANY_METHOD)) {
      PortalHttpConsumer consumer = found.consumer(call.method());
      if (consumer == null) {
        call.response().getHeaders().put(HttpHeader.ALLOW, found.allow());
        return RejectedRequest.METHOD_NOT_ALLOWED;
      }
      if (!MediaTypes.accepts(call.headers(), consumer.getEndpoint().getProduces())) {
        return RejectedRequest.NOT_ACCEPTABLE;
      }
    }
    return call.request().getLength() > largest(call) ? RejectedRequest.BODY_TOO_LARGE : null;
  }

  private static int largest(Call call) {
    if (call.method().equals(ANY_METHOD)) {
      return 0;
    }
    return call.path().equals(EVENTS_OF_STRIPE) ? LARGEST_EVENT : LARGEST_BODY;
  }

  private void serve(Call call, Found found, byte[] body) {
    call.endPoint().awaitAnswer(call.request());
    if (call.method().equals(ANY_METHOD)) {
      answerWithMethods(call, found);
    } else if (body.length > 0 && !MediaTypes.isJson(call.headers())) {
      call.reject(RejectedRequest.NO_JSON, false);
    } else if (!inFlight.tryAcquire()) {
      call.reject(RejectedRequest.BUSY, false);
    } else {
      try {
        routes.execute(() -> run(call, found, body));
      } catch (OutOfMemoryError e) {
        // The system gives no more threads.
        inFlight.release();
        call.reject(RejectedRequest.BUSY, false);
      }
    }
  }

  private void run(Call call, Found found, byte[] body) {
    try {
      byte[] answer;
      try {
        AccessLog.begin(call.id(), call.request().getHeadersNanoTime());
        answer = found.consumer(call.method()).serve(call, found.parts(), body);
      } finally {
        inFlight.release();
      }
      int status = call.response().getStatus();
      call.send(answer, false);
      AccessLog.end(status);
    } catch (RuntimeException | Error e) {
      call.callback().failed(e);
      throw e;
    }
  }

  /** An address, unlike the whole server ({@code *}), tells its methods. */
  private void answerWithMethods(Call call, Found found) {
    HttpFields.Mutable headers = call.response().getHeaders();
    if (found != null) {
      headers.put(HttpHeader.ALLOW, found.allow() + ", " + ANY_METHOD);
      cors.permit(call.headers(), found.consumers().keySet(), headers);
    }
    call.log(200, "ok");
    call.send(NOTHING, false);
  }
}
