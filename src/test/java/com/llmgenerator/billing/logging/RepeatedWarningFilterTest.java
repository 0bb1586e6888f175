package com.llmgenerator.billing.logging;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RepeatedWarningFilterTest {
  private final LoggerContext context = new LoggerContext();
  private final Logger ours = context.getLogger("com.llmgenerator.billing.http.Any");
  private final Logger others = context.getLogger("com.zaxxer.hikari.pool.PoolBase");
  private final ListAppender<ILoggingEvent> console = new ListAppender<>();
  private final ListAppender<ILoggingEvent> file = new ListAppender<>();
  private long nanos;
  private final RepeatedWarningFilter filter = new RepeatedWarningFilter(() -> nanos);

  @BeforeEach
  void attach() {
    for (ListAppender<ILoggingEvent> appender : List.of(console, file)) {
      appender.addFilter(filter);
      appender.start();
      context.getLogger(Logger.ROOT_LOGGER_NAME).addAppender(appender);
    }
  }

  @Test
  void writesAWarningOnceAMinuteToEachAppender() {
    ours.warn("The database is down");
    nanos += Duration.ofSeconds(59).toNanos();
    ours.warn("The database is down");
    assertThat(lines(console)).containsExactly("The database is down");
    assertThat(lines(file)).containsExactly("The database is down");
    nanos += Duration.ofSeconds(2).toNanos();
    ours.warn("The database is down");
    assertThat(lines(console)).containsExactly("The database is down", "The database is down");
  }

  @Test
  void tellsCausesApartByLoggerMessageAndException() {
    ours.warn("Stripe failed: {}", 500);
    ours.warn("Stripe failed: {}", 503);
    others.warn("Stripe failed: 503");
    others.warn("Stripe failed: 503", new IllegalStateException());
    assertThat(lines(console)).hasSize(4);
  }

  @Test
  void knowsOtherProjectsWarningsBeforeTheirValuesAreFilledIn() {
    others.warn("Failed to validate connection {}", 1);
    others.warn("Failed to validate connection {}", 2);
    assertThat(lines(console)).containsExactly("Failed to validate connection 1");
  }

  @Test
  void leavesOtherLevelsAlone() {
    IntStream.range(0, 2).forEach(i -> ours.error("failed"));
    IntStream.range(0, 2).forEach(i -> ours.info("Answered"));
    assertThat(lines(console)).containsExactly("failed", "failed", "Answered", "Answered");
  }

  @Test
  void letsAllPassOnceItIsClosed() {
    filter.close();
    ours.warn("again");
    ours.warn("again");
    assertThat(lines(console)).containsExactly("again", "again");
  }

  private static List<String> lines(ListAppender<ILoggingEvent> appender) {
    return appender.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
  }
}
