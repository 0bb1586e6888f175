package com.llmgenerator.billing.http;

import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.springframework.util.InvalidMimeTypeException;
import org.springframework.util.MimeType;
import org.springframework.util.MimeTypeUtils;

/**
 * What types a request may send and must accept: RFC 9110, sections 8.3 and 12.5.1. Jetty's {@code
 * QuotedQualityCSV} does not tell that a range is more specific than another which is not wanted.
 */
final class MediaTypes {
  /** By type and subtype: the parameters of ranges say nothing of what is answered here. */
  private static final Comparator<MimeType> MOST_SPECIFIC =
      Comparator.comparing(range -> range.isConcrete() ? 2 : range.isWildcardType() ? 0 : 1);

  private MediaTypes() {}

  /** Whether a body is said to be plain JSON in UTF-8. */
  static boolean isJson(HttpFields request) {
    String sent = String.join(",", request.getValuesList(HttpHeader.CONTENT_TYPE));
    return (sent.equals(MimeTypeUtils.APPLICATION_JSON_VALUE) || isJson(parse(sent)))
        && request.getCSV(HttpHeader.CONTENT_ENCODING, false).stream()
            .allMatch("identity"::equalsIgnoreCase);
  }

  private static boolean isJson(List<MimeType> types) {
    return types.size() == 1
        && types.get(0).equalsTypeAndSubtype(MimeTypeUtils.APPLICATION_JSON)
        && (types.get(0).getCharset() == null
            || types.get(0).getCharset().equals(StandardCharsets.UTF_8));
  }

  /** Whether an answer of a type is accepted; of any, if it is null. */
  static boolean accepts(HttpFields request, String produced) {
    String accepted = String.join(",", request.getValuesList(HttpHeader.ACCEPT));
    return produced == null
        || accepted.isBlank()
        || accepted.equals("*/*")
        || accepted.equals(produced)
        || parse(accepted).stream()
            .filter(range -> range.includes(MimeTypeUtils.parseMimeType(produced)))
            .max(MOST_SPECIFIC.thenComparing(MediaTypes::isWanted))
            .filter(MediaTypes::isWanted)
            .isPresent();
  }

  private static List<MimeType> parse(String types) {
    try {
      return MimeTypeUtils.parseMimeTypes(types);
    } catch (InvalidMimeTypeException e) {
      return List.of();
    }
  }

  private static boolean isWanted(MimeType range) {
    String quality = range.getParameter("q");
    return quality == null || !quality.matches("0(\\.0{0,3})?");
  }
}
