package com.llmgenerator.billing.problem;

import com.llmgenerator.billing.request.AccessLog;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.util.ObjectHelper;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;
import org.springframework.stereotype.Component;

/** Turns the failure of a route into its answer; the cause goes to the log. */
@Component("problem")
public final class ProblemResponse {
  private static final Logger LOG = LoggerFactory.getLogger(ProblemResponse.class);

  /**
   * Replaces the message by a {@link Problem}: no header and no body of it is left.
   *
   * @param status the HTTP status
   * @param code what programs compare; its text is in {@code problems.properties}
   */
  public void answer(int status, String code, Exchange exchange) {
    log(status, code, exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Throwable.class));
    Message message = exchange.getMessage();
    message.removeHeaders("*");
    message.setHeader(Exchange.HTTP_RESPONSE_CODE, status);
    message.setHeader(Exchange.CONTENT_TYPE, Problem.MEDIA_TYPE);
    message.setBody(Problem.of(status, code, AccessLog.id()).json());
  }

  /** Every request tells its reason in its own line; what an operator must see, in another. */
  private void log(int status, String code, Throwable cause) {
    String reason = describe(cause);
    AccessLog.note("code", code);
    AccessLog.note("reason", reason);
    if (status == 500) {
      LOG.error("Internal error", cause);
    } else if (status > 500) {
      warn(reason, cause);
    }
  }

  /** Messages of other people's exceptions can repeat what a caller sent: only ours are told. */
  private static String describe(Throwable cause) {
    boolean ours = cause.getClass().getPackageName().startsWith("com.llmgenerator.billing");
    return ours ? cause.getMessage() : cause.getClass().getSimpleName() + sqlState(cause);
  }

  /**
   * PostgreSQL's word for what is wrong: 28P01 is a wrong password, 57P01 a shutdown, and so on.
   */
  private static String sqlState(Throwable cause) {
    SQLException sql = ObjectHelper.getException(SQLException.class, cause);
    return sql == null || sql.getSQLState() == null ? "" : " (SQLSTATE " + sql.getSQLState() + ")";
  }

  /** And what HikariCP says when it has no connection to give: how many are used and waited for. */
  private static void warn(String reason, Throwable cause) {
    LoggingEventBuilder line = LOG.atWarn();
    if (cause.getCause() instanceof SQLTransientConnectionException exhausted) {
      line.addKeyValue("pool", exhausted.getMessage());
    }
    line.log(reason);
  }
}
