package com.llmgenerator.billing.logging;

import ch.qos.logback.classic.spi.ILoggingEvent;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.springframework.boot.json.JsonWriter.Members;
import org.springframework.boot.json.JsonWriter.ValueProcessor;
import org.springframework.boot.logging.structured.StructuredLoggingJsonMembersCustomizer;

/**
 * Escapes, in lines of the log, what Spring Boot leaves to whoever shows them: characters that turn
 * the direction of text, hide it or end a line. Control characters it escapes itself.
 */
final class InvisibleCharacters implements StructuredLoggingJsonMembersCustomizer<ILoggingEvent> {
  private static final Pattern INVISIBLE = Pattern.compile("[\\p{Cf}\\p{Zl}\\p{Zp}]");

  @Override
  public void customize(Members<ILoggingEvent> members) {
    members.applyingValueProcessor(ValueProcessor.of(String.class, InvisibleCharacters::escape));
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
