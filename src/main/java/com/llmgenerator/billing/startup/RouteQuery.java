package com.llmgenerator.billing.startup;

import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.apache.camel.Expression;
import org.apache.camel.NoTypeConversionAvailableException;
import org.apache.camel.component.sql.DefaultSqlPrepareStatementStrategy;
import org.apache.camel.component.sql.SqlEndpoint;
import org.apache.camel.component.sql.SqlHelper;
import org.apache.camel.component.sql.SqlOutputType;
import org.apache.camel.component.sql.SqlPrepareStatementStrategy;
import org.apache.camel.language.bean.RuntimeBeanExpressionException;
import org.apache.camel.support.DefaultExchange;

/** A query that a route names, as Camel will run it. */
final class RouteQuery {
  /** A named one, as camel-sql has it: with the placeholder {@code ?} for {@code #}. */
  private static final Pattern PARAMETER =
      Pattern.compile(":\\?(?:in:)?(\\w+|\\$(?:simple)?\\{[^{}]*})");

  private static final String SETTING = "${bean:stripeProperties.";
  private static final Pattern NOTHING = Pattern.compile("(?s)/\\*.*?\\*/|--[^\\n]*|[;\\s]+");

  /**
   * PostgreSQL's {@code indeterminate_datatype}, {@code ambiguous_function} and {@code
   * datatype_mismatch} of a polymorphic function: the types of the values decide, which only a
   * message has.
   */
  private static final Set<String> DECIDED_BY_VALUES = Set.of("42P18", "42725", "42804");

  private final SqlEndpoint endpoint;
  private final List<String> variables;
  private final String text;

  /**
   * @param variables those that receive the result
   */
  RouteQuery(SqlEndpoint endpoint, List<String> variables) {
    this.endpoint = endpoint;
    this.variables = variables;
    String placeholder = endpoint.isUsePlaceholder() ? endpoint.getPlaceholder() : null;
    try {
      text = SqlHelper.resolveQuery(endpoint.getCamelContext(), endpoint.getQuery(), placeholder);
    } catch (IOException | NoTypeConversionAvailableException e) {
      throw new IllegalStateException("Cannot read " + endpoint.getQuery(), e);
    }
  }

  List<String> variables() {
    return variables;
  }

  String text() {
    return text;
  }

  Connection connect() throws SQLException {
    return endpoint.getJdbcTemplate().getDataSource().getConnection();
  }

  /**
   * What keeps it from working, in one line that begins with the name of its file.
   *
   * @param shared variables that several queries set: whose columns are read is not known
   * @throws SQLException if the connection failed, not the query
   */
  Optional<String> problem(Connection connection, VariableReads reads, Set<String> shared)
      throws SQLException {
    try {
      parameters().forEach(this::parse);
      return described(connection, reads, shared).map(problem -> name() + " " + problem);
    } catch (SQLException e) {
      if (!connection.isValid(1)) {
        throw e;
      }
      return DECIDED_BY_VALUES.contains(e.getSQLState())
          ? Optional.empty()
          : Optional.of(name() + ": " + firstLine(e));
    } catch (RuntimeBeanExpressionException e) {
      return Optional.of(name() + ": " + e.getCause().getMessage());
    } catch (RuntimeException e) {
      return Optional.of(name() + ": " + firstLine(e));
    }
  }

  /** Nothing is run: the driver asks for no more than a description. */
  private Optional<String> described(Connection connection, VariableReads reads, Set<String> shared)
      throws SQLException {
    if (NOTHING.matcher(text).replaceAll("").isEmpty()) {
      return Optional.of("must hold a query. Found: nothing");
    }
    Optional<String> unset = reads.unset(text);
    if (unset.isPresent()) {
      return unset.map(read -> "must read variables that routes set. Found: " + read);
    }
    try (PreparedStatement statement = connection.prepareStatement(expanded())) {
      Set<String> columns = columns(statement.getMetaData());
      int named = parameters().size();
      int seen = statement.getParameterMetaData().getParameterCount();
      if (named > 0 && named != seen) {
        return Optional.of(
            "must name its parameters, outside of quotes and comments. Found: %d named, %d to bind"
                .formatted(named, seen));
      }
      int told = endpoint.getParametersCount();
      if (told > 0 && told != seen) {
        return Optional.of(
            "must have as many parameters as its parametersCount. Found: %d, not %d"
                .formatted(seen, told));
      }
      return misfit(columns, reads, shared);
    }
  }

  /** By Camel's own strategy; what may be many values is one. */
  private String expanded() throws SQLException {
    SqlPrepareStatementStrategy own = endpoint.getPrepareStatementStrategy();
    SqlPrepareStatementStrategy strategy =
        own == null ? new DefaultSqlPrepareStatementStrategy(endpoint.getSeparator()) : own;
    return strategy.prepareQuery(
        text.replace(":?in:", ":?"),
        endpoint.isAllowNamedParameters(),
        new DefaultExchange(endpoint.getCamelContext()));
  }

  private List<String> parameters() {
    return endpoint.isAllowNamedParameters()
        ? PARAMETER.matcher(text).results().map(found -> found.group(1)).toList()
        : List.of();
  }

  /** As Camel does with each message. A setting needs none. */
  private void parse(String parameter) {
    if (parameter.startsWith("$")) {
      CamelContext camel = endpoint.getCamelContext();
      Expression expression = camel.resolveLanguage("simple").createExpression(parameter);
      expression.init(camel);
      if (parameter.startsWith(SETTING)) {
        expression.evaluate(new DefaultExchange(camel), Object.class);
      }
    }
  }

  /** Camel's rows know their columns in upper and lower case. */
  private static Set<String> columns(ResultSetMetaData result) throws SQLException {
    Set<String> columns = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    for (int column = 1; result != null && column <= result.getColumnCount(); column++) {
      columns.add(result.getColumnLabel(column));
    }
    return columns;
  }

  private Optional<String> misfit(Set<String> columns, VariableReads reads, Set<String> shared) {
    boolean one = endpoint.getOutputType() == SqlOutputType.SelectOne;
    if (one && columns.isEmpty()) {
      return Optional.of("must return columns, since its outputType is SelectOne. Found: nothing");
    }
    // An outputClass has members of its own.
    return (endpoint.getOutputClass() == null ? variables.stream() : Stream.<String>empty())
        .filter(variable -> !shared.contains(variable) || reads.columns(variable).isEmpty())
        .flatMap(variable -> reads.misfit(variable, columns, one).stream())
        .findFirst();
  }

  private String name() {
    return endpoint.getQuery().replaceFirst(".*/", "");
  }

  private static String firstLine(Exception failure) {
    return String.valueOf(failure.getMessage()).lines().findFirst().orElse("");
  }
}
