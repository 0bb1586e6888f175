package com.llmgenerator.billing;

import com.networknt.schema.ExecutionContext;
import com.networknt.schema.format.Format;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalTime;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * JSON Schema's {@code date-time}: RFC 3339, section 5.6. The validator's own takes a space for the
 * T, and no offset beyond 18 hours, no tenth digit of a fraction and no leap second to come.
 */
final class DateTimeFormat implements Format {
  private static final Pattern DATE_TIME =
      Pattern.compile(
          "([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}:[0-9]{2}):([0-5][0-9]|60)([.][0-9]+)?"
              + "([Zz]|[+-]([0-9]{2}:[0-9]{2}))");

  @Override
  public String getName() {
    return "date-time";
  }

  @Override
  public boolean matches(ExecutionContext context, String value) {
    Matcher parts = DATE_TIME.matcher(value);
    try {
      return parts.matches()
          && (isLastOfMonth(LocalDate.parse(parts.group(1)), minute(parts.group(2)) - offset(parts))
              || !parts.group(3).equals("60"));
    } catch (DateTimeException e) {
      return false;
    }
  }

  private static int offset(Matcher parts) {
    String offset = parts.group(6);
    return offset == null ? 0 : minute(offset) * (parts.group(5).startsWith("-") ? -1 : 1);
  }

  private static int minute(String time) {
    return LocalTime.parse(time).toSecondOfDay() / 60;
  }

  /** Whether a minute, which an offset may have moved to another day, is where leap seconds are. */
  private static boolean isLastOfMonth(LocalDate date, int minute) {
    LocalDate day = date.plusDays(Math.floorDiv(minute, 24 * 60));
    return day.getDayOfMonth() == day.lengthOfMonth()
        && Math.floorMod(minute, 24 * 60) == 24 * 60 - 1;
  }
}
