package com.llmgenerator.billing;

import java.sql.SQLException;
import org.apache.camel.FailedToCreateRouteException;
import org.apache.camel.spring.boot.CamelSpringBootInitializationException;
import org.flywaydb.core.api.CoreErrorCode;
import org.flywaydb.core.api.FlywayException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.SpringBootExceptionReporter;
import org.springframework.boot.web.server.PortInUseException;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.util.PlaceholderResolutionException;

/** Says in one line each what keeps the application from starting. */
@Order(Ordered.HIGHEST_PRECEDENCE)
final class StartFailureReporter implements SpringBootExceptionReporter {
  private static final Logger LOG = LoggerFactory.getLogger(BillingPortalApplication.class);

  @Override
  public boolean reportException(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (report(cause)) {
        return true;
      }
    }
    return false;
  }

  private static boolean report(Throwable cause) {
    if (cause instanceof InvalidSettingsException invalid) {
      invalid.problems().forEach(LOG::error);
    } else if (cause instanceof PortInUseException inUse) {
      LOG.error(
          "Port {} is in use: stop what listens there, or set SERVER_PORT or MANAGEMENT_SERVER_PORT",
          inUse.getPort());
    } else if (cause instanceof FlywayException migration
        && migration.getErrorCode() != CoreErrorCode.DB_CONNECTION) {
      LOG.error("The database was not migrated: {}", migration.getMessage());
    } else if (cause instanceof PlaceholderResolutionException unresolved) {
      LOG.error("A setting refers to ${{}}, which is not set", unresolved.getPlaceholder());
    } else if (cause instanceof SQLException refused) {
      LOG.error("The database cannot be used: {}", refused.getMessage());
    } else if (cause instanceof FailedToCreateRouteException broken) {
      LOG.error("A route is broken: {}", broken.getMessage());
    } else if (cause instanceof CamelSpringBootInitializationException
        && !(cause.getCause() instanceof FailedToCreateRouteException)) {
      LOG.error(
          "A route is broken: {}", NestedExceptionUtils.getMostSpecificCause(cause).getMessage());
    } else {
      return false;
    }
    return true;
  }
}
