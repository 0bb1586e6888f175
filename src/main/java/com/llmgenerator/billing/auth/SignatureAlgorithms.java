package com.llmgenerator.billing.auth;

import com.llmgenerator.billing.problem.UnauthorizedException;
import com.nimbusds.jose.JWSAlgorithm;
import java.util.Set;
import java.util.regex.Pattern;

/** The algorithms that an access token may be signed by, all of them asymmetric. */
final class SignatureAlgorithms {
  static final Set<JWSAlgorithm> ACCEPTED =
      Set.of(
          JWSAlgorithm.RS256,
          JWSAlgorithm.RS384,
          JWSAlgorithm.RS512,
          JWSAlgorithm.PS256,
          JWSAlgorithm.PS384,
          JWSAlgorithm.PS512,
          JWSAlgorithm.ES256,
          JWSAlgorithm.ES384,
          JWSAlgorithm.ES512,
          JWSAlgorithm.EdDSA);

  /** The others of RFC 7518, sections 3.1 and 4.1; RFC 8037 has no more. */
  private static final Pattern REGISTERED =
      Pattern.compile(
          "HS(256|384|512)|RSA1_5|RSA-OAEP(-256)?|dir|ECDH-ES(\\+A(128|192|256)KW)?"
              + "|A(128|192|256)(GCM)?KW|PBES2-HS(256\\+A128|384\\+A192|512\\+A256)KW");

  private SignatureAlgorithms() {}

  /**
   * Rejects other algorithms. The reason is logged, and {@code alg} is a text of the caller's:
   * those that nobody registered are not named.
   */
  static void require(JWSAlgorithm algorithm) {
    if (!ACCEPTED.contains(algorithm)) {
      String name = algorithm.getName();
      throw new UnauthorizedException(
          "The token's algorithm is not accepted: "
              + (REGISTERED.matcher(name).matches() ? name : "unknown"));
    }
  }
}
