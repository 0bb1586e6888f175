package com.llmgenerator.billing.request;

import io.micrometer.core.instrument.Metrics;
import io.micrometer.core.instrument.Tag;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * What is logged of the request that this thread answers: its id in every line ({@code requestId}),
 * and when it is answered one line with all that was noted, and one measurement ({@code
 * billing.portal.requests}). Never tokens, keys, bodies or URLs.
 */
public final class AccessLog {
  /** The header that carries the id, of a request and of its answer. */
  public static final String ID_HEADER = "X-Request-Id";

  private static final Logger LOG = LoggerFactory.getLogger(AccessLog.class);
  private static final String ID = "requestId";
  private static final Pattern ACCEPTED_ID = Pattern.compile("[A-Za-z0-9._-]{1,64}");
  private static final ThreadLocal<Map<String, Object>> NOTES = new ThreadLocal<>();
  private static final ThreadLocal<Long> BEGIN_NANOS = new ThreadLocal<>();

  private AccessLog() {}

  /**
   * Gives a request its id.
   *
   * @param sentId the id its caller sent, or null
   * @return that id, or a new one if it is not 1 to 64 of {@code A-Z a-z 0-9 . _ -}
   */
  public static String id(String sentId) {
    return sentId != null && ACCEPTED_ID.matcher(sentId).matches()
        ? sentId
        : UUID.randomUUID().toString();
  }

  /**
   * Begins what this thread does for a request.
   *
   * @param id its id
   * @param begunNanos when its head had arrived, by {@link System#nanoTime}
   */
  public static void begin(String id, long begunNanos) {
    MDC.put(ID, id);
    NOTES.set(new LinkedHashMap<>());
    BEGIN_NANOS.set(begunNanos);
  }

  /** The id of the request, or null where none is being answered. */
  public static String id() {
    return MDC.get(ID);
  }

  /** Notes something for the line that ends the request; null is not noted. */
  public static void note(String field, Object value) {
    Map<String, Object> notes = NOTES.get();
    if (notes != null && value != null) {
      notes.put(field, value);
    }
  }

  /** Ends the request: writes its line, and measures it by operation and code. */
  public static void end(int status) {
    Map<String, Object> notes = NOTES.get();
    Duration taken = Duration.ofNanos(System.nanoTime() - BEGIN_NANOS.get());
    notes.putIfAbsent("code", "ok");
    LoggingEventBuilder line = LOG.atInfo().addKeyValue("status", status);
    notes.forEach(line::addKeyValue);
    line.addKeyValue("durationMs", taken.toMillis()).log("Answered");
    Object operation = notes.getOrDefault("operation", "none");
    Metrics.timer(
            "billing.portal.requests",
            List.of(
                Tag.of("operation", operation.toString()),
                Tag.of("code", notes.get("code").toString())))
        .record(taken);
    MDC.remove(ID);
    NOTES.remove();
    BEGIN_NANOS.remove();
  }
}
