package com.llmgenerator.billing.dev;

import com.llmgenerator.billing.RouteRules;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.io.support.SpringFactoriesLoader;

/**
 * Starts the portal anew when a file of {@code routes/} is saved, so that what runs is what the
 * packaged jar would run. Camel's own reload does not see {@code .sql} files, gives a changed
 * routeConfiguration only to routes that are saved after it, and wants REST services set up
 * otherwise than in production.
 *
 * <p>A save prints one line, and each mistake one, by the conventions of {@code routes/} or what
 * keeps the portal from starting. The root logger at DEBUG, or {@code --debug}, prints all.
 */
final class EditLoop {
  private static final Logger LOG = LoggerFactory.getLogger(EditLoop.class);

  private static final String ROOT = LoggingSystem.ROOT_LOGGER_NAME;

  private final Path routes;
  private final LoggingSystem logging = LoggingSystem.get(EditLoop.class.getClassLoader());
  private final Function<LogLevel, ConfigurableApplicationContext> portal;

  /**
   * Restarts a portal.
   *
   * @param portal starts it, with a level of the root logger unless its settings have another
   */
  EditLoop(Path routes, Function<LogLevel, ConfigurableApplicationContext> portal) {
    this.routes = routes;
    this.portal = portal;
  }

  /** Does so until this thread is interrupted. While routes do not run, nothing is served. */
  void run(ConfigurableApplicationContext first, SavedRoutes saved) {
    ConfigurableApplicationContext running = first;
    try {
      while (true) {
        running = restart(running, saved.awaitSave());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The portal that runs, or the one that ran before if it does not start. */
  private ConfigurableApplicationContext restart(
      ConfigurableApplicationContext before, Set<String> saved) {
    Instant begin = Instant.now();
    LogLevel level = logging.getLoggerConfiguration(ROOT).getEffectiveLevel();
    boolean debug =
        !before.getEnvironment().getProperty("debug", "false").equals("false")
            || level.compareTo(LogLevel.DEBUG) <= 0;
    LogLevel quiet = debug ? level : LogLevel.OFF;
    logging.setLogLevel(ROOT, quiet);
    before.close();
    ConfigurableApplicationContext running = before;
    RuntimeException failure = null;
    try {
      running = portal.apply(quiet);
    } catch (RuntimeException e) {
      failure = e;
    }
    logging.setLogLevel(ROOT, level);
    double seconds = Duration.between(begin, Instant.now()).toMillis() / 1000.0;
    String files = String.join(", ", saved) + " saved: ";
    if (failure == null) {
      String runs = String.format(Locale.ROOT, "running again after %.1f s", seconds);
      say(files + runs, ", but ", mistakes());
    } else {
      List<String> ofSaved =
          mistakes().stream()
              .filter(mistake -> saved.stream().anyMatch(mistake::startsWith))
              .toList();
      List<String> reasons = ofSaved.isEmpty() ? reasons(failure) : ofSaved;
      say(files + "nothing runs until this is fixed", ": ", reasons);
    }
    return running;
  }

  private List<String> mistakes() {
    return RouteRules.faults(Path.of(""), routes).stream()
        .map(mistake -> mistake.replaceAll("\\s+", " ").strip())
        .toList();
  }

  /** What the application prints in place of a stack trace. */
  private static List<String> reasons(RuntimeException failure) {
    return SpringFactoriesLoader.forDefaultResourceLocation()
        .load(FailureAnalyzer.class, (type, analyzer, unusable) -> {})
        .stream()
        .map(analyzer -> analyzer.analyze(failure))
        .filter(Objects::nonNull)
        .findFirst()
        .map(analysis -> analysis.getDescription().lines().toList())
        .orElse(List.of(failure.toString()));
  }

  /** Mistakes are no warnings: of those the same one is logged only once a minute. */
  private static void say(String outcome, String conjunction, List<String> mistakes) {
    if (mistakes.isEmpty()) {
      LOG.info(outcome);
    } else {
      LOG.error(outcome + conjunction + mistakes.get(0));
      mistakes.stream().skip(1).forEach(LOG::error);
    }
  }
}
