package com.llmgenerator.billing;

import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import com.llmgenerator.billing.Documents.Block;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The documents are short, lead to each other, and say what is so. */
class DocumentsTest {
  private static final String DECISIONS = "src/docs/decisions.md";
  private static final String MAP = "routes/README.md";
  private static final String FENCE = "```mermaid\n";
  private static final Pattern LINK = Pattern.compile("\\[[^\\]]*]\\(([^)\\s]+)\\)");
  private static final Pattern TITLE = Pattern.compile("(?m)^#+ (.+)$");
  private static final Set<String> CODE = Set.of("sh", "sql", "js", "java", "python");

  static List<String> documents() {
    return Documents.all();
  }

  @ParameterizedTest
  @MethodSource("documents")
  void areShort(String document) {
    int most =
        switch (document) {
          case "README.md" -> 150;
          case DECISIONS -> Integer.MAX_VALUE;
          default -> 250;
        };
    assertThat(Documents.text(document).lines().count()).isLessThanOrEqualTo(most);
  }

  @ParameterizedTest
  @MethodSource("documents")
  void linkToWhatThereIs(String document) {
    Set<String> broken = new TreeSet<>();
    for (String link : links(document)) {
      String target = target(document, link);
      String anchor = link.contains("#") ? link.substring(link.indexOf('#') + 1) : "";
      boolean there =
          Files.exists(Path.of(target)) && (anchor.isEmpty() || anchors(target).contains(anchor));
      if (!there) {
        broken.add(link);
      }
    }
    assertThat(broken).isEmpty();
  }

  @Test
  void areFoundFromReadme() {
    assertThat(links("README.md").stream().map(link -> target("README.md", link)))
        .containsAll(documents().stream().filter(name -> !name.equals("README.md")).toList());
  }

  @ParameterizedTest
  @MethodSource("documents")
  void haveCodeThatIsRunOrSaysThatItIsNot(String document) throws IOException {
    String tests = tests();
    String project = Documents.text(".ci/run");
    List<String> neither =
        Documents.blocks(document).stream()
            .filter(block -> CODE.contains(block.language()))
            .filter(block -> !block.text().matches("(?s)(#|--|//) Not run by a test.*"))
            .filter(block -> !isRunByATest(block, tests) && !isRunByTheProject(block, project))
            .map(block -> block.text().lines().findFirst().orElse(""))
            .toList();
    assertThat(neither).isEmpty();
    assertThat(Documents.text(document))
        .as("Code stands between fences, which say what it is")
        .doesNotContainPattern("\n\n {4}[^ |-]");
  }

  /** Of any language, by its name. */
  private static boolean isRunByATest(Block block, String tests) {
    return block.name() != null
        && Pattern.compile(
                "\"%s\",\\s*\"%s\""
                    .formatted(Pattern.quote(block.document()), Pattern.quote(block.name())))
            .matcher(tests)
            .find();
  }

  private static boolean isRunByTheProject(Block block, String project) {
    return block
        .text()
        .lines()
        .map(line -> line.replaceFirst(" *#.*", ""))
        .filter(line -> !line.isBlank())
        .allMatch(line -> project.contains(line));
  }

  /** What a worked change shows of a file is there in one piece, before or after the change. */
  @Test
  void changeWhatThereIs() {
    List<Block> changes =
        Documents.blocks(MAP).stream().filter(block -> block.language().equals("diff")).toList();
    assertThat(changes).hasSizeGreaterThanOrEqualTo(3);
    for (Block change : changes) {
      String file = Documents.text(change.name());
      assertThat(file.contains(side(change, "+")) || file.contains(side(change, "-")))
          .as("%s shows lines of %s that are not there. Show another change.", MAP, change.name())
          .isTrue();
    }
  }

  private static String side(Block change, String without) {
    return change
        .text()
        .lines()
        .filter(line -> !line.startsWith(without))
        .map(line -> line.substring(1) + "\n")
        .collect(joining());
  }

  @Test
  void drawTheFlowOfTheRoutes() throws IOException {
    String now = RouteDiagram.of(Path.of("routes"));
    String drawn = diagram();
    if (Boolean.getBoolean("write.diagram") && !drawn.equals(now)) {
      Files.writeString(Path.of(MAP), Documents.text(MAP).replace(FENCE + drawn, FENCE + now));
      drawn = diagram();
    }
    assertThat(drawn)
        .as(
            "%s is older than the routes. Run: mvn test -Dtest=DocumentsTest -Dwrite.diagram=true"
                + " or paste this:\n%s",
            MAP, now)
        .isEqualTo(now);
  }

  private static String diagram() {
    return Documents.blocks(MAP).stream()
        .filter(block -> block.language().equals("mermaid"))
        .map(Block::text)
        .collect(joining());
  }

  private static String tests() throws IOException {
    try (Stream<Path> files = Files.walk(Path.of("src/test/java"))) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> Documents.text(file.toString()))
          .collect(joining("\n"));
    }
  }

  /** Relative ones, without what code shows. */
  private static List<String> links(String document) {
    String text = Documents.text(document).replaceAll("(?ms)^ *```.*?^ *```$|`[^`\n]*`", "");
    return LINK.matcher(text)
        .results()
        .map(found -> found.group(1))
        .filter(link -> !link.matches("[a-z]+:.*"))
        .toList();
  }

  private static String target(String document, String link) {
    String path = link.replaceFirst("#.*", "");
    Path folder = Path.of("/").resolve(document).getParent();
    return path.isEmpty()
        ? document
        : Path.of("/").relativize(folder.resolve(path).normalize()).toString();
  }

  /** As GitHub makes them of headings. */
  private static Set<String> anchors(String document) {
    String text = Documents.text(document).replaceAll("(?ms)^ *```.*?^ *```$", "");
    return TITLE
        .matcher(text)
        .results()
        .map(found -> found.group(1).toLowerCase(Locale.ROOT))
        .map(title -> title.replaceAll("[^\\p{L}\\p{N} _-]", "").replace(' ', '-'))
        .collect(toSet());
  }
}
