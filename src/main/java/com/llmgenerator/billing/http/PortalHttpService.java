package com.llmgenerator.billing.http;

import com.llmgenerator.billing.Settings;
import com.llmgenerator.billing.http.Addresses.Found;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import org.springframework.boot.availability.ApplicationAvailability;
import org.springframework.boot.availability.ReadinessState;

/**
 * Leads requests to the routes. When as many as allowed are there, more are refused with 503 at
 * once: each holds memory, and would wait for a connection that others have. Until the routes are
 * there, and once the end has begun, all are.
 *
 * <p>A body has at most 8 KiB; an event of Stripe at most 256 KiB: those beyond 8 KiB are received
 * by few at a time, since nobody knows yet who sends them.
 */
final class PortalHttpService implements HttpService {
  static final String EVENTS_OF_STRIPE = "/api/v1/stripe/events";
  private static final int LARGEST_BODY = 8 * 1024;
  private static final int LARGEST_EVENT = 256 * 1024;
  private static final int LARGE_EVENTS_AT_ONCE = 32;
  private static final String ANY_METHOD = "OPTIONS";

  private final Addresses addresses;
  private final Cors cors;
  private final ApplicationAvailability availability;
  private final Executor routes;
  private final Semaphore places;
  private final Semaphore largeEvents = new Semaphore(LARGE_EVENTS_AT_ONCE);

  PortalHttpService(
      Addresses addresses,
      Cors cors,
      ApplicationAvailability availability,
      Executor routes,
      Settings settings,
      MeterRegistry metrics) {
    this.addresses = addresses;
    this.cors = cors;
    this.availability = availability;
    this.routes = routes;
    this.places = new Semaphore(settings.portal().requestsAtOnce());
    Gauge.builder("billing.portal.places.free", places, Semaphore::availablePermits)
        .description("How many more requests may enter the routes now")
        .register(metrics);
  }

  @Override
  public Optional<Refusal> receive(HttpCall call) {
    if (availability.getReadinessState() != ReadinessState.ACCEPTING_TRAFFIC) {
      return Optional.of(Refusal.BUSY);
    }
    if (call.method().equals(ANY_METHOD) && call.path().equals("*")) {
      return Optional.empty();
    }
    Optional<Found> found = addresses.find(call.path());
    if (found.isEmpty()) {
      return Optional.of(Refusal.NOT_FOUND);
    }
    if (call.method().equals(ANY_METHOD)) {
      return Optional.empty();
    }
    PortalHttpConsumer consumer = consumer(call, found.get());
    if (consumer == null) {
      return Optional.of(Refusal.methodNotAllowed(found.get().allow()));
    }
    if (!MediaRules.accepts(call.headers(), consumer.produces())) {
      return Optional.of(Refusal.NOT_ACCEPTABLE);
    }
    return call.path().equals(EVENTS_OF_STRIPE) ? receiveEvent(call) : receive(call, LARGEST_BODY);
  }

  private static Optional<Refusal> receive(HttpCall call, int largest) {
    call.take(largest);
    return Optional.empty();
  }

  private Optional<Refusal> receiveEvent(HttpCall call) {
    if (call.announces(LARGEST_BODY)) {
      return receive(call, LARGEST_BODY);
    }
    if (!largeEvents.tryAcquire()) {
      return Optional.of(Refusal.BUSY);
    }
    call.afterwards(largeEvents::release);
    return receive(call, LARGEST_EVENT);
  }

  @Override
  public void serve(HttpCall call) {
    if (call.method().equals(ANY_METHOD)) {
      answerWithMethods(call);
    } else if (call.hasBody() && !MediaRules.isJson(call.headers())) {
      refuse(call, Refusal.NO_JSON);
    } else if (!places.tryAcquire()) {
      refuse(call, Refusal.BUSY);
    } else {
      enter(call);
    }
  }

  private void enter(HttpCall call) {
    try {
      routes.execute(() -> run(call));
    } catch (RejectedExecutionException | OutOfMemoryError e) {
      // The pool ends, or the system gives no more threads.
      places.release();
      refuse(call, Refusal.BUSY);
    }
  }

  private void run(HttpCall call) {
    Answer answer;
    RequestLog.begin(call.id(), call.begunNanos());
    try {
      answer = answer(call);
    } finally {
      places.release();
    }
    call.answer(answer);
    RequestLog.end(answer.status());
  }

  private Answer answer(HttpCall call) {
    Optional<Found> found = addresses.find(call.path());
    PortalHttpConsumer consumer = found.map(address -> consumer(call, address)).orElse(null);
    if (consumer == null) {
      // The end has begun since the request was received.
      RequestLog.note("code", Refusal.BUSY.code());
      return Answer.refusal(Refusal.BUSY, call.id());
    }
    return consumer.serve(call, found.get().parts());
  }

  private static PortalHttpConsumer consumer(HttpCall call, Found found) {
    String method = call.method().equals("HEAD") ? "GET" : call.method();
    return found.consumers().get(method);
  }

  private void answerWithMethods(HttpCall call) {
    Map<String, String> headers = new HashMap<>();
    addresses
        .find(call.path())
        .ifPresent(
            found -> {
              headers.put("Allow", found.allow() + ", " + ANY_METHOD);
              cors.permit(call.headers(), found.consumers().keySet(), headers);
            });
    note(call, 200, "ok");
    call.answer(Answer.withoutBody(200, headers));
  }

  private void refuse(HttpCall call, Refusal refusal) {
    refused(call, refusal);
    call.answer(Answer.refusal(refusal, call.id()));
  }

  @Override
  public void complete(HttpCall call, HttpHeaders answer) {
    cors.complete(call.headers(), answer);
  }

  @Override
  public void refused(HttpCall call, Refusal refusal) {
    note(call, refusal.status(), refusal.code());
  }

  private static void note(HttpCall call, int status, String code) {
    RequestLog.begin(call.id(), call.begunNanos());
    RequestLog.note("code", code);
    RequestLog.end(status);
  }
}
