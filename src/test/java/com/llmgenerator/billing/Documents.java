package com.llmgenerator.billing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The documents of this project, and the code in them, which tests run. */
public final class Documents {
  private static final Pattern BLOCK =
      Pattern.compile("(?ms)^( *)```(\\w*)(?: ([\\w./-]+))?\\n(.*?)^ *```$");

  private Documents() {}

  /**
   * A fenced block, as {@code ```sh walk}.
   *
   * @param language as {@code sh}; empty if none is named
   * @param name by which tests find it; null if it has none
   * @param text without the indentation of the fence
   */
  public record Block(String document, String language, String name, String text) {
    private static Block of(String document, MatchResult found) {
      String text = found.group(4).replaceAll("(?m)^" + found.group(1), "");
      return new Block(document, found.group(2), found.group(3), text);
    }
  }

  /** The paths of all documents, as {@code routes/README.md}. */
  public static List<String> all() {
    try (Stream<Path> docs = Files.list(Path.of("src", "docs"))) {
      return Stream.concat(
              Stream.of("README.md", "routes/README.md", "k8s/README.md"),
              docs.map(Path::toString).filter(name -> name.endsWith(".md")).sorted())
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static String text(String document) {
    try {
      return Files.readString(Path.of(document));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All fenced blocks of a document. */
  public static List<Block> blocks(String document) {
    return BLOCK.matcher(text(document)).results().map(r -> Block.of(document, r)).toList();
  }

  /** The text of the one block with this name. */
  public static String code(String document, String name) {
    List<Block> named = blocks(document).stream().filter(b -> name.equals(b.name())).toList();
    if (named.size() != 1) {
      throw new IllegalStateException(
          "%s has %d blocks named %s instead of one".formatted(document, named.size(), name));
    }
    return named.get(0).text();
  }
}
