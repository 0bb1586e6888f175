package com.llmgenerator.billing.http;

import com.llmgenerator.billing.Settings;
import com.llmgenerator.billing.http.PortalHttpEngine.Found;
import com.llmgenerator.billing.request.AccessLog;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.springframework.beans.factory.annotation.Value;
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
 * once: each holds memory, and would wait for a connection that others have. Until the routes are
 * there, and once the end has begun, all are. Routes run on threads of their own, virtual ones if
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
  private final Answers answers;
  private final Cors cors;
  private final ApplicationAvailability availability;
  private final Executor routes;
  private final Semaphore inFlight;

  PortalHandler(
      PortalHttpEngine engine,
      Answers answers,
      Cors cors,
      ApplicationAvailability availability,
      @Value("${threads.virtual}") boolean virtual,
      Settings settings,
      MeterRegistry metrics) {
    this.engine = engine;
    this.answers = answers;
    this.cors = cors;
    this.availability = availability;
    this.routes =
        virtual ? new VirtualThreadTaskExecutor("route-") : Executors.newCachedThreadPool();
    this.inFlight = new Semaphore(settings.portal().requestsAtOnce());
    int limit = settings.portal().requestsAtOnce();
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
  protected void doStop() throws Exception {
    super.doStop();
    if (routes instanceof ExecutorService pool) {
      pool.shutdown();
    }
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    Call call = Call.of(request, response, callback);
    Found found = engine.find(call.path());
    RejectedRequest refusal = check(call, found);
    if (refusal != null) {
      answers.reject(call, refusal, call.hasBody());
    } else if (call.hasBody()) {
      new Body(
              call.request(),
              largest(call),
              bytes -> serve(call, found, bytes),
              why -> answers.reject(call, why, true))
          .run();
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
    if (found == null) {
      return RejectedRequest.NOT_FOUND;
    }
    if (!call.method().equals(ANY_METHOD)) {
      PortalHttpConsumer consumer = found.consumer(call.method());
      if (consumer == null) {
        return RejectedRequest.methodNotAllowed(found.allow());
      }
      if (!MediaTypes.accepts(call.headers(), consumer.produces())) {
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
    TimedEndPoint.of(call.request()).awaitAnswer(call.request());
    if (call.method().equals(ANY_METHOD)) {
      answerWithMethods(call, found);
    } else if (body.length > 0 && !MediaTypes.isJson(call.headers())) {
      answers.reject(call, RejectedRequest.NO_JSON, false);
    } else if (!inFlight.tryAcquire()) {
      answers.reject(call, RejectedRequest.BUSY, false);
    } else {
      enter(call, found, body);
    }
  }

  private void enter(Call call, Found found, byte[] body) {
    try {
      routes.execute(() -> run(call, found, body));
    } catch (RejectedExecutionException | OutOfMemoryError e) {
      // The pool ends, or the system gives no more threads.
      inFlight.release();
      answers.reject(call, RejectedRequest.BUSY, false);
    }
  }

  private void run(Call call, Found found, byte[] body) {
    try {
      Answer answer;
      try {
        AccessLog.begin(call.id(), call.request().getHeadersNanoTime());
        answer = found.consumer(call.method()).serve(call, found.parts(), body);
      } finally {
        inFlight.release();
      }
      answers.send(call, answer, false);
      AccessLog.end(answer.status());
    } catch (RuntimeException | Error e) {
      call.callback().failed(e);
      throw e;
    }
  }

  private void answerWithMethods(Call call, Found found) {
    Map<String, String> headers = new TreeMap<>();
    if (!found.consumers().isEmpty()) {
      headers.put("Allow", found.allow() + ", " + ANY_METHOD);
      cors.permit(call.headers(), found.consumers().keySet(), headers);
    }
    answers.note(call, 200, "ok");
    answers.send(call, Answer.withoutBody(200, headers), false);
  }
}
