package com.llmgenerator.billing.logging;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.event.KeyValuePair;
import org.springframework.boot.logging.logback.StructuredLogEncoder;
import org.springframework.core.env.Environment;
import org.springframework.mock.env.MockEnvironment;

class InvisibleCharactersTest {
  private final LoggerContext context = new LoggerContext();
  private final StructuredLogEncoder encoder = new StructuredLogEncoder();

  @BeforeEach
  void start() {
    context.putObject(
        Environment.class.getName(),
        new MockEnvironment()
            .withProperty(
                "logging.structured.json.customizer", InvisibleCharacters.class.getName()));
    encoder.setContext(context);
    encoder.setFormat("logstash");
    encoder.start();
  }

  @Test
  void areEscapedInMessagesFieldsAndStackTraces() throws Exception {
    String smuggled = "\r\n\t\u001b[2J\u007f\u0085\u009b\u2028\u2029\u202e\u200b\u00adé\"\\";
    String escaped =
        "\r\n\t\u001b[2J\u007f\u0085\u009b" + "\\u{2028}\\u{2029}\\u{202E}\\u{200B}\\u{AD}é\"\\";
    LoggingEvent event =
        new LoggingEvent(
            null,
            context.getLogger("com.llmgenerator"),
            Level.WARN,
            smuggled,
            new IllegalStateException(smuggled),
            null);
    event.setMDCPropertyMap(Map.of());
    event.setKeyValuePairs(
        List.of(new KeyValuePair("code", smuggled), new KeyValuePair("status", 200)));
    String line = new String(encoder.encode(event), StandardCharsets.UTF_8);
    assertThat(line).matches("[\\x20-\\x7eé]+\n");
    JsonNode fields = new ObjectMapper().readTree(line);
    assertThat(fields.path("message").asText()).isEqualTo(escaped);
    assertThat(fields.path("code").asText()).isEqualTo(escaped);
    assertThat(fields.path("status").isInt()).isTrue();
    assertThat(fields.path("stack_trace").asText()).contains(escaped);
  }
}
