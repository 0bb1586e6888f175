package com.llmgenerator.billing.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.netty.handler.codec.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.actuate.endpoint.ApiVersion;
import org.springframework.boot.actuate.endpoint.SecurityContext;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;
import org.springframework.boot.actuate.endpoint.web.WebServerNamespace;
import org.springframework.boot.health.actuate.endpoint.HealthDescriptor;
import org.springframework.boot.health.actuate.endpoint.HealthEndpointGroups;
import org.springframework.boot.health.actuate.endpoint.HealthEndpointWebExtension;
import org.springframework.boot.health.registry.HealthContributorRegistry;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * The management port: health below {@code /observe/health}, as Spring Boot's actuator tells it,
 * and {@code /observe/prometheus}. It has threads of its own, so that it answers while the public
 * port has more callers than it can serve.
 */
@Component
final class ManagementPort implements HttpService, SmartLifecycle, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ManagementPort.class);
  private static final String HEALTH = "/observe/health";
  private static final String PROMETHEUS = "/observe/prometheus";
  private static final String PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8";
  private static final int MOST_CONNECTIONS = 200;
  private static final int QUESTIONS_AT_ONCE = 4;

  private final String address;
  private final int port;
  private final HealthEndpointWebExtension health;
  private final PrometheusMeterRegistry metrics;
  private final ObjectMapper json;
  private final ExecutorService threads = Executors.newFixedThreadPool(QUESTIONS_AT_ONCE);
  private final HttpListener listener = new HttpListener("management", 1, MOST_CONNECTIONS, this);
  private volatile boolean running;

  ManagementPort(
      @Value("${management.server.address}") String address,
      @Value("${management.server.port}") int port,
      HealthContributorRegistry contributors,
      HealthEndpointGroups groups,
      PrometheusMeterRegistry metrics,
      ObjectMapper json) {
    this.address = address;
    this.port = port;
    this.health =
        new HealthEndpointWebExtension(contributors, null, groups, Duration.ofSeconds(10));
    this.metrics = metrics;
    this.json = json;
  }

  @Override
  public Optional<Refusal> receive(HttpCall call) {
    String path = call.path();
    if (!path.equals(HEALTH) && !path.startsWith(HEALTH + "/") && !path.equals(PROMETHEUS)) {
      return Optional.of(Refusal.NOT_FOUND);
    }
    boolean read = call.method().equals("GET") || call.method().equals("HEAD");
    return read ? Optional.empty() : Optional.of(Refusal.methodNotAllowed("GET"));
  }

  @Override
  public void serve(HttpCall call) {
    try {
      threads.execute(() -> call.answer(answer(call)));
    } catch (RejectedExecutionException e) {
      call.answer(Answer.refusal(Refusal.BUSY, call.id()));
    }
  }

  private Answer answer(HttpCall call) {
    try {
      return call.path().equals(PROMETHEUS)
          ? new Answer(
              200,
              Map.of("Content-Type", PROMETHEUS_TEXT),
              metrics.scrape(PROMETHEUS_TEXT).getBytes(StandardCharsets.UTF_8))
          : health(call);
    } catch (JsonProcessingException | RuntimeException e) {
      LOG.error("The management port failed", e);
      return Answer.refusal(Refusal.FAULT, call.id());
    }
  }

  private Answer health(HttpCall call) throws JsonProcessingException {
    String[] path = call.path().substring(HEALTH.length()).replaceFirst("^/", "").split("/", -1);
    WebEndpointResponse<HealthDescriptor> found =
        health.health(
            ApiVersion.LATEST,
            WebServerNamespace.MANAGEMENT,
            SecurityContext.NONE,
            path.length == 1 && path[0].isEmpty() ? new String[0] : path);
    return found.getBody() == null
        ? Answer.refusal(Refusal.NOT_FOUND, call.id())
        : new Answer(
            found.getStatus(),
            Map.of("Content-Type", "application/json", "Cache-Control", "no-store"),
            json.writeValueAsBytes(found.getBody()));
  }

  @Override
  public void complete(HttpCall call, HttpHeaders answer) {}

  @Override
  public void refused(HttpCall call, Refusal refusal) {}

  @Override
  public void start() {
    listener.open(address, port);
    running = true;
  }

  @Override
  public void stop() {
    listener.end();
    running = false;
  }

  /** Ends the threads, also where the start failed. */
  @Override
  public void close() {
    listener.close();
    threads.shutdown();
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  /** Opens before the public port and closes after it. */
  @Override
  public int getPhase() {
    return SmartLifecycle.DEFAULT_PHASE - 2048;
  }
}
