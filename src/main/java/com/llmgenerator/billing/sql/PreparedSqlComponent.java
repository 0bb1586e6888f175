package com.llmgenerator.billing.sql;

import com.llmgenerator.billing.StandbyConnections;
import java.util.Map;
import org.apache.camel.Endpoint;
import org.apache.camel.component.sql.SqlComponent;
import org.apache.camel.component.sql.SqlEndpoint;
import org.apache.camel.component.sql.SqlHelper;
import org.springframework.dao.TransientDataAccessResourceException;
import org.springframework.jdbc.support.SQLExceptionSubclassTranslator;
import org.springframework.jdbc.support.SQLExceptionTranslator;
import org.springframework.stereotype.Component;

/**
 * Camel's {@code sql}, which reads a query once, when its route is made, instead of with every
 * message, and does not ask the database each time how many parameters it has. Queries whose
 * parameters are written in Camel's other ways are left to it. A database that became a standby is
 * told as what it is, a failure that passes.
 */
@Component("sql")
final class PreparedSqlComponent extends SqlComponent {
  @Override
  protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters)
      throws Exception {
    SqlEndpoint endpoint = (SqlEndpoint) super.createEndpoint(uri, remaining, parameters);
    endpoint.getJdbcTemplate().setExceptionTranslator(failures());
    String query =
        SqlHelper.resolveQuery(getCamelContext(), endpoint.getQuery(), endpoint.getPlaceholder());
    if (!endpoint.isBatch() && PreparedQuery.canBe(query)) {
      PreparedQuery prepared = new PreparedQuery(query, getCamelContext());
      endpoint.setParametersCount(prepared.parametersCount());
      endpoint.setPrepareStatementStrategy(prepared);
    }
    return endpoint;
  }

  /** As Spring tells them apart by itself, and a server that can only be read from other faults. */
  private static SQLExceptionTranslator failures() {
    SQLExceptionSubclassTranslator failures = new SQLExceptionSubclassTranslator();
    failures.setCustomTranslator(
        (task, query, failure) ->
            StandbyConnections.refusesToWrite(failure)
                ? new TransientDataAccessResourceException("The database is a standby", failure)
                : null);
    return failures;
  }
}
