package com.llmgenerator.billing.config;

/** Text that no log and no message repeats. */
public record Secret(String text) {
  @Override
  public String toString() {
    return "a secret";
  }
}
