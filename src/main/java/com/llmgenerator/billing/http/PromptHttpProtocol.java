package com.llmgenerator.billing.http;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.coyote.Adapter;
import org.apache.coyote.ErrorState;
import org.apache.coyote.Processor;
import org.apache.coyote.Request;
import org.apache.coyote.RequestInfo;
import org.apache.coyote.Response;
import org.apache.coyote.http11.Http11InputBuffer;
import org.apache.coyote.http11.Http11NioProtocol;
import org.apache.coyote.http11.Http11Processor;
import org.apache.tomcat.util.http.MimeHeaders;
import org.apache.tomcat.util.net.AbstractEndpoint.Handler.SocketState;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.SocketEvent;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.apache.tomcat.util.res.StringManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * HTTP/1.1 for callers who do not dawdle: the head of a request must arrive within 5 s of its first
 * byte, its body within 5 s of its head, whether a route reads it or Tomcat skips it, and its
 * answer must be read within 20 s of its head. Tomcat's own time-out is for one read or write: a
 * caller who sends or takes a byte now and then could stay for ever, and keep the thread that waits
 * for it.
 *
 * <p>Tomcat makes it by its class name.
 */
public final class PromptHttpProtocol extends Http11NioProtocol {
  /**
   * Attribute of a request whose head was too large to be read: its answer is 431 (RFC 6585,
   * section 5), for which Tomcat has no status of its own.
   */
  public static final String HEAD_TOO_LARGE = "billing.headTooLarge";

  private static final Logger LOG = LoggerFactory.getLogger(PromptHttpProtocol.class);
  private static final Duration LONGEST_HEAD = Duration.ofSeconds(5);
  private static final Duration LONGEST_BODY = Duration.ofSeconds(5);
  // After the body and portal.deadline, at most 10 s, there are 5 s to read the answer.
  private static final Duration LONGEST_ANSWER = Duration.ofSeconds(20);

  /** A connection holds its buffers while its caller dawdles: requests and answers are small. */
  public PromptHttpProtocol() {
    setProperty("socket.appReadBufSize", "4096");
    setProperty("socket.appWriteBufSize", "2048");
  }

  @Override
  protected Processor createProcessor() {
    return new PromptProcessor(this);
  }

  private static final class PromptProcessor extends Http11Processor {
    private final PromptHttpProtocol protocol;
    private final Adapter application;
    // What Tomcat says of a head that is too large, and of too many headers.
    private final Set<String> headTooLarge;
    private SocketWrapperBase<?> arriving;
    private long arrivingSince;
    private Future<?> bodyGuard;
    private Future<?> answerGuard;

    PromptProcessor(PromptHttpProtocol protocol) {
      super(protocol, protocol.getAdapter());
      this.protocol = protocol;
      this.application = new GuardedApplication(protocol.getAdapter(), this);
      this.headTooLarge =
          Set.of(
              StringManager.getManager(Http11InputBuffer.class)
                  .getString("iib.requestheadertoolarge.error"),
              StringManager.getManager(MimeHeaders.class)
                  .getString("headers.maxCountFail", protocol.getMaxHeaderCount()));
    }

    @Override
    public Adapter getAdapter() {
      return application;
    }

    /** Called when bytes arrive: answers requests, and returns what to do with the connection. */
    @Override
    public SocketState service(SocketWrapperBase<?> socket) throws IOException {
      RequestInfo requests = request.getRequestProcessor();
      int answeredBefore = requests.getRequestCount();
      long now = System.nanoTime();
      SocketState state = super.service(socket);
      endGuards();
      boolean answered = requests.getRequestCount() != answeredBefore;
      boolean inHead = state == SocketState.LONG || state == SocketState.OPEN && !answered;
      if (!inHead || isAsync()) {
        arriving = null;
        return state;
      }
      if (arriving != socket || answered) {
        arriving = socket;
        arrivingSince = now;
      }
      // LONG after blank lines too: this object, which knows the time, stays with the connection.
      return now - arrivingSince > LONGEST_HEAD.toNanos() ? SocketState.CLOSED : SocketState.LONG;
    }

    @Override
    protected void setErrorState(ErrorState state, Throwable cause) {
      super.setErrorState(state, cause);
      if (cause != null && headTooLarge.contains(String.valueOf(cause.getMessage()))) {
        request.setAttribute(HEAD_TOO_LARGE, true);
      }
    }

    private void startGuards() {
      endGuards();
      SocketChannel connection = ((NioChannel) getSocketWrapper().getSocket()).getIOChannel();
      if (!isRequestBodyFullyRead()) {
        bodyGuard = after(LONGEST_BODY, () -> endInput(connection));
      }
      answerGuard = after(LONGEST_ANSWER, () -> endOutput(connection));
    }

    private Future<?> after(Duration time, Runnable end) {
      return protocol.getUtilityExecutor().schedule(end, time.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void endGuards() {
      if (bodyGuard != null) {
        bodyGuard.cancel(false);
        bodyGuard = null;
      }
      if (answerGuard != null) {
        answerGuard.cancel(false);
        answerGuard = null;
      }
    }

    /** Whoever waits for a caller to read is told that nobody does. */
    private static void endOutput(SocketChannel connection) {
      try {
        connection.shutdownOutput();
      } catch (IOException e) {
        LOG.debug("The caller is gone", e);
      }
    }

    /** Whoever waits for more of the body is told that there is no more; an answer can still go. */
    private void endInput(SocketChannel connection) {
      try {
        if (!isRequestBodyFullyRead()) {
          connection.shutdownInput();
        }
      } catch (IOException e) {
        LOG.debug("The caller is gone", e);
      }
    }
  }

  /** The application, with guards over the body and the answer of each request. */
  private record GuardedApplication(Adapter application, PromptProcessor processor)
      implements Adapter {
    @Override
    public void service(Request request, Response response) throws Exception {
      processor.startGuards();
      application.service(request, response);
    }

    @Override
    public boolean prepare(Request request, Response response) throws Exception {
      return application.prepare(request, response);
    }

    @Override
    public boolean asyncDispatch(Request request, Response response, SocketEvent event)
        throws Exception {
      return application.asyncDispatch(request, response, event);
    }

    @Override
    public void log(Request request, Response response, long time) {
      application.log(request, response, time);
    }

    @Override
    public void checkRecycled(Request request, Response response) {
      application.checkRecycled(request, response);
    }

    @Override
    public String getDomain() {
      return application.getDomain();
    }
  }
}
