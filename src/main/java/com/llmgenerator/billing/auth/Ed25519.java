package com.llmgenerator.billing.auth;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.impl.BaseJWSProvider;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.util.Base64URL;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.EdECPublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;

/**
 * The algorithm {@code EdDSA} with an Ed25519 key (RFC 8037, section 3.1), by the JDK. Delete it
 * once the library makes a public key of its {@link OctetKeyPair} and verifies without Google's
 * Tink, and {@code KeySetTest} passes.
 */
final class Ed25519 extends BaseJWSProvider implements JWSVerifier {
  private static final String NAME = "Ed25519";
  private static final int KEY_BYTES = 32;
  private static final int SIGNATURE_BYTES = 64;

  /** What stands before the 32 bytes in a SubjectPublicKeyInfo: RFC 8410, section 10.1. */
  private static final String KEY_INFO = "302a300506032b6570032100";

  /** Of the points of order 1, 2, 4 and 8, whose signatures anybody can make. */
  private static final Set<BigInteger> LOW_ORDER =
      Set.of(
          BigInteger.ZERO,
          BigInteger.ONE,
          BigInteger.TWO.pow(255).subtract(BigInteger.valueOf(20)),
          new BigInteger("5fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826", 16),
          new BigInteger("7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7", 16));

  private final PublicKey key;

  Ed25519(PublicKey key) {
    super(Set.of(JWSAlgorithm.EdDSA));
    this.key = key;
  }

  /** The key as the JDK has it; none if it is of another curve, no point of it, or of low order. */
  static Optional<PublicKey> publicKey(OctetKeyPair pair) {
    byte[] x = pair.getDecodedX();
    if (!Curve.Ed25519.equals(pair.getCurve()) || x.length != KEY_BYTES) {
      return Optional.empty();
    }
    try {
      byte[] encoded = HexFormat.of().parseHex(KEY_INFO + HexFormat.of().formatHex(x));
      PublicKey key = KeyFactory.getInstance(NAME).generatePublic(new X509EncodedKeySpec(encoded));
      // The JDK looks for the point only now.
      Signature.getInstance(NAME).initVerify(key);
      boolean weak = LOW_ORDER.contains(((EdECPublicKey) key).getPoint().getY());
      return weak ? Optional.empty() : Optional.of(key);
    } catch (GeneralSecurityException e) {
      return Optional.empty();
    }
  }

  @Override
  public boolean verify(JWSHeader header, byte[] signingInput, Base64URL signature)
      throws JOSEException {
    byte[] bytes = signature.decode();
    if (bytes.length != SIGNATURE_BYTES) {
      // The JDK passes over what comes after them.
      return false;
    }
    try {
      Signature verification = Signature.getInstance(NAME);
      verification.initVerify(key);
      verification.update(signingInput);
      return verification.verify(bytes);
    } catch (GeneralSecurityException e) {
      // Also of a signature whose S is not below the order.
      throw new JOSEException("The signature cannot be checked", e);
    }
  }
}
