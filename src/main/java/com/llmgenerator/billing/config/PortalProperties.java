package com.llmgenerator.billing.config;

import jakarta.validation.constraints.AssertTrue;
import jakarta.validation.constraints.NotEmpty;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.hibernate.validator.constraints.Range;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Where users are sent back to, whose pages may call, how much, and what is served.
 *
 * @param returnOrigins origins users may be sent back to
 * @param defaultReturnUrl the application's dashboard
 * @param corsOrigins origins whose pages may call the API
 * @param corsHeaders names, in lower case, of headers that these pages may send besides those that
 *     all may
 * @param deadline how long a request may take, Stripe's retries included
 * @param requestsAtOnce how many may be in the routes; by default what Java's threads and its heap
 *     allow
 * @param sessionsPerMinute how many sessions a caller may ask for
 * @param sessionsInBurst how many of them at once
 * @param routes folder of the routes
 * @param offer file that declares what the portal offers
 * @param offerChecked whether Stripe is asked what the portal offers: true or false
 */
@ConfigurationProperties("portal")
public record PortalProperties(
    @Must("list https origins") @NotEmpty @DefaultValue Set<Origin> returnOrigins,
    @Must("be an address on an origin of PORTAL_RETURN_ORIGINS") String defaultReturnUrl,
    @Must("list https origins") @DefaultValue Set<Origin> corsOrigins,
    @Must("list names of HTTP headers") @DefaultValue
        Set<@Pattern(regexp = "[\\w!#$%&'+.^`|~-]+") String> corsHeaders,
    @Must("be a time from 1s to 10s") @NotNull @DurationMin(seconds = 1) @DurationMax(seconds = 10)
        Duration deadline,
    @Must("be a whole number from 1 to 10000") @Range(min = 1, max = 10_000) Integer requestsAtOnce,
    @Must("be a whole number from 1 to 1000000") @Range(min = 1, max = 1_000_000) @NotNull
        Integer sessionsPerMinute,
    @Must("be a whole number from 1 to 1000000") @Range(min = 1, max = 1_000_000) @NotNull
        Integer sessionsInBurst,
    @Must("be a folder of *.camel.yaml files, as file:/etc/camel/routes")
        @NotNull
        @Pattern(regexp = "(file|classpath):.+")
        String routes,
    @Must(PortalProperties.OFFER) @NotNull @Pattern(regexp = "(file|classpath):.+") String offer,
    @Must("be true or false") @NotNull @Pattern(regexp = "true|false") String offerChecked) {

  /** What the file of an offer must be, which only reading it tells. */
  public static final String OFFER = "be a YAML file that declares what the portal offers";

  /** A request that waits for Stripe keeps up to 50 KB, and Java needs room to collect. */
  private static final long HEAP_FOR_A_REQUEST = 100 * 1024;

  /**
   * Whether routes run on virtual threads. Waiting in {@code synchronized} blocks keeps one on one
   * of the few carriers until Java 24 (JEP 491).
   */
  public static final boolean VIRTUAL_THREADS = Runtime.version().feature() >= 24;

  public PortalProperties {
    if (requestsAtOnce == null) {
      long fits = Runtime.getRuntime().maxMemory() / HEAP_FOR_A_REQUEST;
      requestsAtOnce = (int) Math.min(fits, VIRTUAL_THREADS ? 2500 : 250);
    }
  }

  /** Calls to Stripe: fewer than requests, so that others are served while Stripe is slow. */
  public int callsAtOnce() {
    return Math.max(1, requestsAtOnce * (VIRTUAL_THREADS ? 19 : 16) / 20);
  }

  @Override
  public Set<String> corsHeaders() {
    return corsHeaders.stream()
        .map(name -> name.toLowerCase(Locale.ROOT))
        .collect(Collectors.toUnmodifiableSet());
  }

  @AssertTrue
  boolean isDefaultReturnUrl() {
    return defaultReturnUrl != null
        && Origin.find(defaultReturnUrl).filter(returnOrigins::contains).isPresent();
  }
}
