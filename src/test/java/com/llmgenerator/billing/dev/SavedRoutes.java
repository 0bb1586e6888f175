package com.llmgenerator.billing.dev;

import static java.nio.file.StandardWatchEventKinds.ENTRY_CREATE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_DELETE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_MODIFY;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * Starts the portal anew when a file of {@code routes/} is saved, so that what runs is what the
 * packaged jar would run. Camel's own reload does not see {@code .sql} files, gives a changed
 * routeConfiguration only to routes that are saved after it, and wants REST services set up
 * otherwise than in production.
 */
final class SavedRoutes implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SavedRoutes.class);
  private static final long QUIET_MILLIS = 200;

  /** Without what editors leave beside it. */
  private static final Pattern ROUTE_OR_QUERY = Pattern.compile("[^.#].*\\.(camel\\.yaml|sql)");

  private final Path folder;
  private final WatchService watch;

  SavedRoutes(Path folder) {
    try {
      this.folder = folder;
      this.watch = folder.getFileSystem().newWatchService();
      folder.register(watch, ENTRY_CREATE, ENTRY_MODIFY, ENTRY_DELETE);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot watch " + folder, e);
    }
  }

  /** Does so until this thread is interrupted. While routes are broken nothing is served. */
  void restartOnSave(
      ConfigurableApplicationContext first, Supplier<ConfigurableApplicationContext> portal) {
    ConfigurableApplicationContext running = first;
    try {
      while (true) {
        awaitSave();
        LOG.info("{} was saved: starting anew", folder);
        running.close();
        try {
          running = portal.get();
        } catch (RuntimeException e) {
          LOG.warn("The portal is down until {} is mended", folder);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Editors save in several steps: waits until there is quiet. */
  void awaitSave() throws InterruptedException {
    boolean saved = false;
    WatchKey key = null;
    while (!saved || key != null) {
      key = saved ? watch.poll(QUIET_MILLIS, TimeUnit.MILLISECONDS) : watch.take();
      saved |= key != null && hasSave(key);
    }
  }

  private static boolean hasSave(WatchKey key) {
    boolean saved =
        key.pollEvents().stream()
            .map(WatchEvent::context)
            // Nothing, where there were too many to be told.
            .anyMatch(file -> file == null || ROUTE_OR_QUERY.matcher(file.toString()).matches());
    key.reset();
    return saved;
  }

  @Override
  public void close() {
    try {
      watch.close();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot stop watching " + folder, e);
    }
  }
}
