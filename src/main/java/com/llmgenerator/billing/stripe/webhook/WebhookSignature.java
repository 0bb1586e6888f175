package com.llmgenerator.billing.stripe.webhook;

import com.llmgenerator.billing.config.StripeProperties;
import com.llmgenerator.billing.problem.BadRequestException;
import com.llmgenerator.billing.problem.NotFoundException;
import com.llmgenerator.billing.request.RequestHeaders;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
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
  private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");
  private static final String ALGORITHM = "HmacSHA256";

  private final List<SecretKeySpec> secrets;

  WebhookSignature(StripeProperties stripe) {
    this.secrets =
        stripe.webhookSecrets().stream()
            .map(secret -> secret.text().getBytes(StandardCharsets.UTF_8))
            .map(secret -> new SecretKeySpec(secret, ALGORITHM))
            .toList();
  }

  @Override
  public void process(Exchange exchange) {
    if (secrets.isEmpty()) {
      throw new NotFoundException(
          "STRIPE_WEBHOOK_SECRETS is not set: events of Stripe are not taken");
    }
    List<String> headers = RequestHeaders.of(exchange).all("Stripe-Signature");
    if (headers.size() != 1) {
      throw new BadRequestException("invalid_event", "There is not one Stripe-Signature header");
    }
    byte[] body = exchange.getMessage().getBody(byte[].class);
    if (body == null) {
      throw new BadRequestException("invalid_event", "There is no body");
    }
    verify(headers.get(0), body, Instant.now());
  }

  /** Verifies a header {@code t=<seconds>,v1=<hex>[,v1=<hex>…]}; other schemes do not count. */
  void verify(String header, byte[] body, Instant now) {
    String time = null;
    List<byte[]> signatures = new ArrayList<>();
    for (String part : header.split(",")) {
      String[] pair = part.strip().split("=", 2);
      if (pair.length == 2 && pair[0].equals("t")) {
        if (time != null) {
          throw new BadRequestException("invalid_event", "The signature has two times");
        }
        time = pair[1];
      } else if (pair.length == 2 && pair[0].equals("v1") && DIGEST.matcher(pair[1]).matches()) {
        signatures.add(HexFormat.of().parseHex(pair[1]));
      }
    }
    if (time == null || !SECONDS.matcher(time).matches() || signatures.isEmpty()) {
      throw new BadRequestException(
          "invalid_event", "The Stripe-Signature header has no t or no v1");
    }
    Duration age = Duration.between(Instant.ofEpochSecond(Long.parseLong(time)), now);
    if (age.abs().compareTo(TOLERANCE) > 0) {
      throw new BadRequestException(
          "invalid_event", "The signature is not of now: it is " + age.toSeconds() + " s old");
    }
    if (!isSigned(time, body, signatures)) {
      throw new BadRequestException(
          "invalid_event",
          "The signature is of none of STRIPE_WEBHOOK_SECRETS, or the body was changed");
    }
  }

  /** All are compared, each in constant time: how long it takes tells nothing of a secret. */
  private boolean isSigned(String time, byte[] body, List<byte[]> signatures) {
    boolean signed = false;
    for (SecretKeySpec secret : secrets) {
      byte[] expected = sign(secret, time, body);
      for (byte[] signature : signatures) {
        signed |= MessageDigest.isEqual(expected, signature);
      }
    }
    return signed;
  }

  private static byte[] sign(SecretKeySpec secret, String time, byte[] body) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(secret);
      mac.update((time + ".").getBytes(StandardCharsets.US_ASCII));
      return mac.doFinal(body);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Every Java platform has " + ALGORITHM, e);
    }
  }
}
