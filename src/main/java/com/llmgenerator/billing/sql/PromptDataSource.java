package com.llmgenerator.billing.sql;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Objects;
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

  /** The SQLSTATE that the pool knows; null after a success. */
  private volatile String passedOn;

  PromptDataSource(DataSource driver, HikariDataSource pool) {
    super(driver);
    this.pool = pool;
  }

  @Override
  public Connection getConnection(String username, String password) throws SQLException {
    while (true) {
      try {
        Connection connection = super.getConnection(username, password);
        passedOn = null;
        return connection;
      } catch (SQLException e) {
        if (!mayTryAgain(e)) {
          passedOn = e.getSQLState();
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
    return pool.isRunning() && Objects.equals(failure.getSQLState(), passedOn);
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
