package com.llmgenerator.billing.http;

import com.llmgenerator.billing.Settings;
import io.micrometer.observation.ObservationRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.apache.camel.Processor;
import org.apache.camel.component.platform.http.PlatformHttpEndpoint;
import org.apache.camel.component.platform.http.spi.PlatformHttpConsumer;
import org.apache.camel.component.platform.http.spi.PlatformHttpEngine;
import org.eclipse.jetty.http.pathmap.MatchedResource;
import org.eclipse.jetty.http.pathmap.PathMappings;
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
  /** {@code OPTIONS *} asks about all of them. */
  private static final Found ALL = new Found(Map.of(), Map.of());

  private static final Pattern SPELLING = Pattern.compile("[\\w.~/-]+");

  private final List<PortalHttpConsumer> consumers = new ArrayList<>();
  private volatile PathMappings<Map<String, PortalHttpConsumer>> mappings = new PathMappings<>();
  private final Duration deadline;
  private final ObservationRegistry traces;

  /**
   * An address that was asked for.
   *
   * @param consumers by method
   * @param parts the named parts of the address
   */
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
      Settings settings,
      ObservationRegistry observations) {
    this.deadline = settings.portal().deadline();
    this.traces = tracing ? observations : ObservationRegistry.NOOP;
  }

  @Override
  public PlatformHttpConsumer createConsumer(PlatformHttpEndpoint endpoint, Processor processor) {
    return new PortalHttpConsumer(endpoint, processor, this, deadline, traces);
  }

  synchronized void add(PortalHttpConsumer consumer) {
    consumers.add(consumer);
    map();
  }

  synchronized void remove(PortalHttpConsumer consumer) {
    consumers.remove(consumer);
    map();
  }

  /** Jetty's mappings cannot be changed while they are read. */
  private void map() {
    PathMappings<Map<String, PortalHttpConsumer>> changed = new PathMappings<>();
    for (PortalHttpConsumer consumer : consumers) {
      UriTemplatePathSpec path = new UriTemplatePathSpec(consumer.path());
      Map<String, PortalHttpConsumer> methods = changed.get(path);
      if (methods == null) {
        methods = new TreeMap<>();
        changed.put(path, methods);
      }
      methods.put(consumer.method(), consumer);
    }
    mappings = changed;
  }

  /** Finds who answers at a path, or null. */
  Found find(String path) {
    if (path.equals("*")) {
      return ALL;
    }
    MatchedResource<Map<String, PortalHttpConsumer>> match =
        SPELLING.matcher(path).matches() ? mappings.getMatched(path) : null;
    return match == null
        ? null
        : new Found(
            match.getResource(), ((UriTemplatePathSpec) match.getPathSpec()).getPathParams(path));
  }
}
