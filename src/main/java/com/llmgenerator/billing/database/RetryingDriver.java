package com.llmgenerator.billing.database;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.postgresql.Driver;

/**
 * Connects a pool five times a second while the database refuses connections. By itself HikariCP
 * waits longer after each failure, up to 5 s, also when the outage is over meanwhile. Each failure
 * of another kind is passed on to it, so that it tells those who wait for a connection what is
 * wrong.
 *
 * <p>HikariCP makes one for each pool by its class name. Delete it once HikariCP's longest pause
 * can be set and {@code DatabaseOutageIT.returns503WhileTheDatabaseIsStopped} passes with 200 ms.
 */
public final class RetryingDriver extends Driver {
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  /** The SQLSTATEs that the pool knows since the last success. */
  private final Set<String> passedOn = ConcurrentHashMap.newKeySet();

  @Override
  public Connection connect(String url, Properties settings) throws SQLException {
    while (true) {
      try {
        Connection connection = super.connect(url, settings);
        passedOn.clear();
        return connection;
      } catch (SQLException e) {
        String state = e.getSQLState();
        if (!isOutage(state) || passedOn.add(state) || Thread.currentThread().isInterrupted()) {
          throw e;
        }
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }
  }

  /** Others, as a wrong password, would only fill the log of a server that answers. */
  private static boolean isOutage(String state) {
    return state != null && (state.startsWith("08") || state.startsWith("57P"));
  }
}
