package com.llmgenerator.billing.http;

import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpRequestDecoder;

/**
 * Decodes requests whose first line is exactly as RFC 9112, section 3, has it: three words with one
 * space between them, the last of them {@code HTTP/1.1} or {@code HTTP/1.0}. The decoder itself
 * skips other white space and takes other cases, where a proxy may have seen another request.
 */
final class RequestDecoder extends HttpRequestDecoder {
  private static final int LONGEST_LINE = 8 * 1024;
  private static final int LARGEST_HEADERS = 16 * 1024;
  private static final int LARGEST_PART = 8 * 1024;

  private int wordsEnd;

  RequestDecoder() {
    super(
        new HttpDecoderConfig()
            .setMaxInitialLineLength(LONGEST_LINE)
            .setMaxHeaderSize(LARGEST_HEADERS)
            .setMaxChunkSize(LARGEST_PART));
  }

  @Override
  protected String splitFirstWordInitialLine(byte[] line, int start, int length) {
    demand(start == 0);
    wordsEnd = length;
    return super.splitFirstWordInitialLine(line, start, length);
  }

  @Override
  protected String splitSecondWordInitialLine(byte[] line, int start, int length) {
    follows(line, start, length);
    return super.splitSecondWordInitialLine(line, start, length);
  }

  @Override
  protected String splitThirdWordInitialLine(byte[] line, int start, int length) {
    follows(line, start, length);
    String version = super.splitThirdWordInitialLine(line, start, length);
    demand(version.equals("HTTP/1.1") || version.equals("HTTP/1.0"));
    return version;
  }

  private void follows(byte[] line, int start, int length) {
    demand(start == wordsEnd + 1 && line[wordsEnd] == ' ');
    wordsEnd = start + length;
  }

  private static void demand(boolean fulfilled) {
    if (!fulfilled) {
      throw new IllegalArgumentException("Not a request line");
    }
  }
}
