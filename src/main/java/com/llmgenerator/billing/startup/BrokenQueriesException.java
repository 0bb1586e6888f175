package com.llmgenerator.billing.startup;

import java.util.Collection;
import java.util.List;

/** Queries that can only fail, or whose results do not fit the routes. */
public final class BrokenQueriesException extends RuntimeException {
  private final List<String> problems;

  BrokenQueriesException(Collection<String> problems) {
    super(String.join("; ", problems));
    this.problems = List.copyOf(problems);
  }

  /** One line for each query, which begins with the name of its file. */
  public List<String> problems() {
    return problems;
  }
}
