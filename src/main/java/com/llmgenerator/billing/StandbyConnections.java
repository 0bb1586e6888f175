package com.llmgenerator.billing;

import com.zaxxer.hikari.SQLExceptionOverride;
import java.sql.SQLException;

/**
 * Has a connection closed whose server has become a standby: it can be read, so that it passes for
 * a good one, and would refuse to write for as long as it is kept.
 *
 * <p>HikariCP makes it by its class name.
 */
public final class StandbyConnections implements SQLExceptionOverride {
  /** PostgreSQL's {@code read_only_sql_transaction}. */
  private static final String READ_ONLY = "25006";

  @java.lang.Override
  public Override adjudicate(SQLException exception) {
    return READ_ONLY.equals(exception.getSQLState())
        ? Override.MUST_EVICT
        : Override.CONTINUE_EVICT;
  }
}
