package com.llmgenerator.billing.http;

import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.springframework.util.InvalidMimeTypeException;
import org.springframework.util.MimeType;
import org.springframework.util.MimeTypeUtils;

/** What types a request may send and must accept: RFC 9110, sections 8.3 and 12.5.1. */
final class MediaTypes {
  private static final String JSON = "application/json";

  /** By type and subtype: the parameters of ranges say nothing of what is answered here. */
  private static final Comparator<MimeType> MOST_SPECIFIC =
      Comparator.comparing(range -> range.isConcrete() ? 2 : range.isWildcardType() ? 0 : 1);

  private MediaTypes() {}

  /** Whether a body is said to be plain JSON in UTF-8. */
  static boolean isJson(HttpFields request) {
    List<String> types = request.getValuesList(HttpHeader.CONTENT_TYPE);
    if (types.size() != 1 || isEncoded(request)) {
      return false;
    }
    if (types.get(0).equals(JSON)) {
      return true;
    }
    try {
      MimeType type = MimeTypeUtils.parseMimeType(types.get(0));
      return type.equalsTypeAndSubtype(MimeTypeUtils.APPLICATION_JSON)
          && (type.getCharset() == null || type.getCharset().equals(StandardCharsets.UTF_8));
    } catch (InvalidMimeTypeException e) {
      return false;
    }
  }

  private static boolean isEncoded(HttpFields request) {
    return !request.getCSV(HttpHeader.CONTENT_ENCODING, false).stream()
        .allMatch("identity"::equalsIgnoreCase);
  }

  /** Whether an answer of a type is accepted; of any, if it is null. */
  static boolean accepts(HttpFields request, String produced) {
    String accepted = String.join(",", request.getValuesList(HttpHeader.ACCEPT));
    if (produced == null
        || accepted.isBlank()
        || accepted.equals("*/*")
        || accepted.equals(produced)) {
      return true;
    }
    try {
      MimeType type = MimeTypeUtils.parseMimeType(produced);
      return MimeTypeUtils.parseMimeTypes(accepted).stream()
          .filter(range -> range.includes(type))
          .max(MOST_SPECIFIC.thenComparing(MediaTypes::isWanted))
          .filter(MediaTypes::isWanted)
          .isPresent();
    } catch (InvalidMimeTypeException e) {
      return false;
    }
  }

  private static boolean isWanted(MimeType range) {
    String quality = range.getParameter("q");
    return quality == null || !quality.matches("0(\\.0{0,3})?");
  }
}
