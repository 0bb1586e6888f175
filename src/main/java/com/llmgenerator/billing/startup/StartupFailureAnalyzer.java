package com.llmgenerator.billing.startup;

import com.llmgenerator.billing.BillingPortalApplication;
import java.net.BindException;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.camel.FailedToCreateRouteException;
import org.apache.camel.ResolveEndpointFailedException;
import org.apache.camel.RuntimeCamelException;
import org.apache.camel.spring.boot.CamelSpringBootInitializationException;
import org.flywaydb.core.api.CoreErrorCode;
import org.flywaydb.core.api.FlywayException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalysisReporter;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.util.PlaceholderResolutionException;

/**
 * Says in one line each what keeps the application from starting; Spring Boot's own reporter, which
 * shows several in one event of the log, is off in {@code application.yaml}.
 */
@Order(Ordered.HIGHEST_PRECEDENCE)
final class StartupFailureAnalyzer implements FailureAnalyzer, FailureAnalysisReporter {
  private static final Logger LOG = LoggerFactory.getLogger(BillingPortalApplication.class);

  /** In the address of an endpoint: {@code sql://file:/routes/find-api-key.sql?outputType=…}. */
  private static final Pattern QUERY = Pattern.compile("([^/]+\\.sql)(\\?|$)");

  @Override
  public void report(FailureAnalysis analysis) {
    Stream.of(analysis.getDescription(), analysis.getAction())
        .filter(Objects::nonNull)
        .flatMap(String::lines)
        .filter(line -> !line.isBlank())
        .forEach(LOG::error);
  }

  @Override
  public FailureAnalysis analyze(Throwable failure) {
    return first(failure, StartupFailureAnalyzer::problems)
        .or(() -> first(failure, cause -> route(cause).map(List::of)))
        .map(problems -> problems.stream().map(problem -> problem.replaceAll("\\R", " ")).toList())
        .map(problems -> new FailureAnalysis(String.join("\n", problems), null, failure))
        .orElse(null);
  }

  private static <T> Optional<T> first(Throwable failure, Function<Throwable, Optional<T>> say) {
    return causes(failure).map(say).flatMap(Optional::stream).findFirst();
  }

  private static Stream<Throwable> causes(Throwable failure) {
    return Stream.iterate(failure, Objects::nonNull, Throwable::getCause);
  }

  private static Optional<List<String>> problems(Throwable cause) {
    if (cause instanceof InvalidConfigurationException invalid) {
      return Optional.of(invalid.problems());
    }
    String problem = null;
    if (cause instanceof BindException) {
      problem =
          cause.getMessage()
              + ": stop what listens there, or set SERVER_PORT or MANAGEMENT_SERVER_PORT";
    } else if (cause instanceof FlywayException migration
        && migration.getErrorCode() != CoreErrorCode.DB_CONNECTION) {
      problem = "The database was not migrated: " + migration.getMessage();
    } else if (cause instanceof PlaceholderResolutionException unresolved) {
      problem = "A setting refers to ${" + unresolved.getPlaceholder() + "}, which is not set";
    } else if (cause instanceof SQLException && !(cause.getCause() instanceof SQLException)) {
      // The pool's own says only that there is no connection.
      problem = "The database cannot be used: " + cause.getMessage();
    }
    return Optional.ofNullable(problem).map(List::of);
  }

  /** What Camel says, whose own exceptions wrap others. */
  private static Optional<String> route(Throwable cause) {
    if (cause instanceof StackOverflowError) {
      return Optional.of("A route is broken: it is nested too deeply");
    }
    String root = String.valueOf(NestedExceptionUtils.getMostSpecificCause(cause).getMessage());
    if (cause instanceof FailedToCreateRouteException) {
      return causes(cause)
          .filter(ResolveEndpointFailedException.class::isInstance)
          .map(unresolved -> QUERY.matcher(((ResolveEndpointFailedException) unresolved).getUri()))
          .filter(Matcher::find)
          .findFirst()
          .map(query -> "A query is broken: " + query.group(1) + ": " + root.split("\\R", 2)[0])
          .or(() -> Optional.of("A route is broken: " + cause.getMessage()));
    }
    boolean camel =
        cause instanceof CamelSpringBootInitializationException
            || cause instanceof RuntimeCamelException
            || cause instanceof YamlEngineException;
    // Camel's YAML reader shows the place in several lines.
    return camel && causes(cause).noneMatch(FailedToCreateRouteException.class::isInstance)
        ? Optional.of("A route is broken: " + root.replaceAll("\\s+", " ").strip())
        : Optional.empty();
  }
}
