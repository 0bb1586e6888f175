package com.llmgenerator.billing.auth;

import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.CurveBasedJWK;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.util.JSONObjectUtils;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Reads a JSON Web Key Set (RFC 7517). */
final class KeySet {
  private static final int WEAKEST_RSA_BITS = 2048;
  private static final Set<Curve> CURVES = Set.of(Curve.P_256, Curve.P_384, Curve.P_521);

  private KeySet() {}

  /**
   * The keys that can verify a token: strong ones for signatures, without those whose {@code kid}
   * another key has too.
   *
   * @throws ParseException if no key is a strong one for signatures; the message says what was
   *     found
   */
  static JWKSet usableKeys(String json) throws ParseException {
    List<JWK> keys = parse(json);
    List<JWK> strong = keys.stream().filter(KeySet::isStrongSigningKey).toList();
    if (strong.isEmpty()) {
      throw new ParseException(
          "Keycloak published no usable signing key: it must be RSA of at least 2048 bits, EC with"
              + " P-256, P-384 or P-521, or OKP with Ed25519, and its use sig. Found: "
              + describe(keys),
          0);
    }
    List<String> ids = keys.stream().map(JWK::getKeyID).toList();
    return new JWKSet(
        strong.stream().filter(key -> Collections.frequency(ids, key.getKeyID()) == 1).toList());
  }

  /** RFC 7517, section 5: a key that is not understood is ignored, and the others are not. */
  private static List<JWK> parse(String json) throws ParseException {
    List<Object> published;
    try {
      published = JSONObjectUtils.getJSONArray(JSONObjectUtils.parse(json), "keys");
    } catch (ParseException | RuntimeException e) {
      // The library stumbles over null.
      published = null;
    }
    if (published == null) {
      throw new ParseException("Keycloak published no key set", 0);
    }
    List<JWK> keys = new ArrayList<>();
    for (Object key : published) {
      try {
        keys.addAll(
            JWKSet.parse(Map.<String, Object>of("keys", Collections.singletonList(key))).getKeys());
      } catch (ParseException | RuntimeException e) {
        // The library stumbles over some of what is no key.
        continue;
      }
    }
    return keys;
  }

  private static boolean isStrongSigningKey(JWK key) {
    return KeyUse.SIGNATURE.equals(key.getKeyUse())
        && (key instanceof RSAKey rsa && rsa.size() >= WEAKEST_RSA_BITS
            || key instanceof ECKey ec && CURVES.contains(ec.getCurve())
            || key instanceof OctetKeyPair pair && Ed25519.publicKey(pair).isPresent());
  }

  private static String describe(List<JWK> keys) {
    return keys.isEmpty()
        ? "none"
        : keys.stream().map(KeySet::describe).distinct().sorted().collect(Collectors.joining("; "));
  }

  /** Only words that the library knows: the server at the address may be another than Keycloak. */
  private static String describe(JWK key) {
    String kind =
        key.getKeyType()
            + (key instanceof CurveBasedJWK curved
                ? " " + curved.getCurve()
                : " of " + key.size() + " bits");
    if (key.getKeyUse() == null) {
      return kind + " without use";
    }
    return KeyUse.SIGNATURE.equals(key.getKeyUse()) ? kind : kind + " with another use";
  }
}
