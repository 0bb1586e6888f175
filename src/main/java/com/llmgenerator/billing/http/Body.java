package com.llmgenerator.billing.http;

import java.io.ByteArrayOutputStream;
import java.util.function.Consumer;
import org.eclipse.jetty.http.Trailers;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.util.thread.Invocable;

/**
 * A body that is received without a thread, into memory that grows with it: who only promises a
 * body gets none. {@code Content.Source.asByteArrayAsync} takes as much as may come for the first
 * byte, and keeps the buffers of 2 KiB in which others arrive.
 */
final class Body implements Invocable.Task {
  private final Call call;
  private final int largest;
  private final Consumer<byte[]> whole;
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(0);

  /**
   * @param whole takes its bytes; what cannot be received is rejected
   */
  Body(Call call, int largest, Consumer<byte[]> whole) {
    this.call = call;
    this.largest = largest;
    this.whole = whole;
    // Else Jetty would read on from the thread that ends it, while another reads.
    call.request().addIdleTimeoutListener(timeout -> false);
  }

  /** Takes what is there, and waits for more. */
  @Override
  public void run() {
    while (true) {
      Content.Chunk chunk = call.request().read();
      if (chunk == null) {
        call.request().demand(this);
        if (call.endPoint().ended) {
          call.endPoint().rejectBody();
        }
        return;
      }
      RejectedRequest wrong = take(chunk);
      chunk.release();
      if (wrong != null) {
        call.reject(wrong, true);
        return;
      }
      if (chunk.isLast()) {
        whole.accept(bytes.toByteArray());
        return;
      }
    }
  }

  private RejectedRequest take(Content.Chunk chunk) {
    if (call.endPoint().ended) {
      return RejectedRequest.BUSY;
    }
    if (Content.Chunk.isFailure(chunk)
        || chunk instanceof Trailers trailers && !HeaderRules.areSmall(trailers.getTrailers())) {
      return RejectedRequest.MALFORMED;
    }
    call.endPoint().received.wereContent(chunk.getByteBuffer());
    if (chunk.remaining() > largest - bytes.size()) {
      return RejectedRequest.BODY_TOO_LARGE;
    }
    byte[] part = new byte[chunk.remaining()];
    chunk.get(part, 0, part.length);
    bytes.writeBytes(part);
    return null;
  }

  @Override
  public InvocationType getInvocationType() {
    return InvocationType.NON_BLOCKING;
  }
}
