package com.llmgenerator.billing.routes;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.llmgenerator.billing.problem.PaymentProviderException;
import com.llmgenerator.billing.problem.PaymentProviderTimeoutException;
import com.llmgenerator.billing.problem.TemporarilyUnavailableException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.sql.SQLException;
import java.util.Map;
import org.apache.camel.Exchange;
import org.apache.camel.processor.errorhandler.DefaultErrorHandler;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.dao.TransientDataAccessResourceException;
import org.springframework.jdbc.BadSqlGrammarException;
import org.springframework.jdbc.CannotGetJdbcConnectionException;
import org.springframework.jdbc.UncategorizedSQLException;

class ProblemResponsesRouteTest extends RouteTest {
  static final String SECRET = "a text that callers must not see";

  @BeforeEach
  void accountIsThere() {
    answers(billingAccountQuery(), "cus_1");
  }

  static Exception[] unavailable() {
    SQLException timeout = new SQLException(SECRET, new SocketTimeoutException(SECRET));
    return new Exception[] {
      new CannotGetJdbcConnectionException(SECRET, timeout),
      new DataAccessResourceFailureException(SECRET, timeout),
      new DataAccessResourceFailureException(SECRET, new SQLException(new ConnectException())),
      new QueryTimeoutException(SECRET, timeout),
      new TransientDataAccessResourceException(SECRET, timeout)
    };
  }

  @ParameterizedTest
  @MethodSource("unavailable")
  void tellsWhenTheDatabaseIsDown(Exception failure) {
    fail(billingAccountQuery(), failure);
    Exchange exchange = open();
    assertProblem(exchange, 503, "temporarily_unavailable", "Try again in a moment.");
    assertThat(exchange.getMessage().getHeader("Retry-After")).isEqualTo("2");
  }

  @Test
  void tellsWhenStripeIsBusy() {
    fail(stripe(), new TemporarilyUnavailableException(SECRET));
    assertProblem(open(), 503, "temporarily_unavailable", "Try again in a moment.");
  }

  @Test
  void tellsWhenStripeIsTooSlow() {
    fail(stripe(), new PaymentProviderTimeoutException(SECRET));
    assertProblem(
        open(), 504, "payment_provider_timeout", "The payment provider did not answer in time.");
  }

  @Test
  void tellsWhenStripeFails() {
    fail(stripe(), new PaymentProviderException(SECRET));
    assertProblem(open(), 502, "payment_provider_error", "The payment provider failed.");
  }

  static Throwable[] faults() {
    return new Throwable[] {
      new IllegalStateException(SECRET),
      new BadSqlGrammarException("query", "select", new SQLException(SECRET)),
      new UncategorizedSQLException("query", "select", new SQLException(SECRET, "26000")),
      new IllegalStateException(new SocketTimeoutException(SECRET)),
      new StackOverflowError(SECRET)
    };
  }

  @ParameterizedTest
  @MethodSource("faults")
  void tellsNothingOfFaultsOfOurs(Throwable failure) {
    fail(billingAccountQuery(), failure);
    assertProblem(open(), 500, "internal_error", "Something went wrong here.");
  }

  /**
   * Camel changes the level of one logger while it logs an attempt to deliver: of two at once, one
   * is logged as an error, with the failure's text.
   */
  @Test
  void leavesNoFailureToCamelsOwnLog() {
    Logger camels = (Logger) LoggerFactory.getLogger(DefaultErrorHandler.class);
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    lines.start();
    camels.addAppender(lines);
    camels.setLevel(Level.TRACE);
    try {
      fail(billingAccountQuery(), new IllegalStateException(SECRET));
      assertProblem(open(), 500, "internal_error", "Something went wrong here.");
      assertThat(lines.list).isEmpty();
    } finally {
      camels.setLevel(null);
      camels.detachAppender(lines);
    }
  }

  private Exchange open() {
    return run("open-portal", null, Map.of("userId", "user-1"));
  }
}
