package com.llmgenerator.billing.database;

import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import org.apache.camel.Endpoint;
import org.apache.camel.NoTypeConversionAvailableException;
import org.apache.camel.RuntimeCamelException;
import org.apache.camel.component.sql.SqlEndpoint;
import org.apache.camel.component.sql.SqlHelper;
import org.apache.camel.spi.EndpointStrategy;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/** Gives each {@code sql} endpoint of the routes a {@link RepeatingJdbcTemplate}. */
@Component
final class SqlEndpoints implements EndpointStrategy {
  private final HikariDataSource pool;
  private long evictedAt = System.nanoTime();

  SqlEndpoints(HikariDataSource pool) {
    this.pool = pool;
  }

  @Override
  public Endpoint registerEndpoint(String uri, Endpoint endpoint) {
    if (endpoint instanceof SqlEndpoint sql) {
      JdbcTemplate before = sql.getJdbcTemplate();
      JdbcTemplate template =
          new RepeatingJdbcTemplate(before.getDataSource(), this::evictAllFrom, query(sql));
      template.setFetchSize(before.getFetchSize());
      template.setMaxRows(before.getMaxRows());
      template.setQueryTimeout(before.getQueryTimeout());
      sql.setJdbcTemplate(template);
    }
    return endpoint;
  }

  /** Once for all queries that found theirs dead: those that were made since are new. */
  private synchronized void evictAllFrom(long begun) {
    if (begun - evictedAt > 0) {
      pool.getHikariPoolMXBean().softEvictConnections();
      evictedAt = System.nanoTime();
    }
  }

  private static String query(SqlEndpoint sql) {
    try {
      return SqlHelper.resolveQuery(sql.getCamelContext(), sql.getQuery(), sql.getPlaceholder());
    } catch (IOException | NoTypeConversionAvailableException e) {
      throw RuntimeCamelException.wrapRuntimeException(e);
    }
  }
}
