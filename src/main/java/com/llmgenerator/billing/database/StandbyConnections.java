package com.llmgenerator.billing.database;

import com.zaxxer.hikari.SQLExceptionOverride;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;

/**
 * Has HikariCP close a connection whose server refuses to write, since it has become a standby: it
 * can be read, so that it passes for a good one, and would be kept. One a second: while there is no
 * primary, reads need the others.
 *
 * <p>HikariCP makes it by its class name. Delete it once the pool or the driver looks for the
 * primary by itself and {@code DatabaseOutageIT.returns503ToWritersWhileTheDatabaseIsReadOnly}
 * passes.
 */
public final class StandbyConnections implements SQLExceptionOverride {
  private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private long closedAt = System.nanoTime() - PAUSE_NANOS;

  @java.lang.Override
  public synchronized Override adjudicate(SQLException exception) {
    long now = System.nanoTime();
    if (!refusesToWrite(exception) || now - closedAt < PAUSE_NANOS) {
      return Override.CONTINUE_EVICT;
    }
    closedAt = now;
    return Override.MUST_EVICT;
  }

  /** Whether the server can only be read: PostgreSQL's {@code read_only_sql_transaction}. */
  static boolean refusesToWrite(SQLException exception) {
    return "25006".equals(exception.getSQLState());
  }
}
