package com.llmgenerator.billing.dev;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;

/**
 * A Java agent that ends the JVM it is loaded into as soon as the process that started it is gone.
 *
 * <p>A shutdown hook does not run in a parent that was killed. But its end of the pipe to the
 * child's standard input closes, however it ended.
 */
final class EndsWithParent {
  private EndsWithParent() {}

  /** Called by the JVM before the main class of the child. */
  public static void premain(String arguments) {
    Thread thread = new Thread(EndsWithParent::awaitEndOfInput, "ends-with-parent");
    thread.setDaemon(true);
    thread.start();
  }

  private static void awaitEndOfInput() {
    try {
      while (System.in.read() >= 0) {
        // Nothing is ever written to this pipe; whatever it was, it is not the end.
      }
    } catch (IOException e) {
      // A broken pipe is an end as well.
    }
    Runtime.getRuntime().halt(1);
  }

  /** Writes the jar that {@code -javaagent} wants. */
  static void writeJar(Path jar) {
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().putValue("Premain-Class", EndsWithParent.class.getName());
    String classFile = EndsWithParent.class.getName().replace('.', '/') + ".class";
    try (InputStream code = EndsWithParent.class.getResourceAsStream("/" + classFile);
        OutputStream file = Files.newOutputStream(jar);
        JarOutputStream content = new JarOutputStream(file, manifest)) {
      content.putNextEntry(new ZipEntry(classFile));
      code.transferTo(content);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write " + jar, e);
    }
  }
}
