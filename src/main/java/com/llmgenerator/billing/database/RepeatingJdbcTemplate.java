package com.llmgenerator.billing.database;

import com.llmgenerator.billing.request.Deadline;
import java.net.SocketTimeoutException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Set;
import java.util.function.LongConsumer;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.apache.camel.util.ObjectHelper;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.TransientDataAccessResourceException;
import org.springframework.jdbc.CannotGetJdbcConnectionException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.PreparedStatementCallback;
import org.springframework.jdbc.core.PreparedStatementCreator;
import org.springframework.jdbc.support.SQLExceptionSubclassTranslator;

/**
 * Runs one query. If its connection turns out to be dead, since PostgreSQL restarted or ended the
 * session, the pool drops all it has, and a query that begins with {@code select} runs again on a
 * new one. Others do not: PostgreSQL may have committed before the connection died. So a function
 * that a {@code select} calls must change nothing when it is called again.
 *
 * <p>Delete it once the pool or the driver repeats queries and {@code
 * DatabaseOutageIT.servesAllWhileSessionsAreTerminatedUnderLoad} passes.
 */
final class RepeatingJdbcTemplate extends JdbcTemplate {
  private static final Pattern COMMENTS_AND_SELECT =
      Pattern.compile("(?is)(?:\\s++|--[^\n]*+|/\\*.*?\\*/)*+select\\b.*+");

  /** PostgreSQL's {@code admin_shutdown}, {@code crash_shutdown}, {@code cannot_connect_now}. */
  private static final Set<String> SHUTDOWNS = Set.of("57P01", "57P02", "57P03");

  /** Less than this is not worth another run: a connection must be made, too. */
  private static final Duration SHORTEST_RUN = Duration.ofMillis(500);

  /** The second connection is dead, too, if the pool was making it when the sessions ended. */
  private static final int MOST_RUNS = 3;

  private final LongConsumer eviction;
  private final boolean repeatable;

  /**
   * @param eviction has the pool drop its connections of a time and before, by {@link
   *     System#nanoTime}
   */
  RepeatingJdbcTemplate(DataSource pool, LongConsumer eviction, String query) {
    super(pool);
    this.eviction = eviction;
    this.repeatable = isRepeatable(query);
    SQLExceptionSubclassTranslator failures = new SQLExceptionSubclassTranslator();
    failures.setCustomTranslator(
        (task, sql, failure) ->
            StandbyConnections.refusesToWrite(failure)
                ? new TransientDataAccessResourceException("The database is a standby", failure)
                : null);
    setExceptionTranslator(failures);
  }

  /** Whether a query may run twice: it begins with {@code select}. */
  static boolean isRepeatable(String query) {
    return COMMENTS_AND_SELECT.matcher(query).matches();
  }

  @Override
  public <T> T execute(PreparedStatementCreator creator, PreparedStatementCallback<T> action) {
    for (int run = 1; ; run++) {
      long begun = System.nanoTime();
      try {
        return super.execute(creator, action);
      } catch (DataAccessException e) {
        if (!isOfDeadConnection(e)) {
          throw e;
        }
        eviction.accept(begun);
        boolean isTimeLeft = Deadline.left(SHORTEST_RUN).compareTo(SHORTEST_RUN) >= 0;
        if (!repeatable || run == MOST_RUNS || !isTimeLeft) {
          throw e;
        }
      }
    }
  }

  /**
   * Not those that time out: the server may be at it still, and more of them is not what it needs.
   */
  static boolean isOfDeadConnection(DataAccessException failure) {
    SQLException cause = ObjectHelper.getException(SQLException.class, failure);
    return cause != null
        && cause.getSQLState() != null
        && (cause.getSQLState().startsWith("08") || SHUTDOWNS.contains(cause.getSQLState()))
        && !(failure instanceof CannotGetJdbcConnectionException)
        && ObjectHelper.getException(SocketTimeoutException.class, failure) == null;
  }
}
