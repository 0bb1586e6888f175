package com.llmgenerator.billing.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.llmgenerator.billing.it.Caller.Answer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Sends a portal the bytes that no HTTP client would send, and reads whatever comes back. */
final class Wire {
  private static final int LONGEST_WAIT_MILLIS = 10_000;

  private Wire() {}

  /** As {@link #send(PackagedPortal, byte[])}; each character is one byte. */
  static List<Answer> send(PackagedPortal portal, String request) {
    return send(portal, request.getBytes(ISO_8859_1));
  }

  /**
   * Sends bytes on a connection of their own and then their end.
   *
   * @return the answers until the portal closes the connection: as many as it saw requests, and
   *     none if it just closed
   */
  static List<Answer> send(PackagedPortal portal, byte[] request) {
    return parse(received(portal.port(), request));
  }

  /** What comes back as it is; each character is one byte. */
  static String received(int port, byte[] request) {
    ByteArrayOutputStream received = new ByteArrayOutputStream();
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(LONGEST_WAIT_MILLIS);
      try {
        socket.getOutputStream().write(request);
        socket.shutdownOutput();
      } catch (IOException e) {
        // It hung up before it had read everything; what it answered can still be read.
      }
      try {
        socket.getInputStream().transferTo(received);
      } catch (SocketTimeoutException e) {
        throw new AssertionError("The portal keeps the connection open", e);
      } catch (IOException e) {
        // It hung up while bytes were under way.
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return received.toString(ISO_8859_1);
  }

  /** The answers that a text consists of. */
  static List<Answer> parse(String text) {
    List<Answer> answers = new ArrayList<>();
    int at = 0;
    while (at < text.length()) {
      int end = text.indexOf("\r\n\r\n", at);
      if (end < 0 || !text.startsWith("HTTP/1.1 ", at)) {
        throw new AssertionError("No HTTP/1.1: " + text.substring(at));
      }
      String[] lines = text.substring(at, end).split("\r\n");
      int status = Integer.parseInt(lines[0].substring(9, 12));
      Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
      for (int i = 1; i < lines.length; i++) {
        String[] field = lines[i].split(": ", 2);
        headers.computeIfAbsent(field[0], name -> new ArrayList<>()).add(field[1]);
      }
      at = end + 4;
      if (status >= 200) {
        List<String> length = headers.get("Content-Length");
        if (length == null || length.size() != 1) {
          throw new AssertionError("An answer without its length: " + text);
        }
        int bodyEnd = Math.min(at + Integer.parseInt(length.get(0)), text.length());
        answers.add(new Answer(status, headers, text.substring(at, bodyEnd)));
        at = bodyEnd;
      }
    }
    return answers;
  }
}
