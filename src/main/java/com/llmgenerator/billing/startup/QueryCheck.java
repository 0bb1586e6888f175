package com.llmgenerator.billing.startup;

import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.camel.CamelContext;
import org.apache.camel.Endpoint;
import org.apache.camel.component.sql.SqlEndpoint;
import org.apache.camel.processor.SendProcessor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.ApplicationArguments;
import org.springframework.boot.ApplicationRunner;
import org.springframework.core.annotation.Order;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.stereotype.Component;

/**
 * Has the database describe each query of the routes before the portal is ready: a query that can
 * only fail would make a service that is healthy and answers 500, or tells every user that there is
 * no billing account.
 */
@Component
@Order(0)
final class QueryCheck implements ApplicationRunner {
  private static final Logger LOG = LoggerFactory.getLogger(QueryCheck.class);

  private final CamelContext camel;
  private final RouteFiles files;

  QueryCheck(CamelContext camel, RouteFiles files) {
    this.camel = camel;
    this.files = files;
  }

  /**
   * Asks nothing where Camel is started later, as in tests of routes.
   *
   * @throws InvalidConfigurationException naming each file whose query cannot work
   * @throws DataAccessResourceFailureException if the database cannot be asked
   */
  @Override
  public void run(ApplicationArguments arguments) {
    if (!camel.isStarted()) {
      return;
    }
    warnOfUnusedQueries();
    Map<Endpoint, Set<String>> receivers = receivers();
    List<RouteQuery> queries =
        camel.getEndpoints().stream()
            .filter(SqlEndpoint.class::isInstance)
            .map(SqlEndpoint.class::cast)
            .filter(endpoint -> !endpoint.isUseMessageBodyForSql())
            .map(sql -> new RouteQuery(sql, receivers.getOrDefault(sql, Set.of())))
            .toList();
    VariableReads reads = new VariableReads();
    files.routes().forEach(reads::addRoute);
    queries.forEach(query -> reads.addQuery(query.text()));
    List<String> received = queries.stream().flatMap(query -> query.variables().stream()).toList();
    Set<String> problems = new LinkedHashSet<>();
    for (RouteQuery query : queries) {
      query
          .problem(reads, variable -> Collections.frequency(received, variable) > 1)
          .ifPresent(problem -> problems.add("A query is broken: " + problem));
    }
    if (!problems.isEmpty()) {
      throw new InvalidConfigurationException(problems);
    }
  }

  private void warnOfUnusedQueries() {
    for (String file : files.queries()) {
      if (camel.getEndpoints().stream()
          .noneMatch(endpoint -> endpoint.getEndpointUri().contains("/" + file))) {
        LOG.warn("No route names the query {}", file);
      }
    }
  }

  /** The variables that receive what an endpoint answers, in any route. */
  private Map<Endpoint, Set<String>> receivers() {
    return camel.getRoutes().stream()
        .flatMap(route -> route.filter("*").stream())
        .filter(SendProcessor.class::isInstance)
        .map(SendProcessor.class::cast)
        .filter(step -> step.getVariableReceive() != null)
        .collect(
            Collectors.groupingBy(
                SendProcessor::getEndpoint,
                Collectors.mapping(SendProcessor::getVariableReceive, Collectors.toSet())));
  }
}
