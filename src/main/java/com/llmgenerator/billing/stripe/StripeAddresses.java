package com.llmgenerator.billing.stripe;

import com.llmgenerator.billing.http.Deadline;
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

/**
 * Finds Stripe's addresses within a second, however long the machine's resolver would wait for name
 * servers that are silent: a request has less time. While none answers, the addresses that were
 * found last serve; who is there must show Stripe's certificate anyway.
 *
 * <p>All who ask at the same time share one search, so that no more than one thread waits.
 */
final class StripeAddresses implements DnsResolver {
  private static final Duration LONGEST = Duration.ofSeconds(1);

  private final DnsResolver machine;
  private final Map<String, InetAddress[]> found = new ConcurrentHashMap<>();
  private final Map<String, CompletableFuture<InetAddress[]>> searches = new ConcurrentHashMap<>();

  /**
   * @param machine the machine's resolver
   */
  StripeAddresses(DnsResolver machine) {
    this.machine = machine;
  }

  @Override
  public InetAddress[] resolve(String host) throws UnknownHostException {
    InetAddress[] addresses = search(host);
    if (addresses == null) {
      addresses = found.get(host);
    }
    if (addresses == null) {
      throw new UnknownHostException(host);
    }
    return addresses;
  }

  /** The addresses, or null if there is no answer in time. */
  private InetAddress[] search(String host) {
    try {
      long nanos = Math.min(Deadline.left(LONGEST).toNanos(), LONGEST.toNanos());
      return searches.computeIfAbsent(host, this::begin).get(nanos, TimeUnit.NANOSECONDS);
    } catch (TimeoutException | ExecutionException e) {
      return null;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return null;
    }
  }

  private CompletableFuture<InetAddress[]> begin(String host) {
    CompletableFuture<InetAddress[]> search = new CompletableFuture<>();
    Thread thread = new Thread(() -> find(host, search), "stripe-addresses");
    thread.setDaemon(true);
    thread.start();
    return search;
  }

  private void find(String host, CompletableFuture<InetAddress[]> search) {
    try {
      InetAddress[] addresses = machine.resolve(host);
      found.put(host, addresses);
      search.complete(addresses);
    } catch (UnknownHostException | RuntimeException e) {
      search.completeExceptionally(e);
    } finally {
      searches.remove(host, search);
    }
  }

  @Override
  public String resolveCanonicalHostname(String host) throws UnknownHostException {
    return machine.resolveCanonicalHostname(host);
  }
}
