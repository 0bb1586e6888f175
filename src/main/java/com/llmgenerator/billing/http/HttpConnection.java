package com.llmgenerator.billing.http;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.DateFormatter;
import io.netty.handler.codec.PrematureChannelClosureException;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Date;
import java.util.Optional;
import java.util.Queue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection whose caller does not dawdle: the head of a request must arrive within 5 s of its
 * first byte, its body within 5 s of its head, and its answer must be read within 20 s of its head.
 * Requests of one connection are answered one after the other; of those that are sent ahead only
 * some are kept, and the connection is closed after these. A connection that is closed while its
 * caller still sends is closed in two steps, so that the answer is not lost on the way.
 */
final class HttpConnection extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(HttpConnection.class);
  private static final Duration LONGEST_HEAD = Duration.ofSeconds(5);
  private static final Duration LONGEST_BODY = Duration.ofSeconds(5);
  // After the body and portal.deadline, at most 10 s, there are 5 s to read the answer.
  private static final Duration LONGEST_ANSWER = Duration.ofSeconds(20);
  private static final Duration LONGEST_SILENCE = Duration.ofSeconds(10);
  // Longer than proxies keep theirs, so that none is closed while a request is on its way.
  private static final Duration LONGEST_REST = Duration.ofSeconds(75);
  private static final Duration LONGEST_FAREWELL = Duration.ofSeconds(2);
  private static final int LARGEST_REST = 2 * 1024 * 1024;

  /**
   * Heads and parts of bodies: what a caller sends ahead takes many times the room of its bytes.
   */
  private static final int MOST_WAITING = 50;

  /** What the connection waits for. */
  private enum Phase {
    REQUEST,
    HEAD,
    BODY,
    ANSWER,
    FAREWELL
  }

  private final HttpListener listener;
  private final HttpService service;
  private final Queue<Object> waiting = new ArrayDeque<>();
  private Channel channel;
  private volatile Phase phase;
  private volatile long since;
  private volatile long deadline;
  private HttpCall call;
  private Refusal refusal;
  private boolean inputEnded;
  private boolean overfull;
  private boolean takingOut;
  private int rest;

  HttpConnection(HttpListener listener, HttpService service) {
    this.listener = listener;
    this.service = service;
  }

  /** Stands before the decoder, which does not tell when a head begins. */
  final class Arrival extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object bytes) {
      if (phase == Phase.REQUEST) {
        await(Phase.HEAD, System.nanoTime(), LONGEST_HEAD);
      }
      context.fireChannelRead(bytes);
    }
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    channel = context.channel();
    await(Phase.REQUEST, System.nanoTime(), LONGEST_SILENCE);
    listener.opened(this);
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    listener.closed(this);
    if (call != null) {
      call.end();
    }
    waiting.forEach(ReferenceCountUtil::release);
    waiting.clear();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object part) {
    if (waiting.size() == MOST_WAITING) {
      overfull = true;
    }
    if (overfull) {
      ReferenceCountUtil.release(part);
      return;
    }
    waiting.add(part);
    takeOut();
    if (!waiting.isEmpty()) {
      channel.config().setAutoRead(false);
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof ChannelInputShutdownEvent) {
      inputEnded = true;
      if (phase == Phase.BODY) {
        refuse(Refusal.MALFORMED);
      } else if (phase != Phase.ANSWER) {
        channel.close();
      }
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable failure) {
    if (failure instanceof IOException) {
      LOG.debug("The caller is gone", failure);
    } else {
      LOG.error("A connection failed", failure);
    }
    channel.close();
  }

  /** Sends the answer of a call; for any thread. */
  void answer(HttpCall answered, Answer answer) {
    if (channel.eventLoop().inEventLoop()) {
      send(answered, answer);
    } else {
      channel.eventLoop().execute(() -> send(answered, answer));
    }
  }

  /** Ends what takes too long; for any thread. */
  void expire(long now) {
    if (now - deadline >= 0) {
      channel.eventLoop().execute(this::giveUp);
    }
  }

  /** Ends the connection once it has answered what it was asked; for any thread. */
  void endWhenIdle() {
    channel
        .eventLoop()
        .execute(
            () -> {
              if (phase == Phase.REQUEST) {
                channel.close();
              }
            });
  }

  /** For how many nanoseconds it has asked nothing; negative if it asks something now. */
  long rested(long now) {
    return phase == Phase.REQUEST ? Math.max(0, now - since) : -1;
  }

  void close() {
    channel.close();
  }

  private void giveUp() {
    if (System.nanoTime() - deadline < 0) {
      return;
    }
    if (phase == Phase.BODY) {
      refuse(Refusal.MALFORMED);
    } else {
      channel.close();
    }
  }

  private void await(Phase next, long begin, Duration longest) {
    phase = next;
    since = begin;
    deadline = begin + longest.toNanos();
  }

  /** Takes out what arrived, until there is nothing left or an answer must come before. */
  private void takeOut() {
    if (takingOut) {
      return;
    }
    takingOut = true;
    while (phase != Phase.ANSWER && !waiting.isEmpty()) {
      Object part = waiting.remove();
      try {
        take(part);
      } finally {
        ReferenceCountUtil.release(part);
      }
    }
    takingOut = false;
  }

  private void take(Object part) {
    if (phase == Phase.FAREWELL) {
      rest += part instanceof HttpContent content ? content.content().readableBytes() : 1;
      if (rest > LARGEST_REST) {
        channel.close();
      }
      return;
    }
    if (part instanceof HttpRequest head) {
      takeHead(head);
    }
    if (part instanceof HttpContent content && phase == Phase.BODY) {
      takeBody(content);
    }
  }

  private void takeHead(HttpRequest head) {
    if (head.decoderResult().cause() instanceof PrematureChannelClosureException) {
      channel.close();
      return;
    }
    call = new HttpCall(this, head);
    await(Phase.BODY, call.begunNanos(), LONGEST_BODY);
    refusal = null;
    Optional<Refusal> wrong = HeadRules.check(head);
    if (wrong.isPresent()) {
      refuse(wrong.get());
      return;
    }
    refusal = service.receive(call).orElse(null);
    long length = HttpUtil.getContentLength(head, 0L);
    boolean withoutBody = length == 0 && !HttpUtil.isTransferEncodingChunked(head);
    if (refusal == null && !call.takes(length)) {
      refusal = Refusal.BODY_TOO_LARGE;
    }
    if (refusal != null && !withoutBody) {
      refuse(refusal);
    } else if (HttpUtil.is100ContinueExpected(head)) {
      channel.writeAndFlush(
          new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE));
    }
  }

  private void takeBody(HttpContent content) {
    if (content.decoderResult().isFailure()) {
      refuse(Refusal.MALFORMED);
    } else if (content.content().isReadable()
        && !call.add(ByteBufUtil.getBytes(content.content()))) {
      refuse(Refusal.BODY_TOO_LARGE);
    } else if (content instanceof LastHttpContent) {
      await(Phase.ANSWER, call.begunNanos(), LONGEST_ANSWER);
      if (refusal == null) {
        service.serve(call);
      } else {
        refuse(refusal);
      }
    }
  }

  private void refuse(Refusal why) {
    service.refused(call, why);
    send(call, Answer.refusal(why, call.id()));
  }

  private void send(HttpCall answered, Answer answer) {
    answered.end();
    if (answered != call) {
      return;
    }
    boolean last =
        phase != Phase.ANSWER
            || !HttpUtil.isKeepAlive(answered.head())
            || HeadRules.isHttp10(answered.head())
            || listener.isEnding();
    FullHttpResponse response = response(answered, answer, last);
    await(Phase.ANSWER, answered.begunNanos(), LONGEST_ANSWER);
    call = null;
    channel.writeAndFlush(response).addListener((ChannelFuture sent) -> sent(sent, last));
  }

  private FullHttpResponse response(HttpCall answered, Answer answer, boolean last) {
    FullHttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            HttpResponseStatus.valueOf(answer.status()),
            answered.method().equals("HEAD")
                ? Unpooled.EMPTY_BUFFER
                : Unpooled.wrappedBuffer(answer.body()));
    HttpHeaders headers = response.headers();
    answer.headers().forEach(headers::set);
    headers.set(RequestLog.ID_HEADER, answered.id());
    headers.set("Date", DateFormatter.format(new Date()));
    if (answer.status() != HttpResponseStatus.NO_CONTENT.code()) {
      headers.set("Content-Length", String.valueOf(answer.body().length));
    }
    if (last) {
      headers.set("Connection", "close");
    }
    service.complete(answered, headers);
    return response;
  }

  private void sent(ChannelFuture sent, boolean last) {
    if (!sent.isSuccess()) {
      channel.close();
    } else if (last) {
      sayFarewell();
    } else {
      await(Phase.REQUEST, System.nanoTime(), LONGEST_REST);
      takeOut();
      goOn();
    }
  }

  private void goOn() {
    if (!waiting.isEmpty()) {
      return;
    }
    if (phase == Phase.REQUEST && (inputEnded || listener.isEnding())) {
      channel.close();
    } else if (overfull && phase != Phase.ANSWER) {
      sayFarewell();
    } else if (phase == Phase.BODY && inputEnded) {
      refuse(Refusal.MALFORMED);
    } else if (!channel.config().isAutoRead()) {
      channel.config().setAutoRead(true);
    }
  }

  private void sayFarewell() {
    if (inputEnded) {
      channel.close();
      return;
    }
    await(Phase.FAREWELL, System.nanoTime(), LONGEST_FAREWELL);
    ((DuplexChannel) channel).shutdownOutput();
    takeOut();
    channel.config().setAutoRead(true);
  }
}
