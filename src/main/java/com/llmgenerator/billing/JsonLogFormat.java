package com.llmgenerator.billing;

import ch.qos.logback.classic.pattern.ThrowableProxyConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.io.CharacterEscapes;
import com.fasterxml.jackson.core.util.ByteArrayBuilder;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import org.slf4j.event.KeyValuePair;
import org.springframework.boot.logging.structured.StructuredLogFormatter;

/**
 * Writes a line of the log as Spring Boot's format {@code logstash} does, in a fraction of its
 * time, and in visible ASCII alone: no control character that somebody smuggled into a message gets
 * to a terminal.
 */
final class JsonLogFormat implements StructuredLogFormatter<ILoggingEvent> {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ISO_OFFSET_DATE_TIME.withZone(ZoneId.systemDefault());
  private static final JsonFactory JSON =
      new JsonFactoryBuilder()
          .recyclerPool(JsonRecyclerPools.sharedConcurrentDequePool())
          .characterEscapes(new Escapes())
          .highestNonEscapedChar(0x7f)
          .build();

  private final ThrowableProxyConverter stackTraces;

  JsonLogFormat(ThrowableProxyConverter stackTraces) {
    this.stackTraces = stackTraces;
  }

  @Override
  public String format(ILoggingEvent event) {
    return new String(formatAsBytes(event, StandardCharsets.UTF_8), StandardCharsets.UTF_8);
  }

  @Override
  public byte[] formatAsBytes(ILoggingEvent event, Charset charset) {
    try (ByteArrayBuilder line = new ByteArrayBuilder()) {
      try (JsonGenerator json = JSON.createGenerator(line)) {
        write(event, json);
      }
      line.append('\n');
      return line.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void write(ILoggingEvent event, JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeStringField("@timestamp", TIME.format(event.getInstant()));
    json.writeStringField("@version", "1");
    json.writeStringField("message", event.getFormattedMessage());
    json.writeStringField("logger_name", event.getLoggerName());
    json.writeStringField("thread_name", event.getThreadName());
    json.writeStringField("level", event.getLevel().toString());
    json.writeNumberField("level_value", event.getLevel().toInt());
    for (Map.Entry<String, String> entry : event.getMDCPropertyMap().entrySet()) {
      json.writeStringField(entry.getKey(), entry.getValue());
    }
    List<KeyValuePair> pairs = event.getKeyValuePairs();
    if (pairs != null) {
      for (KeyValuePair pair : pairs) {
        json.writeFieldName(pair.key);
        write(pair.value, json);
      }
    }
    if (event.getThrowableProxy() != null) {
      json.writeStringField("stack_trace", stackTraces.convert(event));
    }
    json.writeEndObject();
  }

  private static void write(Object value, JsonGenerator json) throws IOException {
    if (value instanceof Number number) {
      json.writeNumber(number.toString());
    } else {
      json.writeString(value == null ? null : value.toString());
    }
  }

  private static final class Escapes extends CharacterEscapes {
    private static final long serialVersionUID = 1;

    private final int[] ascii = standardAsciiEscapesForJSON();

    Escapes() {
      ascii[0x7f] = ESCAPE_STANDARD;
    }

    @Override
    public int[] getEscapeCodesForAscii() {
      return ascii;
    }

    @Override
    public SerializableString getEscapeSequence(int character) {
      return null;
    }
  }
}
