package com.llmgenerator.billing.http;

import java.io.ByteArrayOutputStream;
import java.util.function.Consumer;
import org.eclipse.jetty.http.Trailers;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.thread.Invocable;

/**
 * A body that is received without a thread, into memory that grows with it: who only promises a
 * body gets none. {@code Content.Source.asByteArrayAsync} takes as much as may come for the first
 * byte, and keeps the buffers of 2 KiB in which others arrive.
 */
final class Body implements Invocable.Task {
  private final Request request;
  private final TimedEndPoint endPoint;
  private final int largest;
  private final Consumer<byte[]> whole;
  private final Consumer<RejectedRequest> rejected;
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(0);

  /**
   * @param largest how many bytes it may have
   * @param whole takes its bytes
   * @param rejected takes why it cannot be received
   */
  Body(Request request, int largest, Consumer<byte[]> whole, Consumer<RejectedRequest> rejected) {
    this.request = request;
    this.endPoint = TimedEndPoint.of(request);
    this.largest = largest;
    this.whole = whole;
    this.rejected = rejected;
    // Else Jetty would read on from the thread that ends it, while another reads.
    request.addIdleTimeoutListener(timeout -> false);
  }

  /** Takes what is there, and waits for more. */
  @Override
  public void run() {
    while (true) {
      Content.Chunk chunk = request.read();
      if (chunk == null) {
        request.demand(this);
        if (endPoint.isEnded()) {
          endPoint.rejectBody();
        }
        return;
      }
      RejectedRequest wrong = take(chunk);
      chunk.release();
      if (wrong != null) {
        rejected.accept(wrong);
        return;
      }
      if (chunk.isLast()) {
        whole.accept(bytes.toByteArray());
        return;
      }
    }
  }

  private RejectedRequest take(Content.Chunk chunk) {
    if (endPoint.isEnded()) {
      return RejectedRequest.BUSY;
    }
    if (Content.Chunk.isFailure(chunk)
        || chunk instanceof Trailers trailers && !HeaderRules.areSmall(trailers.getTrailers())) {
      return RejectedRequest.MALFORMED;
    }
    endPoint.received().wereContent(chunk.getByteBuffer());
    byte[] part = new byte[chunk.remaining()];
    if (part.length > largest - bytes.size()) {
      return RejectedRequest.BODY_TOO_LARGE;
    }
    chunk.get(part, 0, part.length);
    bytes.writeBytes(part);
    return null;
  }

  @Override
  public InvocationType getInvocationType() {
    return InvocationType.NON_BLOCKING;
  }
}
