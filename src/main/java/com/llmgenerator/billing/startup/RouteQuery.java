package com.llmgenerator.billing.startup;

import java.io.IOException;
import java.sql.PreparedStatement;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
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
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.TransientDataAccessException;
import org.springframework.jdbc.core.PreparedStatementCallback;

/** A query that a route names, as Camel will run it. */
final class RouteQuery {
  /** A named one, as camel-sql has it: with the placeholder {@code ?} for {@code #}. */
  private static final Pattern PARAMETER =
      Pattern.compile(":\\?(?:in:)?(\\w+|\\$(?:simple)?\\{[^{}]*})");

  private static final String BEAN = "${bean:";
  private static final Pattern NOTHING = Pattern.compile("(?s)/\\*.*?\\*/|--[^\\n]*|[;\\s]+");

  /**
   * PostgreSQL's {@code indeterminate_datatype}, {@code ambiguous_function} and {@code
   * datatype_mismatch} of a polymorphic function: the types of the values decide, which only a
   * message has.
   */
  private static final Set<String> DECIDED_BY_VALUES = Set.of("42P18", "42725", "42804");

  private final SqlEndpoint endpoint;
  private final Set<String> variables;
  private final String text;
  private final List<String> parameters;

  /**
   * @param variables those that receive the result
   */
  RouteQuery(SqlEndpoint endpoint, Set<String> variables) {
    this.endpoint = endpoint;
    this.variables = variables;
    String placeholder = endpoint.isUsePlaceholder() ? endpoint.getPlaceholder() : null;
    try {
      text = SqlHelper.resolveQuery(endpoint.getCamelContext(), endpoint.getQuery(), placeholder);
    } catch (IOException | NoTypeConversionAvailableException e) {
      throw new IllegalStateException("Cannot read " + endpoint.getQuery(), e);
    }
    parameters =
        endpoint.isAllowNamedParameters()
            ? PARAMETER.matcher(text).results().map(found -> found.group(1)).toList()
            : List.of();
  }

  Set<String> variables() {
    return variables;
  }

  String text() {
    return text;
  }

  /**
   * What keeps it from working, in one line that begins with the name of its file.
   *
   * @param shared variables that several queries set: whose columns are read is not known
   * @throws DataAccessResourceFailureException if the database cannot be asked
   */
  Optional<String> problem(VariableReads reads, Predicate<String> shared) {
    String file = endpoint.getQuery().replaceFirst(".*/", "");
    try {
      parameters.forEach(this::parse);
      return misfit(reads, shared).map(problem -> file + " " + problem);
    } catch (DataAccessResourceFailureException | TransientDataAccessException e) {
      throw e;
    } catch (DataAccessException e) {
      SQLException said = (SQLException) e.getMostSpecificCause();
      return Optional.of(said)
          .filter(failure -> !DECIDED_BY_VALUES.contains(failure.getSQLState()))
          .map(failure -> file + ": " + firstLine(failure));
    } catch (RuntimeBeanExpressionException e) {
      return Optional.of(file + ": " + e.getCause().getMessage());
    } catch (RuntimeException | SQLException e) {
      return Optional.of(file + ": " + firstLine(e));
    }
  }

  private static String firstLine(Exception failure) {
    return String.valueOf(failure.getMessage()).lines().findFirst().orElse("");
  }

  /** As Camel does with each message. A bean needs none. */
  private void parse(String parameter) {
    if (parameter.startsWith("$")) {
      CamelContext camel = endpoint.getCamelContext();
      Expression expression = camel.resolveLanguage("simple").createExpression(parameter);
      expression.init(camel);
      if (parameter.startsWith(BEAN)) {
        expression.evaluate(new DefaultExchange(camel), Object.class);
      }
    }
  }

  /** Nothing is run: the driver asks for no more than a description. */
  private Optional<String> misfit(VariableReads reads, Predicate<String> shared)
      throws SQLException {
    if (NOTHING.matcher(text).replaceAll("").isEmpty()) {
      return Optional.of("must hold a query. Found: nothing");
    }
    Optional<String> unset = reads.unset(text);
    if (unset.isPresent()) {
      return unset.map(read -> "must read variables that routes set. Found: " + read);
    }
    PreparedStatementCallback<Optional<String>> describe =
        statement -> misfit(statement, reads, shared);
    return endpoint.getJdbcTemplate().execute(prepared(), describe);
  }

  /** By Camel's own strategy; what may be many values is one. */
  private String prepared() throws SQLException {
    SqlPrepareStatementStrategy own = endpoint.getPrepareStatementStrategy();
    SqlPrepareStatementStrategy strategy =
        own == null ? new DefaultSqlPrepareStatementStrategy(endpoint.getSeparator()) : own;
    return strategy.prepareQuery(
        text.replace(":?in:", ":?"),
        endpoint.isAllowNamedParameters(),
        new DefaultExchange(endpoint.getCamelContext()));
  }

  private Optional<String> misfit(
      PreparedStatement statement, VariableReads reads, Predicate<String> shared)
      throws SQLException {
    Set<String> columns = columns(statement.getMetaData());
    int named = parameters.size();
    int count = statement.getParameterMetaData().getParameterCount();
    int told = endpoint.getParametersCount();
    boolean one = endpoint.getOutputType() == SqlOutputType.SelectOne;
    if (named > 0 && named != count) {
      return Optional.of(
          "must name its parameters, outside of quotes and comments. Found: %d named, %d to bind"
              .formatted(named, count));
    } else if (told > 0 && told != count) {
      return Optional.of(
          "must have as many parameters as its parametersCount. Found: %d, not %d"
              .formatted(count, told));
    } else if (one && columns.isEmpty()) {
      return Optional.of("must return columns, since its outputType is SelectOne. Found: nothing");
    } else if (endpoint.getOutputClass() != null) {
      // It has members of its own.
      return Optional.empty();
    }
    return variables.stream()
        .filter(variable -> !shared.test(variable) || reads.columns(variable).isEmpty())
        .flatMap(variable -> reads.misfit(variable, columns, one).stream())
        .findFirst();
  }

  /** Camel's rows know their columns in upper and lower case. */
  private static Set<String> columns(ResultSetMetaData result) throws SQLException {
    Set<String> columns = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    for (int column = 1; result != null && column <= result.getColumnCount(); column++) {
      columns.add(result.getColumnLabel(column));
    }
    return columns;
  }
}
