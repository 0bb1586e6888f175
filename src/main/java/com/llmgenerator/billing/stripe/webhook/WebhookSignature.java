package com.llmgenerator.billing.stripe.webhook;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toList;

import com.llmgenerator.billing.config.StripeProperties;
import com.llmgenerator.billing.problem.BadRequestException;
import com.llmgenerator.billing.problem.NotFoundException;
import com.llmgenerator.billing.request.RequestHeaders;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.springframework.stereotype.Component;

/**
 * Lets pass what Stripe signed with one of {@code STRIPE_WEBHOOK_SECRETS} in the last five minutes;
 * throws {@link BadRequestException} for all else. The signature is over the bytes as they came.
 *
 * @see <a href="https://docs.stripe.com/webhooks/signature">Check webhook signatures</a>
 */
@Component
final class WebhookSignature implements Processor {
  private static final Duration TOLERANCE = Duration.ofMinutes(5);
  private static final Pattern SECONDS = Pattern.compile("\\d{1,12}");
  private static final String ALGORITHM = "HmacSHA256";

  private final List<SecretKeySpec> secrets;

  WebhookSignature(StripeProperties stripe) {
    this.secrets =
        stripe.webhookSecrets().stream()
            .map(
                secret ->
                    new SecretKeySpec(secret.text().getBytes(StandardCharsets.UTF_8), ALGORITHM))
            .toList();
  }

  @Override
  public void process(Exchange exchange) throws GeneralSecurityException {
    if (secrets.isEmpty()) {
      throw new NotFoundException(
          "STRIPE_WEBHOOK_SECRETS is not set: events of Stripe are not taken");
    }
    List<String> headers = RequestHeaders.of(exchange).all("Stripe-Signature");
    byte[] body = exchange.getMessage().getBody(byte[].class);
    if (headers.size() != 1 || body == null) {
      throw invalid("There is no body, or not one Stripe-Signature header");
    }
    verify(headers.get(0), body, Instant.now());
  }

  /** Verifies a header {@code t=<seconds>,v1=<hex>[,v1=<hex>…]}; other schemes do not count. */
  private void verify(String header, byte[] body, Instant now) throws GeneralSecurityException {
    Map<String, List<String>> parts =
        Arrays.stream(header.split(","))
            .map(part -> part.strip().split("=", 2))
            .filter(pair -> pair.length == 2)
            .collect(groupingBy(pair -> pair[0], mapping(pair -> pair[1], toList())));
    List<String> times = parts.getOrDefault("t", List.of());
    if (times.size() != 1 || !SECONDS.matcher(times.get(0)).matches()) {
      throw invalid("The Stripe-Signature header has no t, or two");
    }
    Duration age = Duration.between(Instant.ofEpochSecond(Long.parseLong(times.get(0))), now);
    if (age.abs().compareTo(TOLERANCE) > 0) {
      throw invalid("The signature is not of now: it is " + age.toSeconds() + " s old");
    }
    // All are compared, each in constant time: how long it takes tells nothing of a secret.
    boolean signed = false;
    for (SecretKeySpec secret : secrets) {
      byte[] expected = sign(secret, times.get(0), body);
      for (String signature : parts.getOrDefault("v1", List.of())) {
        signed |= MessageDigest.isEqual(expected, signature.getBytes(StandardCharsets.UTF_8));
      }
    }
    if (!signed) {
      throw invalid("The signature is of none of STRIPE_WEBHOOK_SECRETS, or the body was changed");
    }
  }

  private static byte[] sign(SecretKeySpec secret, String time, byte[] body)
      throws GeneralSecurityException {
    Mac mac = Mac.getInstance(ALGORITHM);
    mac.init(secret);
    mac.update((time + ".").getBytes(StandardCharsets.US_ASCII));
    return HexFormat.of().formatHex(mac.doFinal(body)).getBytes(StandardCharsets.US_ASCII);
  }

  private static BadRequestException invalid(String reason) {
    return new BadRequestException("invalid_event", reason);
  }
}
