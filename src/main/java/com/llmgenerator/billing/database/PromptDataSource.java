package com.llmgenerator.billing.database;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.springframework.jdbc.datasource.DelegatingDataSource;

/**
 * Makes the connections of a pool, five times a second while the database refuses them. By itself
 * HikariCP waits longer after each failure, up to 5 s, also when the outage is over meanwhile. Each
 * failure of another kind is passed on to it, so that it tells those who wait for a connection what
 * is wrong.
 */
final class PromptDataSource extends DelegatingDataSource {
  private static final long PAUSE_MILLIS = 200;

  private final HikariDataSource pool;

  /** The SQLSTATEs that the pool knows since the last success. */
  private final Set<String> passedOn = ConcurrentHashMap.newKeySet();

  PromptDataSource(DataSource driver, HikariDataSource pool) {
    super(driver);
    this.pool = pool;
  }

  @Override
  public Connection getConnection(String username, String password) throws SQLException {
    while (true) {
      try {
        Connection connection = super.getConnection(username, password);
        passedOn.clear();
        return connection;
      } catch (SQLException e) {
        if (!mayTryAgain(e)) {
          throw e;
        }
        pause(e);
      }
    }
  }

  /**
   * In the one thread of the pool that adds connections; before it runs, callers ask themselves.
   */
  private boolean mayTryAgain(SQLException failure) {
    String state = failure.getSQLState();
    return pool.isRunning() && isOutage(state) && !passedOn.add(state);
  }

  /** Others, as a wrong password, would only fill the log of a server that answers. */
  private static boolean isOutage(String state) {
    return state != null && (state.startsWith("08") || state.startsWith("57P"));
  }

  private static void pause(SQLException failure) throws SQLException {
    try {
      TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failure;
    }
  }
}
