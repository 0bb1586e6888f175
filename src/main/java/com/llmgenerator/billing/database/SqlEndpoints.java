package com.llmgenerator.billing.database;

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
  private final PoolEviction eviction;

  SqlEndpoints(PoolEviction eviction) {
    this.eviction = eviction;
  }

  @Override
  public Endpoint registerEndpoint(String uri, Endpoint endpoint) {
    if (endpoint instanceof SqlEndpoint sql) {
      sql.setJdbcTemplate(template(sql));
    }
    return endpoint;
  }

  private JdbcTemplate template(SqlEndpoint sql) {
    JdbcTemplate before = sql.getJdbcTemplate();
    JdbcTemplate template = new RepeatingJdbcTemplate(before.getDataSource(), eviction, query(sql));
    template.setFetchSize(before.getFetchSize());
    template.setMaxRows(before.getMaxRows());
    template.setQueryTimeout(before.getQueryTimeout());
    return template;
  }

  private static String query(SqlEndpoint sql) {
    try {
      return SqlHelper.resolveQuery(sql.getCamelContext(), sql.getQuery(), sql.getPlaceholder());
    } catch (IOException | NoTypeConversionAvailableException e) {
      throw RuntimeCamelException.wrapRuntimeException(e);
    }
  }
}
