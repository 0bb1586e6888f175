package com.llmgenerator.billing;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.benmanes.caffeine.cache.Ticker;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

class LogEventMetricsTest {
  private static final Logger LOG = LoggerFactory.getLogger(LogEventMetricsTest.class);

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

  @Test
  void countEventsByLevelUntilTheyAreClosed() {
    RepeatedWarningFilter repeated = new RepeatedWarningFilter(Ticker.systemTicker());
    LogEventMetrics metrics = new LogEventMetrics(repeated);
    metrics.bindTo(registry);
    LOG.warn("once");
    LOG.warn("twice");
    LOG.warn("twice");
    LOG.atError().addKeyValue("status", 500).log("once");
    LOG.trace("not at all");
    metrics.close();
    LOG.warn("no more");
    assertThat(count("warn")).isEqualTo(2);
    assertThat(count("error")).isEqualTo(1);
    assertThat(count("trace")).isZero();
  }

  private double count(String level) {
    return registry.get("logback.events").tag("level", level).counter().count();
  }
}
