package com.llmgenerator.billing.logging;

import ch.qos.logback.classic.pattern.ThrowableProxyConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxy;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.slf4j.event.KeyValuePair;
import org.springframework.boot.json.JsonWriter.PairExtractor;
import org.springframework.boot.logging.StackTracePrinter;
import org.springframework.boot.logging.structured.ContextPairs;
import org.springframework.boot.logging.structured.JsonWriterStructuredLogFormatter;
import org.springframework.boot.logging.structured.StructuredLoggingJsonMembersCustomizer;

/**
 * The lines of Spring Boot's {@code logstash}, in which characters are escaped that turn the
 * direction of text, hide it or end a line; control characters Spring Boot escapes.
 *
 * <p>A value processor would do with {@code logstash} itself. But that encodes each character by
 * itself, in a buffer that each virtual thread makes anew: the service answers a sixth more of
 * 2,000 callers without. Delete it when {@code AppendableByteArray} has gone from Spring Boot.
 */
final class JsonLogFormatter extends JsonWriterStructuredLogFormatter<ILoggingEvent> {
  private static final Pattern INVISIBLE = Pattern.compile("[\\p{Cf}\\p{Zl}\\p{Zp}]");
  private static final PairExtractor<KeyValuePair> FIELD =
      PairExtractor.of(
          pair -> pair.key, pair -> pair.value instanceof String text ? escape(text) : pair.value);

  JsonLogFormatter(
      ContextPairs context,
      ThrowableProxyConverter stackTraces,
      StackTracePrinter printer,
      StructuredLoggingJsonMembersCustomizer<?> customizer) {
    super(
        members -> {
          members.add("@timestamp", event -> event.getInstant().toString());
          members.add("@version", "1");
          members.add("message", event -> escape(event.getFormattedMessage()));
          members.add("logger_name", ILoggingEvent::getLoggerName);
          members.add("thread_name", ILoggingEvent::getThreadName);
          members.add("level", event -> event.getLevel().levelStr);
          members.add("level_value", event -> event.getLevel().levelInt);
          members
              .add()
              .usingPairs(
                  context.flat(
                      "_",
                      pairs -> {
                        pairs.addMapEntries(ILoggingEvent::getMDCPropertyMap);
                        pairs.add(ILoggingEvent::getKeyValuePairs, FIELD);
                      }));
          members
              .add("stack_trace", event -> event)
              .whenNotNull(ILoggingEvent::getThrowableProxy)
              .as(
                  event ->
                      escape(
                          printer != null && event.getThrowableProxy() instanceof ThrowableProxy it
                              ? printer.printStackTraceToString(it.getThrowable())
                              : stackTraces.convert(event)));
        },
        customizer);
  }

  @Override
  public byte[] formatAsBytes(ILoggingEvent event, Charset charset) {
    return format(event).getBytes(charset);
  }

  private static String escape(String text) {
    // All of them are beyond ASCII, which nearly all texts are of.
    return text.getBytes(StandardCharsets.UTF_8).length == text.length()
        ? text
        : INVISIBLE
            .matcher(text)
            .replaceAll(found -> "\\\\u{%X}".formatted(found.group().codePointAt(0)));
  }
}
