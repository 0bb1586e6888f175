package com.llmgenerator.billing.http;

import static jakarta.servlet.http.HttpServletResponse.SC_BAD_REQUEST;
import static jakarta.servlet.http.HttpServletResponse.SC_REQUEST_ENTITY_TOO_LARGE;
import static jakarta.servlet.http.HttpServletResponse.SC_UNSUPPORTED_MEDIA_TYPE;

import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;

/** Receives the body of a request: JSON in UTF-8, or nothing. */
final class RequestBody {
  /** The largest text, in bytes. */
  static final int LARGEST_TEXT = 8 * 1024;

  private RequestBody() {}

  /**
   * Reads the whole body, of at most 8 KiB.
   *
   * @return its text, or null if there is none
   * @throws RefusedBodyException as {@link #bytes}, and 400 if it is not UTF-8
   */
  static String text(HttpServletRequest request) throws RefusedBodyException {
    byte[] body = bytes(request, LARGEST_TEXT);
    if (body == null) {
      return null;
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
    } catch (CharacterCodingException e) {
      throw new RefusedBodyException(SC_BAD_REQUEST);
    }
  }

  /**
   * Reads the whole body as it came.
   *
   * @param largest how many bytes it may have
   * @return its bytes, or null if there are none
   * @throws RefusedBodyException 413 if it is too large, 415 if it is not said to be plain JSON in
   *     UTF-8, 400 if it does not arrive whole
   */
  static byte[] bytes(HttpServletRequest request, int largest) throws RefusedBodyException {
    if (request.getContentLengthLong() > largest) {
      throw new RefusedBodyException(SC_REQUEST_ENTITY_TOO_LARGE);
    }
    byte[] body = receive(request, largest);
    if (body.length == 0) {
      return null;
    }
    if (body.length > largest) {
      throw new RefusedBodyException(SC_REQUEST_ENTITY_TOO_LARGE);
    }
    if (request.getHeader("Content-Encoding") != null || !isJson(request)) {
      throw new RefusedBodyException(SC_UNSUPPORTED_MEDIA_TYPE);
    }
    return body;
  }

  /**
   * {@link PromptHttpProtocol} ends a body that does not arrive in time. What is received into
   * grows with it: who only promises a body gets no memory for it.
   */
  private static byte[] receive(HttpServletRequest request, int largest)
      throws RefusedBodyException {
    ByteArrayOutputStream body = new ByteArrayOutputStream(0);
    byte[] part = new byte[512];
    try {
      ServletInputStream input = request.getInputStream();
      int read = input.read(part);
      while (read > 0 && body.size() <= largest) {
        body.write(part, 0, read);
        read = input.read(part);
      }
      return body.toByteArray();
    } catch (IOException e) {
      throw new RefusedBodyException(SC_BAD_REQUEST);
    }
  }

  private static boolean isJson(HttpServletRequest request) {
    List<String> types = Collections.list(request.getHeaders("Content-Type"));
    if (types.size() != 1) {
      return false;
    }
    try {
      MediaType type = MediaType.parseMediaType(types.get(0));
      return type.equalsTypeAndSubtype(MediaType.APPLICATION_JSON)
          && (type.getCharset() == null || type.getCharset().equals(StandardCharsets.UTF_8));
    } catch (InvalidMediaTypeException e) {
      return false;
    }
  }
}
