package com.llmgenerator.billing.database;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.Expression;
import org.apache.camel.component.sql.DefaultSqlPrepareStatementStrategy;
import org.apache.camel.support.DefaultExchange;
import org.apache.camel.support.builder.ExpressionBuilder;

/**
 * A query whose parameters are expressions of Simple, {@code :#${variable.userId}}: its values are
 * bound in their order. Settings do not change: they are asked once.
 */
final class PreparedQuery extends DefaultSqlPrepareStatementStrategy {
  /** As camel-sql hands it over: with the placeholder {@code ?} for {@code #}. */
  private static final Pattern PARAMETER = Pattern.compile(":\\?(\\$\\{[^{}]+})");

  private static final String SETTING = "${bean:settings.";

  private final String jdbc;
  private final List<Expression> parameters;

  PreparedQuery(String query, CamelContext camel) {
    Matcher parameter = PARAMETER.matcher(query);
    this.jdbc = parameter.replaceAll("?");
    this.parameters =
        parameter.reset().results().map(found -> expression(found.group(1), camel)).toList();
  }

  /** Whether all parameters of a query are such expressions. */
  static boolean canBe(String query) {
    return !PARAMETER.matcher(query).replaceAll("").contains("?");
  }

  private static Expression expression(String text, CamelContext camel) {
    Expression expression = camel.resolveLanguage("simple").createExpression(text);
    expression.init(camel);
    return text.startsWith(SETTING)
        ? ExpressionBuilder.constantExpression(
            expression.evaluate(new DefaultExchange(camel), Object.class))
        : expression;
  }

  int parametersCount() {
    return parameters.size();
  }

  /** Always this one, whatever the message says. */
  @Override
  public String prepareQuery(String query, boolean allowNamedParameters, Exchange exchange) {
    return jdbc;
  }

  @Override
  public Iterator<?> createPopulateIterator(
      String query, String jdbc, int expectedParameters, Exchange exchange, Object body) {
    List<Object> values = new ArrayList<>(parameters.size());
    for (Expression parameter : parameters) {
      values.add(parameter.evaluate(exchange, Object.class));
    }
    return values.iterator();
  }
}
