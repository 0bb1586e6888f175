package com.llmgenerator.billing;

import com.llmgenerator.billing.startup.InvalidRoutesException;
import java.net.BindException;
import java.sql.SQLException;
import java.util.Objects;
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
import org.springframework.boot.SpringBootExceptionReporter;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.util.PlaceholderResolutionException;

/** Says in one line each what keeps the application from starting. */
@Order(Ordered.HIGHEST_PRECEDENCE)
public final class StartFailureReporter implements SpringBootExceptionReporter {
  private static final Logger LOG = LoggerFactory.getLogger(BillingPortalApplication.class);

  /** In the address of an endpoint: {@code sql://file:/routes/find-api-key.sql?outputType=…}. */
  private static final Pattern QUERY = Pattern.compile("([^/]+\\.sql)(\\?|$)");

  @Override
  public boolean reportException(Throwable failure) {
    return causes(failure).anyMatch(StartFailureReporter::report)
        || causes(failure).anyMatch(StartFailureReporter::reportRoute);
  }

  private static Stream<Throwable> causes(Throwable failure) {
    return Stream.iterate(failure, Objects::nonNull, Throwable::getCause);
  }

  private static boolean report(Throwable cause) {
    if (cause instanceof InvalidSettingsException invalid) {
      invalid.problems().forEach(LOG::error);
    } else if (cause instanceof InvalidRoutesException invalid) {
      invalid.problems().forEach(LOG::error);
    } else if (cause instanceof BindException) {
      LOG.error(
          "{}: stop what listens there, or set SERVER_PORT or MANAGEMENT_SERVER_PORT",
          cause.getMessage());
    } else if (cause instanceof FlywayException migration
        && migration.getErrorCode() != CoreErrorCode.DB_CONNECTION) {
      LOG.error("The database was not migrated: {}", migration.getMessage());
    } else if (cause instanceof PlaceholderResolutionException unresolved) {
      LOG.error("A setting refers to ${{}}, which is not set", unresolved.getPlaceholder());
    } else if (cause instanceof SQLException && !(cause.getCause() instanceof SQLException)) {
      // The pool's own says only that there is no connection.
      LOG.error("The database cannot be used: {}", cause.getMessage());
    } else {
      return false;
    }
    return true;
  }

  /** What Camel says, whose own exceptions wrap others. */
  private static boolean reportRoute(Throwable cause) {
    Throwable root = NestedExceptionUtils.getMostSpecificCause(cause);
    if (cause instanceof FailedToCreateRouteException) {
      causes(cause)
          .filter(ResolveEndpointFailedException.class::isInstance)
          .map(unresolved -> QUERY.matcher(((ResolveEndpointFailedException) unresolved).getUri()))
          .filter(Matcher::find)
          .findFirst()
          .ifPresentOrElse(
              query ->
                  LOG.error(
                      "A query is broken: {}: {}", query.group(1), firstLine(root.getMessage())),
              () -> LOG.error("A route is broken: {}", cause.getMessage()));
    } else if ((cause instanceof CamelSpringBootInitializationException
            || cause instanceof RuntimeCamelException
            || cause instanceof YamlEngineException)
        && causes(cause).noneMatch(FailedToCreateRouteException.class::isInstance)) {
      // Camel's YAML reader shows the place in several lines.
      LOG.error("A route is broken: {}", root.getMessage().replaceAll("\\s+", " ").strip());
    } else {
      return false;
    }
    return true;
  }

  private static String firstLine(String message) {
    return message == null ? "" : message.lines().findFirst().orElse("");
  }
}
