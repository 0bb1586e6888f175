package com.llmgenerator.billing.auth;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.llmgenerator.billing.config.KeycloakProperties;
import com.llmgenerator.billing.problem.TemporarilyUnavailableException;
import com.llmgenerator.billing.problem.UnauthorizedException;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObject;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jose.util.JSONObjectUtils;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.jwt.proc.BadJWTException;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.text.ParseException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.springframework.stereotype.Component;

/**
 * Verifies access tokens of the Keycloak realm: JSON Web Signature in compact form (RFC 7515), by
 * an asymmetric algorithm and a signing key of the realm; {@code iss}, {@code aud}, {@code exp},
 * {@code iat} and {@code sub} (RFC 7519) as the settings want them, with 30 s of clock skew; and
 * {@code typ} {@code Bearer}, which is how Keycloak tells an access token from its ID, refresh,
 * offline and logout tokens, all signed alike. A token bound to a key ({@code cnf}, RFC 7800) is
 * refused, since its proof is not checked here.
 *
 * <p>A token that comes again is not verified again before its {@code exp}, as long as the realm's
 * keys were not fetched again: its bytes are the same by SHA-256, so that nothing else could come
 * out.
 */
@Component
final class AccessTokenVerifier {
  private static final int LONGEST_TOKEN = 8192;
  private static final int LONGEST_SUBJECT = 255;
  private static final long LAST_SECOND = Instant.parse("9999-12-31T23:59:59Z").getEpochSecond();
  private static final Duration SKEW = Duration.ofSeconds(30);
  private static final Pattern COMPACT = Pattern.compile("[\\w-]++\\.[\\w-]++\\.[\\w-]++");

  private static final MessageDigest SHA_256 = sha256();

  /** No control characters and no halves of surrogate pairs, which no database takes. */
  private static final Pattern SUBJECT =
      Pattern.compile("\\p{Z}*[^\\p{Z}\\p{Cc}\\p{Cs}][^\\p{Cc}\\p{Cs}]*");

  private final SigningKeys signingKeys;
  private final DefaultJWTProcessor<SecurityContext> signature = new DefaultJWTProcessor<>();
  private final DefaultJWTClaimsVerifier<SecurityContext> claims;
  private final Clock clock = Clock.systemUTC();

  /** By the digests of the tokens: no token is kept. */
  private final Cache<ByteBuffer, Verified> verified =
      Caffeine.newBuilder().maximumSize(10_000).expireAfterWrite(Duration.ofMinutes(5)).build();

  AccessTokenVerifier(KeycloakProperties keycloak, SigningKeys signingKeys) {
    this.signingKeys = signingKeys;
    signature.setJWSTypeVerifier(
        new DefaultJOSEObjectTypeVerifier<>(
            JOSEObjectType.JWT, new JOSEObjectType("at+jwt"), null));
    signature.setJWSKeySelector(new Ed25519.KeySelector(SignatureAlgorithms.ACCEPTED, signingKeys));
    signature.setJWSVerifierFactory(new Ed25519.VerifierFactory());
    // Not before their types were checked: this one stumbles over some.
    signature.setJWTClaimsSetVerifier(null);
    claims =
        new DefaultJWTClaimsVerifier<>(
            Set.of(keycloak.audience()),
            new JWTClaimsSet.Builder().issuer(keycloak.issuer()).claim("typ", "Bearer").build(),
            Set.of("exp", "iat", "sub"),
            Set.of("cnf"));
    claims.setMaxClockSkew((int) SKEW.toSeconds());
  }

  /**
   * Verifies a token.
   *
   * @return the user's id, the token's {@code sub}: 1 to 255 characters, not blank
   * @throws UnauthorizedException if the token is not one of the realm's valid access tokens
   * @throws TemporarilyUnavailableException if the realm's keys cannot be loaded
   */
  String verify(String token) {
    if (token.length() > LONGEST_TOKEN) {
      throw new UnauthorizedException("The token is longer than 8 KiB");
    }
    try {
      ByteBuffer digest = digest(token);
      Verified known = verified.getIfPresent(digest);
      if (known == null || !holds(known)) {
        known = verifyWhole(token);
        verified.put(digest, known);
      }
      return known.userId();
    } catch (ParseException e) {
      throw new UnauthorizedException("The token is not a signed JSON Web Token");
    } catch (BadJWTException e) {
      throw new UnauthorizedException("A claim of the token is refused: " + e.getMessage());
    } catch (BadJOSEException e) {
      throw new UnauthorizedException("The token's type, key or signature is refused");
    } catch (KeySourceException e) {
      throw new TemporarilyUnavailableException(
          "The signing keys of the Keycloak realm cannot be loaded: " + e.getMessage());
    } catch (JOSEException e) {
      throw new UnauthorizedException("The token's signature cannot be checked");
    }
  }

  private Verified verifyWhole(String token)
      throws ParseException, BadJOSEException, JOSEException {
    if (!COMPACT.matcher(token).matches()) {
      throw new UnauthorizedException("The token is not three base64url parts");
    }
    SignedJWT jwt = parse(token);
    // Asked before the signature is checked: if others come meanwhile, it is checked again.
    JWKSet keys = signingKeys.current();
    JWTClaimsSet claimsSet = signature.process(jwt, null);
    Map<String, Object> json = jwt.getPayload().toJSONObject();
    refuseOtherTypes(json);
    claims.verify(claimsSet, null);
    return new Verified(userId(json), claimsSet.getExpirationTime().toInstant(), keys);
  }

  private boolean holds(Verified token) throws KeySourceException {
    return clock.instant().isBefore(token.expires()) && signingKeys.current() == token.keys();
  }

  /** What is no token has the digest of none: letters that are not ASCII become question marks. */
  private static ByteBuffer digest(String token) {
    try {
      // To look for the algorithm each time takes longer than to use it.
      MessageDigest sha256 = (MessageDigest) SHA_256.clone();
      return ByteBuffer.wrap(sha256.digest(token.getBytes(StandardCharsets.US_ASCII)));
    } catch (CloneNotSupportedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256", e);
    }
  }

  private static SignedJWT parse(String token) throws ParseException {
    Base64URL[] parts = JOSEObject.split(token);
    Map<String, Object> header = JSONObjectUtils.parse(objectText(parts[0]));
    objectText(parts[1]);
    SignedJWT jwt = new SignedJWT(parts[0], parts[1], parts[2]);
    SignatureAlgorithms.require(jwt.getHeader().getAlgorithm());
    if (jwt.getHeader().getKeyID() == null) {
      throw new UnauthorizedException("The token names no key");
    }
    // RFC 7797, section 7: b64 is not for tokens. The library takes it even where it is not
    // critical.
    if (header.containsKey("crit") || header.containsKey("b64")) {
      throw new UnauthorizedException("The token has critical header parameters");
    }
    if (!Base64URL.encode(parts[2].decode()).equals(parts[2])) {
      throw new UnauthorizedException("The token's signature is not canonical base64url");
    }
    return jwt;
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

  /** The library passes over a null and computes with times that overflow. */
  private static void refuseOtherTypes(Map<String, Object> claims) throws BadJWTException {
    for (String name : List.of("exp", "iat", "nbf")) {
      if (claims.containsKey(name)
          && !(claims.get(name) instanceof Number seconds
              && Math.abs(seconds.doubleValue()) <= LAST_SECOND)) {
        throw new BadJWTException(name + " is not a time");
      }
    }
    if (claims.get("aud") instanceof List<?> audience
        && !audience.stream().allMatch(String.class::isInstance)) {
      throw new BadJWTException("aud is not a list of texts");
    }
  }

  /** Checks what the library lets pass: a blank user, a later start. */
  private String userId(Map<String, Object> claims) throws BadJWTException {
    if (((Number) claims.get("iat")).longValue() > clock.instant().plus(SKEW).getEpochSecond()) {
      throw new BadJWTException("iat is in the future");
    }
    if (claims.get("sub") instanceof String subject
        && SUBJECT.matcher(subject).matches()
        && subject.length() <= LONGEST_SUBJECT) {
      return subject;
    }
    throw new BadJWTException("sub is not a text of 1 to 255 characters");
  }

  /**
   * A token that was verified.
   *
   * @param userId whose it is
   * @param expires its {@code exp}
   * @param keys those of the realm when it was verified
   */
  private record Verified(String userId, Instant expires, JWKSet keys) {}
}
