package com.llmgenerator.billing.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;

/** Keys with certificates that their owner signed: the JDK has no other way to make one. */
final class Keytool {
  static final String PASSWORD = "changeit";

  private Keytool() {}

  /**
   * A key, and a certificate for it.
   *
   * @param name of the entry, and of the owner
   * @param options of {@code keytool -genkeypair}
   */
  static KeyStore generate(String name, String... options) {
    try {
      Path folder = Files.createTempDirectory("keytool");
      Path store = folder.resolve("store.p12");
      List<String> command =
          new ArrayList<>(
              List.of(
                  Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                  "-genkeypair",
                  "-alias",
                  name,
                  "-dname",
                  "CN=" + name,
                  "-keystore",
                  store.toString(),
                  "-storetype",
                  "PKCS12",
                  "-storepass",
                  PASSWORD));
      command.addAll(List.of(options));
      Process keytool = new ProcessBuilder(command).redirectErrorStream(true).start();
      String output = new String(keytool.getInputStream().readAllBytes(), UTF_8);
      if (keytool.waitFor() != 0) {
        throw new IllegalStateException(output);
      }
      KeyStore keys = KeyStore.getInstance(store.toFile(), PASSWORD.toCharArray());
      Files.delete(store);
      Files.delete(folder);
      return keys;
    } catch (IOException | GeneralSecurityException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
