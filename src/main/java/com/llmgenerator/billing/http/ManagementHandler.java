package com.llmgenerator.billing.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.actuate.endpoint.ApiVersion;
import org.springframework.boot.actuate.endpoint.SecurityContext;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;
import org.springframework.boot.actuate.endpoint.web.WebServerNamespace;
import org.springframework.boot.health.actuate.endpoint.HealthDescriptor;
import org.springframework.boot.health.actuate.endpoint.HealthEndpointGroups;
import org.springframework.boot.health.actuate.endpoint.HealthEndpointWebExtension;
import org.springframework.boot.health.registry.HealthContributorRegistry;
import org.springframework.stereotype.Component;

/**
 * Answers at the management port: health below {@code /observe/health}, as Spring Boot's actuator
 * tells it, and {@code /observe/prometheus}.
 */
@Component
final class ManagementHandler extends Handler.Abstract {
  private static final Logger LOG = LoggerFactory.getLogger(ManagementHandler.class);
  private static final String HEALTH = "/observe/health";
  private static final String PROMETHEUS = "/observe/prometheus";
  private static final String PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8";
  private static final Duration SLOW = Duration.ofSeconds(10);

  private final HealthEndpointWebExtension health;
  private final PrometheusMeterRegistry metrics;
  private final ObjectMapper json;

  ManagementHandler(
      HealthContributorRegistry contributors,
      HealthEndpointGroups groups,
      PrometheusMeterRegistry metrics,
      ObjectMapper json) {
    this.health = new HealthEndpointWebExtension(contributors, null, groups, SLOW);
    this.metrics = metrics;
    this.json = json;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    Call call = Call.of(request, response, callback);
    TimedEndPoint.of(request).awaitAnswer(request);
    Answers.OF_MANAGEMENT.send(call, answer(call), call.hasBody());
    return true;
  }

  private Answer answer(Call call) {
    String path = call.path();
    if (!path.equals(HEALTH) && !path.startsWith(HEALTH + "/") && !path.equals(PROMETHEUS)) {
      return Answer.refusal(RejectedRequest.NOT_FOUND, call.id());
    }
    if (!call.method().equals("GET") && !call.method().equals("HEAD")) {
      return Answer.refusal(RejectedRequest.methodNotAllowed("GET"), call.id());
    }
    try {
      return path.equals(PROMETHEUS)
          ? new Answer(
              200,
              Map.of("Content-Type", PROMETHEUS_TEXT),
              metrics.scrape(PROMETHEUS_TEXT).getBytes(StandardCharsets.UTF_8))
          : health(call);
    } catch (JsonProcessingException | RuntimeException e) {
      LOG.error("The management port failed", e);
      return Answer.refusal(RejectedRequest.FAULT, call.id());
    }
  }

  private Answer health(Call call) throws JsonProcessingException {
    String[] path = call.path().substring(HEALTH.length()).replaceFirst("^/", "").split("/", -1);
    WebEndpointResponse<HealthDescriptor> found =
        health.health(
            ApiVersion.LATEST,
            WebServerNamespace.MANAGEMENT,
            SecurityContext.NONE,
            path.length == 1 && path[0].isEmpty() ? new String[0] : path);
    return found.getBody() == null
        ? Answer.refusal(RejectedRequest.NOT_FOUND, call.id())
        : new Answer(
            found.getStatus(),
            Map.of("Content-Type", "application/json"),
            json.writeValueAsBytes(found.getBody()));
  }
}
