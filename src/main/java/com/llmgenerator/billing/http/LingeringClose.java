package com.llmgenerator.billing.http;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;

/**
 * Reads on after the last answer until the caller has stopped sending, and only then completes its
 * request, so that the connection is closed: earlier a reset would overtake the answer.
 */
final class LingeringClose implements Callback {
  private static final int MOST_BYTES = 2 * 1024 * 1024;

  private final EndPoint endPoint;
  private final Callback request;
  private final ByteBuffer discarded = BufferUtil.allocate(1024);
  private int bytes;

  LingeringClose(EndPoint endPoint, Callback request) {
    this.endPoint = endPoint;
    this.request = request;
  }

  /** There is something to read, or the end of it. */
  @Override
  public void succeeded() {
    try {
      int filled;
      do {
        BufferUtil.clear(discarded);
        filled = endPoint.fill(discarded);
        bytes += filled;
      } while (filled > 0 && bytes < MOST_BYTES);
      if (filled != 0 || !endPoint.tryFillInterested(this)) {
        request.succeeded();
      }
    } catch (IOException e) {
      request.failed(e);
    }
  }

  @Override
  public void failed(Throwable failure) {
    request.failed(failure);
  }

  @Override
  public InvocationType getInvocationType() {
    return InvocationType.NON_BLOCKING;
  }
}
