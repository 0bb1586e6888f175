package com.llmgenerator.billing.stripe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.SystemDefaultDnsResolver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class StripeAddressesTest {
  private static final String HOST = "api.stripe.com";
  private static final byte[] ADDRESS = {(byte) 198, 51, 100, 7};

  private final NameServer names = new NameServer();
  private final StripeAddresses addresses = new StripeAddresses(names);

  @AfterEach
  void answer() {
    names.silence.countDown();
  }

  @Test
  void areTheMachines() throws UnknownHostException {
    assertThat(new StripeAddresses(SystemDefaultDnsResolver.INSTANCE).resolve("localhost"))
        .isEqualTo(InetAddress.getAllByName("localhost"));
  }

  @Test
  void areNotWaitedForWhileNameServersAreSilent() {
    names.is = Quality.SILENT;
    Instant begin = Instant.now();

    assertThatThrownBy(() -> addresses.resolve(HOST))
        .isInstanceOf(UnknownHostException.class)
        .hasMessage(HOST + ": no name server answers");
    assertThat(Duration.between(begin, Instant.now()))
        .isBetween(Duration.ofSeconds(1), Duration.ofSeconds(5));
  }

  @Test
  void areSearchedOnceForAllWhoAsk() throws Exception {
    names.is = Quality.SILENT;
    ExecutorService callers = Executors.newFixedThreadPool(20);
    try {
      List<Future<?>> asked =
          IntStream.range(0, 20)
              .<Future<?>>mapToObj(caller -> callers.submit(() -> addresses.resolve(HOST)))
              .toList();
      for (Future<?> future : asked) {
        assertThatThrownBy(future::get).hasCauseInstanceOf(UnknownHostException.class);
      }
    } finally {
      callers.shutdownNow();
    }
    assertThat(names.asked).hasValue(1);
  }

  @Test
  void areThoseFoundLastWhileNoneAreFound() throws UnknownHostException {
    Logger log = (Logger) LoggerFactory.getLogger(StripeAddresses.class);
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    lines.start();
    log.addAppender(lines);
    try {
      assertFound();
      names.is = Quality.FAILING;
      assertFound();
      names.is = Quality.SILENT;
      assertFound();
    } finally {
      log.detachAppender(lines);
    }
    assertThat(lines.list)
        .extracting(ILoggingEvent::getFormattedMessage)
        .containsExactly(
            "Stripe's addresses are not found, those found last serve: api.stripe.com: Temporary"
                + " failure in name resolution",
            "Stripe's addresses are not found, those found last serve: api.stripe.com: no name"
                + " server answers");
  }

  @Test
  void areSearchedAnewAfterAFailure() throws UnknownHostException {
    names.is = Quality.FAILING;
    assertThatThrownBy(() -> addresses.resolve(HOST))
        .isInstanceOf(UnknownHostException.class)
        .hasMessage(HOST + ": Temporary failure in name resolution");
    names.is = Quality.GOOD;
    assertFound();
  }

  private void assertFound() throws UnknownHostException {
    assertThat(addresses.resolve(HOST)).containsExactly(InetAddress.getByAddress(ADDRESS));
  }

  private enum Quality {
    GOOD,
    FAILING,
    SILENT
  }

  /** The machine's resolver, with what can ail it. */
  private static final class NameServer implements DnsResolver {
    private final AtomicInteger asked = new AtomicInteger();
    private final CountDownLatch silence = new CountDownLatch(1);
    private volatile Quality is = Quality.GOOD;

    @Override
    public InetAddress[] resolve(String host) throws UnknownHostException {
      asked.incrementAndGet();
      if (is == Quality.SILENT) {
        await();
      }
      if (is != Quality.GOOD) {
        throw new UnknownHostException(host + ": Temporary failure in name resolution");
      }
      return new InetAddress[] {InetAddress.getByAddress(ADDRESS)};
    }

    private void await() {
      try {
        silence.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    @Override
    public String resolveCanonicalHostname(String host) {
      throw new UnsupportedOperationException("Nobody asks for it");
    }
  }
}
