package com.llmgenerator.billing.stripe;

import com.llmgenerator.billing.request.Deadline;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.SystemDefaultDnsResolver;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds Stripe's addresses within a second, however long the machine's resolver would wait for name
 * servers that are silent: a request has less time. While it finds none, the addresses that were
 * found last serve; who is there must show Stripe's certificate anyway.
 *
 * <p>All who ask at the same time share one search, so that one thread at most hangs in the
 * resolver.
 */
final class StripeAddresses implements DnsResolver {
  private static final Logger LOG = LoggerFactory.getLogger(StripeAddresses.class);
  private static final Duration LONGEST = Duration.ofSeconds(1);

  private final DnsResolver machine;
  private final Map<String, InetAddress[]> found = new ConcurrentHashMap<>();
  private final Map<String, CompletableFuture<InetAddress[]>> searches = new ConcurrentHashMap<>();

  StripeAddresses() {
    this(SystemDefaultDnsResolver.INSTANCE);
  }

  /**
   * @param machine the machine's resolver
   */
  StripeAddresses(DnsResolver machine) {
    this.machine = machine;
  }

  @Override
  public InetAddress[] resolve(String host) throws UnknownHostException {
    try {
      return search(host);
    } catch (UnknownHostException e) {
      InetAddress[] last = found.get(host);
      if (last == null) {
        throw e;
      }
      LOG.warn("Stripe's addresses are not found, those found last serve: {}", e.getMessage());
      return last;
    }
  }

  private InetAddress[] search(String host) throws UnknownHostException {
    CompletableFuture<InetAddress[]> search = searches.computeIfAbsent(host, this::begin);
    try {
      long nanos = Math.min(Deadline.left(LONGEST).toNanos(), LONGEST.toNanos());
      return search.get(nanos, TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw new UnknownHostException(host + ": no name server answers");
    } catch (ExecutionException e) {
      throw new UnknownHostException(e.getCause().getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UnknownHostException(host + ": interrupted");
    } finally {
      if (search.isDone()) {
        searches.remove(host, search);
      }
    }
  }

  private CompletableFuture<InetAddress[]> begin(String host) {
    CompletableFuture<InetAddress[]> search = new CompletableFuture<>();
    Thread thread = new Thread(() -> find(host, search), "stripe-addresses");
    thread.setDaemon(true);
    try {
      thread.start();
    } catch (OutOfMemoryError e) {
      // The system gives no more threads.
      search.completeExceptionally(e);
    }
    return search;
  }

  private void find(String host, CompletableFuture<InetAddress[]> search) {
    try {
      InetAddress[] addresses = machine.resolve(host);
      found.put(host, addresses);
      searches.remove(host, search);
      search.complete(addresses);
    } catch (UnknownHostException | RuntimeException e) {
      searches.remove(host, search);
      search.completeExceptionally(e);
    }
  }

  @Override
  public String resolveCanonicalHostname(String host) throws UnknownHostException {
    return machine.resolveCanonicalHostname(host);
  }
}
