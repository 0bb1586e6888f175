package com.llmgenerator.billing.startup;

import java.util.Collection;
import java.util.List;

/** Files of routes or queries that cannot work. */
public final class InvalidRoutesException extends RuntimeException {
  private final List<String> problems;

  InvalidRoutesException(Collection<String> problems) {
    super(String.join("; ", problems));
    this.problems = List.copyOf(problems);
  }

  /** One line for each, which names the file. */
  public List<String> problems() {
    return problems;
  }
}
