package com.llmgenerator.billing.apikeys;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads times in every form of RFC 3339, section 5.6. The library's own parser has no offset beyond
 * 18 hours, no tenth digit of a fraction and no leap second.
 */
final class Rfc3339 {
  private static final Pattern DATE_TIME =
      Pattern.compile(
          "(\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d):([0-5]\\d|60)(?:\\.\\d+)?"
              + "(?:Z|([+-])([01]\\d|2[0-3]):([0-5]\\d))",
          Pattern.CASE_INSENSITIVE);

  private Rfc3339() {}

  /**
   * Reads a time and cuts it to the second; a leap second is the second after it.
   *
   * @throws DateTimeException if the text is anything else
   */
  static Instant parse(String text) {
    Matcher parts = DATE_TIME.matcher(text);
    if (!parts.matches()) {
      throw new DateTimeException("Not a date-time of RFC 3339");
    }
    int seconds = Integer.parseInt(parts.group(2));
    Duration offset =
        parts.group(3) == null
            ? Duration.ZERO
            : Duration.parse(parts.group(3) + "PT" + parts.group(4) + "H" + parts.group(5) + "M");
    OffsetDateTime time =
        LocalDateTime.parse(parts.group(1))
            .atOffset(ZoneOffset.UTC)
            .minus(offset)
            .plusSeconds(seconds);
    boolean beginsMonth =
        time.getDayOfMonth() == 1 && time.toLocalTime().equals(LocalTime.MIDNIGHT);
    if (seconds == 60 && !beginsMonth) {
      throw new DateTimeException("Not where a leap second can be");
    }
    return time.toInstant();
  }
}
