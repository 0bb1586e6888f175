package com.llmgenerator.billing.database;

import java.util.Map;
import org.apache.camel.Endpoint;
import org.apache.camel.component.sql.SqlComponent;
import org.apache.camel.component.sql.SqlEndpoint;
import org.apache.camel.component.sql.SqlHelper;
import org.springframework.stereotype.Component;

/**
 * Camel's {@code sql}, which reads a query once, when its route is made, instead of with every
 * message, and does not ask the database each time how many parameters it has. Queries whose
 * parameters are written in Camel's other ways are left to it.
 */
@Component("sql")
final class PreparedSqlComponent extends SqlComponent {
  @Override
  protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters)
      throws Exception {
    SqlEndpoint endpoint = (SqlEndpoint) super.createEndpoint(uri, remaining, parameters);
    String query =
        SqlHelper.resolveQuery(getCamelContext(), endpoint.getQuery(), endpoint.getPlaceholder());
    if (!endpoint.isBatch() && PreparedQuery.canBe(query)) {
      PreparedQuery prepared = new PreparedQuery(query, getCamelContext());
      endpoint.setParametersCount(prepared.parametersCount());
      endpoint.setPrepareStatementStrategy(prepared);
    }
    return endpoint;
  }
}
