package com.llmgenerator.billing.database;

import com.zaxxer.hikari.SQLExceptionOverride;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Has a connection closed whose server refuses to write, since it has become a standby: it can be
 * read, so that it passes for a good one, and would be kept. One a second: while there is no
 * primary, reads need the others.
 *
 * <p>HikariCP makes it by its class name.
 */
public final class StandbyConnections implements SQLExceptionOverride {
  /** PostgreSQL's {@code read_only_sql_transaction}. */
  private static final String READ_ONLY = "25006";

  private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final AtomicLong closedAt = new AtomicLong(System.nanoTime() - PAUSE_NANOS);

  @java.lang.Override
  public Override adjudicate(SQLException exception) {
    return refusesToWrite(exception) && mayClose() ? Override.MUST_EVICT : Override.CONTINUE_EVICT;
  }

  /** Whether the server can only be read. */
  public static boolean refusesToWrite(SQLException exception) {
    return READ_ONLY.equals(exception.getSQLState());
  }

  private boolean mayClose() {
    long before = closedAt.get();
    long now = System.nanoTime();
    return now - before >= PAUSE_NANOS && closedAt.compareAndSet(before, now);
  }
}
