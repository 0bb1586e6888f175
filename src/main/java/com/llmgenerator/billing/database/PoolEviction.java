package com.llmgenerator.billing.database;

import com.zaxxer.hikari.HikariDataSource;
import org.springframework.stereotype.Component;

/** Drops the connections of the pool, once for all queries that found theirs dead. */
@Component
final class PoolEviction {
  private final HikariDataSource pool;
  private long evictedAt = System.nanoTime();

  PoolEviction(HikariDataSource pool) {
    this.pool = pool;
  }

  /**
   * Has the pool close its idle connections, and the others when they come back.
   *
   * @param begun when a query with a dead one began, by {@link System#nanoTime}: if they were
   *     dropped since then, those that are there now are new
   */
  synchronized void evictAllFrom(long begun) {
    if (begun - evictedAt > 0) {
      pool.getHikariPoolMXBean().softEvictConnections();
      evictedAt = System.nanoTime();
    }
  }
}
