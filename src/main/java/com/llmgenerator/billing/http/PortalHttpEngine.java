package com.llmgenerator.billing.http;

import com.llmgenerator.billing.config.PortalProperties;
import io.micrometer.observation.ObservationRegistry;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.regex.Pattern;
import org.apache.camel.Processor;
import org.apache.camel.component.platform.http.PlatformHttpEndpoint;
import org.apache.camel.component.platform.http.spi.PlatformHttpConsumer;
import org.apache.camel.component.platform.http.spi.PlatformHttpEngine;
import org.eclipse.jetty.http.pathmap.MatchedResource;
import org.eclipse.jetty.http.pathmap.PathMappings;
import org.eclipse.jetty.http.pathmap.PathSpec;
import org.eclipse.jetty.http.pathmap.UriTemplatePathSpec;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Component;

/**
 * How platform-http receives requests at the public port: the addresses that {@code
 * routes/10-rest-api.camel.yaml} names, and who answers there. There is one spelling of each: no
 * escapes, no parameters of segments, no dots to follow.
 */
@Component("platform-http-engine")
final class PortalHttpEngine implements PlatformHttpEngine {
  private static final Pattern SPELLING = Pattern.compile("[\\w.~/-]+");

  /** How long a request may take. */
  final Duration deadline;

  /** Where a caller's trace is taken over; without effect if none is. */
  final ObservationRegistry traces;

  private volatile PathMappings<Map<String, PortalHttpConsumer>> addresses = new PathMappings<>();

  /** An address that was asked for: who answers there, by method, and its named parts. */
  record Found(Map<String, PortalHttpConsumer> consumers, Map<String, String> parts) {
    /** Who answers a method, or null. */
    PortalHttpConsumer consumer(String method) {
      return consumers.get(method.equals("HEAD") ? "GET" : method);
    }

    /** The methods that are taken here, as {@code Allow} tells them. */
    String allow() {
      return String.join(", ", consumers.keySet());
    }
  }

  PortalHttpEngine(
      @Value("${management.tracing.enabled}") boolean tracing,
      PortalProperties portal,
      ObservationRegistry observations) {
    this.deadline = portal.deadline();
    this.traces = tracing ? observations : ObservationRegistry.NOOP;
  }

  @Override
  public synchronized PlatformHttpConsumer createConsumer(
      PlatformHttpEndpoint endpoint, Processor processor) {
    PortalHttpConsumer consumer = new PortalHttpConsumer(endpoint, processor, this);
    PathSpec path = new UriTemplatePathSpec(consumer.path);
    // They cannot be changed while they are read.
    PathMappings<Map<String, PortalHttpConsumer>> changed = new PathMappings<>();
    changed.putAll(addresses);
    changed
        .computeIfAbsent(path, first -> new ConcurrentSkipListMap<>())
        .put(endpoint.getHttpMethodRestrict(), consumer);
    addresses = changed;
    return consumer;
  }

  /** Finds who answers at a path, or null. */
  Found find(String path) {
    MatchedResource<Map<String, PortalHttpConsumer>> match =
        SPELLING.matcher(path).matches() ? addresses.getMatched(path) : null;
    return match == null
        ? null
        : new Found(
            match.getResource(), ((UriTemplatePathSpec) match.getPathSpec()).getPathParams(path));
  }
}
