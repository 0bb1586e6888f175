package com.llmgenerator.billing.logging;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.event.KeyValuePair;
import org.springframework.boot.logging.logback.StructuredLogEncoder;
import org.springframework.core.env.Environment;
import org.springframework.mock.env.MockEnvironment;

class JsonLogFormatterTest {
  private final LoggerContext context = new LoggerContext();
  private final MockEnvironment environment = new MockEnvironment();

  @BeforeEach
  void start() {
    context.putObject(Environment.class.getName(), environment);
  }

  @Test
  void escapesInvisibleCharactersInMessagesFieldsAndStackTraces() throws Exception {
    String smuggled = "\r\n\t\u001b[2J\u007f\u0085\u009b\u2028\u2029\u202e\u200b\u00adé\"\\";
    String escaped =
        "\r\n\t\u001b[2J\u007f\u0085\u009b" + "\\u{2028}\\u{2029}\\u{202E}\\u{200B}\\u{AD}é\"\\";
    String line = line(JsonLogFormatter.class.getName(), event(smuggled));
    assertThat(line).matches("[\\x20-\\x7eé]+\n");
    JsonNode fields = new ObjectMapper().readTree(line);
    assertThat(fields.path("message").asText()).isEqualTo(escaped);
    assertThat(fields.path("code").asText()).isEqualTo(escaped);
    assertThat(fields.path("stack_trace").asText()).contains(escaped);
  }

  @ParameterizedTest
  @CsvSource({
    "add.region, eu",
    "rename.message, text",
    "context.prefix, app",
    "stacktrace.max-length, 100",
    "stacktrace.root, first"
  })
  void writesWhatSpringBootWritesOtherwise(String setting, String value) throws Exception {
    environment.setProperty("logging.structured.json." + setting, value);
    ObjectMapper json = new ObjectMapper();
    LoggingEvent event = event("é\n\"");
    ObjectNode ours = (ObjectNode) json.readTree(line(JsonLogFormatter.class.getName(), event));
    ObjectNode springBoots = (ObjectNode) json.readTree(line("logstash", event));
    assertThat(ours.fieldNames()).toIterable().containsExactlyElementsOf(springBoots::fieldNames);
    // It writes the time of where it runs.
    String time = springBoots.path("@timestamp").asText();
    springBoots.put("@timestamp", OffsetDateTime.parse(time).toInstant().toString());
    assertThat(ours).isEqualTo(springBoots);
  }

  /** With a text wherever there is one. */
  private LoggingEvent event(String text) {
    LoggingEvent event =
        new LoggingEvent(
            null,
            context.getLogger("com.llmgenerator"),
            Level.WARN,
            text,
            new IllegalStateException(text, new IllegalArgumentException(text)),
            null);
    event.setInstant(Instant.parse("2026-01-02T03:04:05.678Z"));
    event.setThreadName("route-1");
    event.setMDCPropertyMap(Map.of("requestId", "r-1"));
    event.setKeyValuePairs(
        List.of(new KeyValuePair("code", text), new KeyValuePair("status", 200)));
    return event;
  }

  private String line(String format, LoggingEvent event) {
    StructuredLogEncoder encoder = new StructuredLogEncoder();
    encoder.setContext(context);
    encoder.setFormat(format);
    encoder.start();
    return new String(encoder.encode(event), StandardCharsets.UTF_8);
  }
}
