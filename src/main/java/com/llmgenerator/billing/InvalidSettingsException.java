package com.llmgenerator.billing;

import java.util.List;

/** Settings that the application must not start with. */
final class InvalidSettingsException extends RuntimeException {
  private final List<String> problems;

  InvalidSettingsException(List<String> problems) {
    super(String.join("; ", problems));
    this.problems = List.copyOf(problems);
  }

  /** One line for each setting. */
  List<String> problems() {
    return problems;
  }
}
