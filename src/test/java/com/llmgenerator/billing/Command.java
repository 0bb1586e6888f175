package com.llmgenerator.billing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringApplicationRunListener;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/**
 * A command of the jar's in this process, which costs a fraction of a process of its own. Exit
 * codes and interruptions need one. Spring Boot sets up the log of the whole process, so that
 * commands run one after another, and so do the classes whose tests run them ({@code
 * Resources.SYSTEM_OUT}).
 *
 * @param exit its exit code
 * @param log all that it wrote
 */
public record Command(int exit, String log) {

  /** Runs it with nothing but these environment variables. */
  public static synchronized Command run(
      Map<String, String> environment, String name, String... options) {
    PrintStream console = System.out;
    OutputOfThisThread output = new OutputOfThisThread(console);
    System.setOut(new PrintStream(output, true, UTF_8));
    try {
      int exit =
          SpringApplication.withHook(
              application -> {
                application.setEnvironment(withVariables(environment));
                return new SpringApplicationRunListener() {};
              },
              () ->
                  BillingPortalApplication.runCommand(
                      Stream.concat(Stream.of(name), Stream.of(options)).toArray(String[]::new)));
      return new Command(exit, output.written.toString(UTF_8));
    } finally {
      System.setOut(console);
    }
  }

  /** All lines that it wrote. */
  public List<String> lines() {
    return log.lines().toList();
  }

  /** Those of them that are no log lines. */
  public List<String> printed() {
    return log.lines().filter(line -> !line.contains(" : ")).toList();
  }

  private static StandardEnvironment withVariables(Map<String, String> given) {
    Map<String, Object> variables = new HashMap<>(given);
    // Lines that people read.
    variables.put("LOGGING_STRUCTURED_FORMAT_CONSOLE", "");
    StandardEnvironment environment = new StandardEnvironment();
    environment
        .getPropertySources()
        .replace(
            StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
            new SystemEnvironmentPropertySource(
                StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME, variables));
    return environment;
  }

  /** What others write meanwhile goes to the console. */
  private static final class OutputOfThisThread extends OutputStream {
    private final Thread thread = Thread.currentThread();
    private final ByteArrayOutputStream written = new ByteArrayOutputStream();
    private final PrintStream console;

    OutputOfThisThread(PrintStream console) {
      this.console = console;
    }

    @Override
    public void write(int value) throws IOException {
      (Thread.currentThread() == thread ? written : console).write(value);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      (Thread.currentThread() == thread ? written : console).write(bytes, from, length);
    }
  }
}
