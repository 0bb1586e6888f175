package com.llmgenerator.billing.dev;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SavedRoutesTest {
  @TempDir Path folder;

  @Test
  void restartsForARouteOrQueryThatIsSavedAndForNothingElse()
      throws IOException, InterruptedException {
    try (SavedRoutes routes = new SavedRoutes(folder)) {
      CountDownLatch saved = new CountDownLatch(1);
      Thread waiting = new Thread(() -> awaitSave(routes, saved));
      waiting.start();
      for (String left :
          new String[] {
            "._31-a.camel.yaml", ".#b.sql", "#b.sql#", "b.sql~", ".b.sql.swp", "..data"
          }) {
        Files.writeString(folder.resolve(left), "x");
      }
      Files.writeString(folder.resolve("README.md"), "x");
      Files.writeString(folder.resolve("b.sql.bak"), "x");
      Files.writeString(folder.resolve("b.sql.orig"), "x");
      assertThat(saved.await(600, TimeUnit.MILLISECONDS)).isFalse();
      Files.writeString(folder.resolve("b.sql"), "x");
      assertThat(saved.await(30, TimeUnit.SECONDS)).isTrue();
      waiting.join();
    }
  }

  private static void awaitSave(SavedRoutes routes, CountDownLatch saved) {
    try {
      routes.awaitSave();
      saved.countDown();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
