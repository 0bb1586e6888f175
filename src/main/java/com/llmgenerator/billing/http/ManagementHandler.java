package com.llmgenerator.billing.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
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
  private static final String HEALTH = "/observe/health";
  private static final String PROMETHEUS = "/observe/prometheus";
  private static final String PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8";

  private final HealthEndpointWebExtension health;
  private final PrometheusMeterRegistry metrics;
  private final ObjectMapper json;

  ManagementHandler(
      HealthContributorRegistry contributors,
      HealthEndpointGroups groups,
      PrometheusMeterRegistry metrics,
      ObjectMapper json) {
    this.health =
        new HealthEndpointWebExtension(contributors, null, groups, Duration.ofSeconds(10));
    this.metrics = metrics;
    this.json = json;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    Call call = Call.of(request, response, callback, null);
    if (!call.rejectByHead()) {
      call.endPoint().awaitAnswer(request);
      call.send(answer(call), call.hasBody());
    }
    return true;
  }

  private byte[] answer(Call call) throws JsonProcessingException {
    String path = call.path();
    if (!path.equals(HEALTH) && !path.startsWith(HEALTH + "/") && !path.equals(PROMETHEUS)) {
      return call.problem(RejectedRequest.NOT_FOUND);
    }
    HttpFields.Mutable headers = call.response().getHeaders();
    if (!call.method().equals("GET") && !call.method().equals("HEAD")) {
      headers.put(HttpHeader.ALLOW, "GET");
      return call.problem(RejectedRequest.METHOD_NOT_ALLOWED);
    }
    if (path.equals(PROMETHEUS)) {
      headers.put(HttpHeader.CONTENT_TYPE, PROMETHEUS_TEXT);
      return metrics.scrape(PROMETHEUS_TEXT).getBytes(StandardCharsets.UTF_8);
    }
    String[] parts = path.substring(HEALTH.length()).replaceFirst("^/", "").split("/", -1);
    WebEndpointResponse<HealthDescriptor> found =
        health.health(
            ApiVersion.LATEST,
            WebServerNamespace.MANAGEMENT,
            SecurityContext.NONE,
            parts.length == 1 && parts[0].isEmpty() ? new String[0] : parts);
    if (found.getBody() == null) {
      return call.problem(RejectedRequest.NOT_FOUND);
    }
    headers.put(HttpHeader.CONTENT_TYPE, "application/json");
    call.response().setStatus(found.getStatus());
    return json.writeValueAsBytes(found.getBody());
  }
}
