package com.llmgenerator.billing;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.event.KeyValuePair;
import org.springframework.boot.logging.logback.StructuredLogEncoder;
import org.springframework.core.env.Environment;
import org.springframework.core.env.StandardEnvironment;

class JsonLogFormatTest {
  private final LoggerContext context = new LoggerContext();
  private LoggingEvent event;

  @BeforeEach
  void makeAnEvent() {
    context.putObject(Environment.class.getName(), new StandardEnvironment());
    event = event("a message of {}", null);
    event.setArgumentArray(new Object[] {"words"});
    event.setMDCPropertyMap(Map.of("requestId", "id-1"));
    event.setKeyValuePairs(
        List.of(new KeyValuePair("status", 200), new KeyValuePair("code", "ok")));
  }

  @Test
  void saysWhatSpringBootsFormatForLogstashSays() throws Exception {
    assertThat(new ObjectMapper().readTree(line(event)))
        .isEqualTo(new ObjectMapper().readTree(line(event, "logstash")));
  }

  @Test
  void saysItOfAFailureToo() throws Exception {
    LoggingEvent failure = event("failed", new IllegalStateException("no", new Exception("why")));
    failure.setMDCPropertyMap(Map.of());
    assertThat(new ObjectMapper().readTree(line(failure)))
        .isEqualTo(new ObjectMapper().readTree(line(failure, "logstash")));
  }

  @Test
  void isOneLine() {
    assertThat(line(event)).startsWith("{\"@timestamp\":\"").endsWith(",\"code\":\"ok\"}\n");
  }

  @Test
  void holdsNoControlCharacter() throws Exception {
    String smuggled = "\r\n\t\u001b[2J\u007f\u0085\u009b\u2028\u2029é\"\\";
    event.setKeyValuePairs(List.of(new KeyValuePair(smuggled, smuggled)));
    assertThat(line(event)).matches("[\\x20-\\x7e]+\n");
    assertThat(new ObjectMapper().readTree(line(event)).path(smuggled).asText())
        .isEqualTo(smuggled);
  }

  private LoggingEvent event(String message, Throwable failure) {
    return new LoggingEvent(
        null, context.getLogger("com.llmgenerator"), Level.WARN, message, failure, null);
  }

  private String line(LoggingEvent event) {
    return line(event, JsonLogFormat.class.getName());
  }

  private String line(LoggingEvent event, String format) {
    StructuredLogEncoder encoder = new StructuredLogEncoder();
    encoder.setContext(context);
    encoder.setFormat(format);
    encoder.start();
    return new String(encoder.encode(event), StandardCharsets.UTF_8);
  }
}
