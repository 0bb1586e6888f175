package com.llmgenerator.billing.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.springframework.util.InvalidMimeTypeException;
import org.springframework.util.MimeType;
import org.springframework.util.MimeTypeUtils;

/** What types a request may send and must accept: RFC 9110, sections 8.3 and 12.5.1. */
final class MediaRules {
  private static final String JSON = "application/json";

  private MediaRules() {}

  /** Whether a body is said to be plain JSON in UTF-8. */
  static boolean isJson(HttpHeaders request) {
    List<String> types = request.getAll(HttpHeaderNames.CONTENT_TYPE);
    if (types.size() != 1 || request.contains(HttpHeaderNames.CONTENT_ENCODING)) {
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

  /** Whether an answer of a type is accepted; of any, if it is null. */
  static boolean accepts(HttpHeaders request, String produced) {
    List<String> accepted = request.getAll(HttpHeaderNames.ACCEPT);
    if (produced == null
        || accepted.isEmpty()
        || accepted.size() == 1
            && (accepted.get(0).equals("*/*") || accepted.get(0).equals(produced))) {
      return true;
    }
    try {
      MimeType type = MimeTypeUtils.parseMimeType(produced);
      return MimeTypeUtils.parseMimeTypes(String.join(",", accepted)).stream()
          .anyMatch(range -> isWanted(range) && range.isCompatibleWith(type));
    } catch (InvalidMimeTypeException e) {
      return false;
    }
  }

  private static boolean isWanted(MimeType range) {
    String quality = range.getParameter("q");
    return quality == null || !quality.matches("0(\\.0{0,3})?");
  }
}
