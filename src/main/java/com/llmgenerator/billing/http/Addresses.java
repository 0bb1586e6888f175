package com.llmgenerator.billing.http;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The addresses that {@code routes/10-portal-api.camel.yaml} names, and who answers there. There is
 * one spelling of each: no escapes, no parameters of segments, no dots to follow.
 */
final class Addresses {
  private static final Pattern NAMED_PART = Pattern.compile("\\{(\\w+)}");
  private static final Pattern PART = Pattern.compile("[\\w.~-]+");

  private final Map<String, Address> plain = new ConcurrentHashMap<>();
  private final List<Address> withPart = new CopyOnWriteArrayList<>();

  /**
   * An address that was asked for.
   *
   * @param consumers by method
   * @param parts the named parts of the address
   */
  record Found(Map<String, PortalHttpConsumer> consumers, Map<String, String> parts) {
    /** The methods that are taken here, as {@code Allow} tells them. */
    String allow() {
      return String.join(", ", new TreeMap<>(consumers).keySet());
    }
  }

  void add(String path, String method, PortalHttpConsumer consumer) {
    at(path).consumers.put(method, consumer);
  }

  void remove(String path, String method) {
    at(path).consumers.remove(method);
  }

  /** Finds who answers at a path. */
  Optional<Found> find(String path) {
    Address address = plain.get(path);
    if (address != null) {
      return found(address, Map.of());
    }
    for (Address candidate : withPart) {
      Optional<String> part = candidate.part(path);
      if (part.isPresent()) {
        return found(candidate, Map.of(candidate.name, part.get()));
      }
    }
    return Optional.empty();
  }

  private static Optional<Found> found(Address address, Map<String, String> parts) {
    return address.consumers.isEmpty()
        ? Optional.empty()
        : Optional.of(new Found(address.consumers, parts));
  }

  private synchronized Address at(String path) {
    Matcher named = NAMED_PART.matcher(path);
    if (!named.find()) {
      return plain.computeIfAbsent(path, plainPath -> new Address(plainPath, "", ""));
    }
    Address added =
        new Address(path.substring(0, named.start()), named.group(1), path.substring(named.end()));
    if (NAMED_PART.matcher(added.after).find()) {
      throw new IllegalArgumentException("An address has at most one named part: " + path);
    }
    return withPart.stream()
        .filter(known -> known.isSameAs(added))
        .findFirst()
        .orElseGet(
            () -> {
              withPart.add(added);
              return added;
            });
  }

  private static final class Address {
    private final String before;
    private final String name;
    private final String after;
    private final Map<String, PortalHttpConsumer> consumers = new ConcurrentHashMap<>();

    Address(String before, String name, String after) {
      this.before = before;
      this.name = name;
      this.after = after;
    }

    boolean isSameAs(Address other) {
      return before.equals(other.before) && after.equals(other.after);
    }

    Optional<String> part(String path) {
      if (!path.startsWith(before)
          || !path.endsWith(after)
          || path.length() <= before.length() + after.length()) {
        return Optional.empty();
      }
      String part = path.substring(before.length(), path.length() - after.length());
      return Optional.of(part).filter(text -> PART.matcher(text).matches());
    }
  }
}
