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
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** Tells which routes and queries of a folder are saved. */
final class SavedRoutes implements AutoCloseable {
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

  /**
   * Waits for a save, and then, since editors save in several steps, until there is quiet.
   *
   * @return the names of the files
   */
  Set<String> awaitSave() throws InterruptedException {
    Set<String> saved = new TreeSet<>();
    WatchKey key = null;
    while (saved.isEmpty() || key != null) {
      key = saved.isEmpty() ? watch.take() : watch.poll(QUIET_MILLIS, TimeUnit.MILLISECONDS);
      if (key != null) {
        key.pollEvents().stream().map(this::name).flatMap(Optional::stream).forEach(saved::add);
        key.reset();
      }
    }
    return saved;
  }

  private Optional<String> name(WatchEvent<?> event) {
    // Nothing, where there were too many to be told.
    return event.context() == null
        ? Optional.of(folder.toString())
        : Optional.of(event.context().toString())
            .filter(name -> ROUTE_OR_QUERY.matcher(name).matches());
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
