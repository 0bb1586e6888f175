package com.llmgenerator.billing.startup;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The text of a route file or a query, which people and programs must read alike. */
public final class PlainText {
  /** All but tab and line ends: they are invisible, and YAML has no place for them. */
  private static final Pattern CONTROL = Pattern.compile("[\\p{Cntrl}\\x80-\\x9f&&[^\\t\\n\\r]]");

  private static final Pattern LINE_END = Pattern.compile("\r\n|\r|\n");

  private PlainText() {}

  /** As {@link #decode}, and without a byte-order mark: YAML may begin with one, SQL may not. */
  public static String decodeQuery(byte[] bytes) {
    String text = decode(bytes);
    if (text.startsWith("\ufeff")) {
      throw new IllegalArgumentException("begins with a byte-order mark: save it without one");
    }
    return text;
  }

  /**
   * Decodes UTF-8.
   *
   * @throws IllegalArgumentException if it is not UTF-8 or has a control character, saying in which
   *     line
   */
  public static String decode(byte[] bytes) {
    ByteBuffer encoded = ByteBuffer.wrap(bytes);
    CharBuffer decoded = CharBuffer.allocate(bytes.length);
    boolean whole =
        StandardCharsets.UTF_8.newDecoder().decode(encoded, decoded, true).isUnderflow();
    String text = decoded.flip().toString();
    Matcher control = CONTROL.matcher(text);
    if (control.find()) {
      throw new IllegalArgumentException(
          "has the control character U+%04X in line %d"
              .formatted((int) control.group().charAt(0), line(text, control.start())));
    }
    if (!whole) {
      throw new IllegalArgumentException("is not UTF-8 in line " + line(text, text.length()));
    }
    return text;
  }

  private static long line(String text, int end) {
    return 1 + LINE_END.matcher(text).region(0, end).results().count();
  }
}
