package com.llmgenerator.billing;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.BaseUnits;
import io.micrometer.core.instrument.binder.logging.LogbackMetrics;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Counts events of the log by level ({@code logback.events}) as they are written. Micrometer's own
 * way is a filter, which all those that are not written pass too: hundreds for each request.
 */
@Component
final class LogEventMetrics extends LogbackMetrics {
  private static final String NAME = "metrics";

  private final RepeatedWarningFilter repeated;
  private final LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
  private final Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);

  LogEventMetrics(RepeatedWarningFilter repeated) {
    this.repeated = repeated;
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    Counting counting = new Counting(registry);
    counting.setName(NAME);
    counting.setContext(context);
    counting.addFilter(repeated);
    counting.start();
    root.addAppender(counting);
  }

  @Override
  public void close() {
    root.detachAppender(NAME);
  }

  private static final class Counting extends UnsynchronizedAppenderBase<ILoggingEvent> {
    private final Map<Level, Counter> counters;

    Counting(MeterRegistry registry) {
      counters =
          Stream.of(Level.ERROR, Level.WARN, Level.INFO, Level.DEBUG, Level.TRACE)
              .collect(Collectors.toMap(Function.identity(), level -> counter(level, registry)));
    }

    private static Counter counter(Level level, MeterRegistry registry) {
      return Counter.builder("logback.events")
          .tag("level", level.toString().toLowerCase(Locale.ROOT))
          .description("Number of log events that were enabled by the effective log level")
          .baseUnit(BaseUnits.EVENTS)
          .register(registry);
    }

    @Override
    protected void append(ILoggingEvent event) {
      counters.get(event.getLevel()).increment();
    }
  }
}
