package com.llmgenerator.billing.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.filter.Filter;
import ch.qos.logback.core.spi.FilterReply;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import java.time.Duration;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Writes each warning at most once a minute per cause, whichever class logs it: an outage says the
 * same with every request. The cause is the logger with the message; of other projects' loggers it
 * is the message before its values are filled in, since theirs name a connection or a time.
 *
 * <p>Filters appenders, so that it sees only what is to be written. An event that passed passes at
 * every appender. The jar's commands run without it: there each line is part of the report.
 */
@Component
final class RepeatedWarningFilter extends Filter<ILoggingEvent> implements AutoCloseable {
  private static final String OURS = "com.llmgenerator.billing.";
  private static final Duration INTERVAL = Duration.ofMinutes(1);
  private static final int MOST_CAUSES = 1_000;

  private final Cache<Cause, ILoggingEvent> written;

  RepeatedWarningFilter() {
    this(Ticker.systemTicker());
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    for (Logger logger : context.getLoggerList()) {
      logger.iteratorForAppenders().forEachRemaining(appender -> appender.addFilter(this));
    }
  }

  /** Of no appender yet. */
  RepeatedWarningFilter(Ticker ticker) {
    written =
        Caffeine.newBuilder()
            .ticker(ticker)
            .expireAfterWrite(INTERVAL)
            .maximumSize(MOST_CAUSES)
            .build();
    start();
  }

  private record Cause(String logger, String message, String failure) {
    static Cause of(ILoggingEvent event) {
      boolean ours = event.getLoggerName().startsWith(OURS);
      return new Cause(
          event.getLoggerName(),
          ours ? event.getFormattedMessage() : event.getMessage(),
          event.getThrowableProxy() == null ? null : event.getThrowableProxy().getClassName());
    }
  }

  @Override
  public FilterReply decide(ILoggingEvent event) {
    if (!isStarted() || event.getLevel() != Level.WARN) {
      return FilterReply.NEUTRAL;
    }
    return written.get(Cause.of(event), cause -> event) == event
        ? FilterReply.NEUTRAL
        : FilterReply.DENY;
  }

  /** Lets all pass from now on. */
  @Override
  public void close() {
    stop();
  }
}
