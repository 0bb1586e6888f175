package com.llmgenerator.billing.stripe;

import com.llmgenerator.billing.request.Deadline;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.hc.client5.http.DnsResolver;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds Stripe's addresses within a second, however long the machine's resolver would wait for name
 * servers that are silent: a request has less time, and no connect time-out covers it. While it
 * finds none, the addresses that were found last serve; who is there must show Stripe's certificate
 * anyway. From JDK 25 on {@code networkaddress.cache.stale.ttl} does the latter.
 *
 * <p>All who ask at the same time share one search, so that one thread at most hangs in the
 * resolver.
 */
final class StripeAddresses implements DnsResolver {
  private static final Logger LOG = LoggerFactory.getLogger(StripeAddresses.class);
  private static final Duration LONGEST = Duration.ofSeconds(1);

  private final DnsResolver machine;
  private final Map<String, InetAddress[]> found = new ConcurrentHashMap<>();
  private final Map<String, Future<InetAddress[]>> searches = new ConcurrentHashMap<>();
  private final ExecutorService searcher =
      Executors.newSingleThreadExecutor(
          search -> {
            Thread thread = new Thread(search, "stripe-addresses");
            thread.setDaemon(true);
            return thread;
          });

  StripeAddresses(DnsResolver machine) {
    this.machine = machine;
  }

  @Override
  public InetAddress[] resolve(String host) throws UnknownHostException {
    String failure;
    try {
      Duration left = Deadline.left(LONGEST);
      return searches
          .compute(host, (name, last) -> last == null || last.isDone() ? search(name) : last)
          .get(Math.min(left.toNanos(), LONGEST.toNanos()), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      failure = host + ": no name server answers";
    } catch (ExecutionException e) {
      failure = e.getCause().getMessage();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      failure = host + ": interrupted";
    }
    InetAddress[] last = found.get(host);
    if (last == null) {
      throw new UnknownHostException(failure);
    }
    LOG.warn("Stripe's addresses are not found, those found last serve: {}", failure);
    return last;
  }

  private Future<InetAddress[]> search(String host) {
    return searcher.submit(
        () -> {
          InetAddress[] addresses = machine.resolve(host);
          found.put(host, addresses);
          return addresses;
        });
  }

  @Override
  public String resolveCanonicalHostname(String host) throws UnknownHostException {
    return machine.resolveCanonicalHostname(host);
  }
}
