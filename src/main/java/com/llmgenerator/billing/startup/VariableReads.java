package com.llmgenerator.billing.startup;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How routes and queries read variables in Camel's Simple language: {@code ${variable.x[column]}}
 * reads a column of a row, {@code ${variable.x}} a value.
 */
final class VariableReads {
  private static final Pattern READ =
      Pattern.compile(
          "\\$(?:simple)?\\{variables?[.:](?<name>[\\w-]+)(?<keys>(?:\\??\\[[^]]*])*)(?<rest>[^}]*)}");

  private static final Pattern COLUMN = Pattern.compile("\\[['\"]?(?!\\d|last\\b|\\$)([^]'\"]+)");

  /** Steps that take a row as it is. */
  private static final Pattern WHOLE =
      Pattern.compile("(?m)^( *)- (?:setBody|log):.*(?:\\R\\1  .*)*");

  private static final Pattern WHOLE_READ = Pattern.compile("\\$\\{variable\\.[\\w-]+}");

  private static final Pattern WORD = Pattern.compile("[\\w-]+");

  private static final Pattern COMMENT_LINE = Pattern.compile("(?m)^\\s*#.*$");

  /** What a route may set: every word in it that is no read, and what Java sets. */
  private final Set<String> set =
      new HashSet<>(Set.of("apiKeyDigest", "flow", "locale", "path", "returnUrl", "userId"));

  private final Map<String, Set<String>> columns = new HashMap<>();
  private final Set<String> values = new HashSet<>();

  void addRoute(String yaml) {
    String route = COMMENT_LINE.matcher(yaml).replaceAll("");
    addQuery(
        WHOLE
            .matcher(route)
            .replaceAll(
                step -> Matcher.quoteReplacement(WHOLE_READ.matcher(step.group()).replaceAll(""))));
    WORD.matcher(READ.matcher(route).replaceAll("")).results().forEach(w -> set.add(w.group()));
  }

  void addQuery(String text) {
    READ.matcher(text).results().forEach(this::add);
  }

  private void add(MatchResult read) {
    String name = read.group(1);
    COLUMN
        .matcher(read.group(2))
        .results()
        .forEach(key -> columns.computeIfAbsent(name, n -> new TreeSet<>()).add(key.group(1)));
    if (read.group(2).isEmpty() && read.group(3).isEmpty()) {
      values.add(name);
    }
  }

  /** A variable that a query reads and nobody sets: its value is null, whoever asks. */
  Optional<String> unset(String query) {
    return READ.matcher(query)
        .results()
        // Others have a scope: ${variable.global:name}.
        .filter(read -> !read.group(3).startsWith(":") && !set.contains(read.group(1)))
        .map(read -> "${variable." + read.group(1) + "}")
        .findFirst();
  }

  /**
   * Why a result does not fit the reads of the variable that receives it.
   *
   * @param one whether it is one row, of which a single column is the value itself
   */
  Optional<String> misfit(String variable, Set<String> columns, boolean one) {
    String read = "${variable." + variable + "}";
    Optional<String> missing =
        columns(variable).stream().filter(column -> !columns.contains(column)).findFirst();
    String must = null;
    if (one && isValue(variable) && columns.size() > 1) {
      must = "one column, since routes read " + read + " as a value";
    } else if (missing.isPresent()) {
      must =
          "the column %1$s, which is read as ${variable.%2$s[%1$s]}"
              .formatted(missing.get(), variable);
    } else if (one && columns.size() == 1 && !columns(variable).isEmpty()) {
      must = "several columns, since one makes " + read + " a value, not a row";
    }
    return Optional.ofNullable(must)
        .map(what -> "must return " + what + ". Found: " + String.join(", ", columns));
  }

  /** The columns that are read of a variable; none if it is not read as a row. */
  Set<String> columns(String variable) {
    return columns.getOrDefault(variable, Set.of());
  }

  /** Whether it is read as a value, and nowhere as a row. */
  boolean isValue(String variable) {
    return values.contains(variable) && !columns.containsKey(variable);
  }
}
