package com.llmgenerator.billing.startup;

import java.util.Collection;
import java.util.List;

/** Settings, or files of routes or queries, that the portal must not start with. */
public final class InvalidConfigurationException extends RuntimeException {
  private final List<String> problems;

  public InvalidConfigurationException(Collection<String> problems) {
    super(String.join("; ", problems));
    this.problems = List.copyOf(problems);
  }

  /** One line for each, which names the variable or the file. */
  public List<String> problems() {
    return problems;
  }
}
