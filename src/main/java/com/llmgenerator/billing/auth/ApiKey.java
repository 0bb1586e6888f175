package com.llmgenerator.billing.auth;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.regex.Pattern;
import java.util.zip.CRC32;

/**
 * An API key of a third-party integration: {@code llmgen_}, 40 random base62 characters (238 bits),
 * and 6 base62 characters that are the CRC-32 of those 40.
 *
 * <p>The checksum lets a mistyped or made-up key be refused without asking the database, and lets
 * secret scanners tell a key from a look-alike. It is no protection: only the database knows which
 * keys exist, and it holds their digests, never the keys.
 *
 * @param text the key itself: shown once to its owner, never stored or logged
 */
public record ApiKey(String text) {
  /** What every key starts with. */
  public static final String PREFIX = "llmgen_";

  private static final String BASE62 =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  private static final int RANDOM_LENGTH = 40;
  private static final int CHECKSUM_LENGTH = 6;
  private static final Pattern SHAPE =
      Pattern.compile(PREFIX + "[0-9A-Za-z]{" + (RANDOM_LENGTH + CHECKSUM_LENGTH) + "}");

  /**
   * Takes a key that a caller sent.
   *
   * @throws IllegalArgumentException if it has not the shape of a key or its checksum is wrong; the
   *     message does not repeat it
   */
  public ApiKey {
    if (!SHAPE.matcher(text).matches()) {
      throw new IllegalArgumentException("Not of the shape of an API key");
    }
    int checksumAt = text.length() - CHECKSUM_LENGTH;
    if (!checksum(text.substring(PREFIX.length(), checksumAt)).equals(text.substring(checksumAt))) {
      throw new IllegalArgumentException("The checksum of the API key is wrong");
    }
  }

  /** Makes a new key. */
  public static ApiKey generate(SecureRandom random) {
    StringBuilder drawn = new StringBuilder(RANDOM_LENGTH);
    for (int i = 0; i < RANDOM_LENGTH; i++) {
      drawn.append(BASE62.charAt(random.nextInt(BASE62.length())));
    }
    return new ApiKey(PREFIX + drawn + checksum(drawn.toString()));
  }

  /** The last four characters, by which its owner recognises the key in a list. */
  public String hint() {
    return text.substring(text.length() - 4);
  }

  /** The 32 bytes of the SHA-256 digest of the key's ASCII text: all that is stored of it. */
  public byte[] digest() {
    return Sha256.of(text);
  }

  @Override
  public String toString() {
    return PREFIX + "…" + hint();
  }

  private static String checksum(String drawn) {
    CRC32 crc = new CRC32();
    crc.update(drawn.getBytes(StandardCharsets.US_ASCII));
    StringBuilder digits = new StringBuilder(CHECKSUM_LENGTH);
    for (long rest = crc.getValue(); digits.length() < CHECKSUM_LENGTH; rest /= BASE62.length()) {
      digits.insert(0, BASE62.charAt((int) (rest % BASE62.length())));
    }
    return digits.toString();
  }
}
