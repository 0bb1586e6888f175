package com.llmgenerator.billing.auth;

import com.llmgenerator.billing.problem.UnauthorizedException;
import com.nimbusds.jose.JOSEObject;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jose.util.JSONObjectUtils;
import com.nimbusds.jwt.SignedJWT;
import java.text.ParseException;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The form of an access token: a JSON Web Signature in compact form (RFC 7515) of at most 8 KiB,
 * without any other spelling of the same, by an asymmetric algorithm and a named key.
 */
final class AccessTokenFormat {
  private static final int LONGEST = 8192;
  private static final Pattern COMPACT = Pattern.compile("[\\w-]++\\.[\\w-]++\\.[\\w-]++");
  private static final Pattern ACCEPTED = Pattern.compile("(RS|PS|ES)(256|384|512)|EdDSA");

  /** The other algorithms of RFC 7518, sections 3.1 and 4.1; RFC 8037 has no more. */
  private static final Pattern REGISTERED =
      Pattern.compile(
          "HS(256|384|512)|RSA1_5|RSA-OAEP(-256)?|dir|ECDH-ES(\\+A(128|192|256)KW)?"
              + "|A(128|192|256)(GCM)?KW|PBES2-HS(256\\+A128|384\\+A192|512\\+A256)KW");

  private AccessTokenFormat() {}

  /**
   * Reads a token, whose signature and claims are still to be verified.
   *
   * @throws UnauthorizedException if it has another form
   */
  static SignedJWT parse(String token) {
    require(token.length() <= LONGEST, "The token is longer than 8 KiB");
    require(COMPACT.matcher(token).matches(), "The token is not three base64url parts");
    try {
      Base64URL[] parts = JOSEObject.split(token);
      Map<String, Object> header = JSONObjectUtils.parse(objectText(parts[0]));
      objectText(parts[1]);
      SignedJWT jwt = new SignedJWT(parts[0], parts[1], parts[2]);
      requireAcceptedAlgorithm(jwt.getHeader().getAlgorithm().getName());
      require(jwt.getHeader().getKeyID() != null, "The token names no key");
      // RFC 7797, section 7: b64 is not for tokens. The library takes it where it is not critical.
      require(
          !header.containsKey("crit") && !header.containsKey("b64"),
          "The token has critical header parameters");
      require(isCanonical(parts[2]), "The token's signature is not canonical base64url");
      return jwt;
    } catch (ParseException e) {
      throw new UnauthorizedException("The token is not a signed JSON Web Token");
    }
  }

  /**
   * The reason is logged, and {@code alg} is a text of the caller's: those that nobody registered
   * are not named.
   */
  private static void requireAcceptedAlgorithm(String name) {
    require(
        ACCEPTED.matcher(name).matches(),
        "The token's algorithm is not accepted: "
            + (REGISTERED.matcher(name).matches() ? name : "unknown"));
  }

  /**
   * Decoders drop surplus bits and replace bytes that are no UTF-8: without this, many texts would
   * pass as the one that was signed. And the library stumbles over {@code null} instead of an
   * object.
   */
  private static String objectText(Base64URL part) throws ParseException {
    String text = part.decodeToString();
    if (!text.startsWith("{") || !Base64URL.encode(text).equals(part)) {
      throw new ParseException("Not the canonical base64url of a JSON object", 0);
    }
    return text;
  }

  private static boolean isCanonical(Base64URL part) {
    return Base64URL.encode(part.decode()).equals(part);
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new UnauthorizedException(otherwise);
    }
  }
}
