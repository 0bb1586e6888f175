package com.llmgenerator.billing;

import static org.assertj.core.api.Assertions.assertThat;

import com.llmgenerator.billing.auth.ApiKey;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** No file of this repository holds a credential that works somewhere. */
class NoSecretsTest {
  /** Nobody draws the digits in their order. */
  private static final String MADE_UP = "(?!.123456789)";

  private static final Map<String, Pattern> SECRETS =
      Map.of(
          "a Stripe key", Pattern.compile("\\b[sr]k_(live|test)_[0-9A-Za-z]{24,}"),
          "a Stripe webhook secret", Pattern.compile("\\bwhsec_[0-9A-Za-z+/=]{24,}"),
          "an API key", Pattern.compile("\\b" + ApiKey.PREFIX + MADE_UP + "[0-9A-Za-z]{46}\\b"),
          "a token", Pattern.compile("\\beyJ[\\w-]{10,}\\.eyJ[\\w-]{10,}\\.[\\w-]{10,}"),
          "a private key", Pattern.compile("-----BEGIN [A-Z ]*PRIVATE KEY-----\\s*[\\w+/]{20,}"),
          "an access key of a cloud", Pattern.compile("\\b(AKIA|ASIA)[0-9A-Z]{16}\\b"));

  @Test
  void areInTheRepository() throws IOException {
    Map<String, String> found = new TreeMap<>();
    try (Stream<Path> files = Files.walk(Path.of(""))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        if (!file.toString().matches("(target|\\.git)/.*")) {
          String text = Files.readString(file, StandardCharsets.ISO_8859_1);
          found(text).forEach(secret -> found.put(file.toString(), secret));
        }
      }
    }
    assertThat(found).isEmpty();
  }

  @Test
  void areOverlooked() {
    String any = "0123456789abcdefghijklmnopqrstuvwxyz";
    assertThat(found("key: sk_" + "live_" + any)).containsExactly("a Stripe key");
    assertThat(found("secret=whsec_" + any)).containsExactly("a Stripe webhook secret");
    assertThat(found(ApiKey.generate(new SecureRandom()).text())).containsExactly("an API key");
    assertThat(found("eyJ" + any + ".eyJ" + any + "." + any)).containsExactly("a token");
    assertThat(found("-----BEGIN " + "PRIVATE KEY-----\n" + any)).containsExactly("a private key");
    assertThat(found("AKIA" + any.substring(0, 16).toUpperCase()))
        .containsExactly("an access key of a cloud");
  }

  private static List<String> found(String text) {
    return SECRETS.entrySet().stream()
        .filter(secret -> secret.getValue().matcher(text).find())
        .map(Map.Entry::getKey)
        .toList();
  }
}
