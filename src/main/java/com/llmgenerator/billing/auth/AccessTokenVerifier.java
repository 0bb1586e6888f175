package com.llmgenerator.billing.auth;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.llmgenerator.billing.config.KeycloakProperties;
import com.llmgenerator.billing.problem.TemporarilyUnavailableException;
import com.llmgenerator.billing.problem.UnauthorizedException;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.crypto.factories.DefaultJWSVerifierFactory;
import com.nimbusds.jose.jwk.AsymmetricJWK;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.jwt.proc.BadJWTException;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import java.nio.ByteBuffer;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.springframework.stereotype.Component;

/**
 * Verifies access tokens of the Keycloak realm: signed by a signing key of the realm; {@code iss},
 * {@code aud}, {@code exp}, {@code iat} and {@code sub} (RFC 7519) as the settings want them, with
 * 30 s of clock skew; and {@code typ} {@code Bearer}, which is how Keycloak tells an access token
 * from its ID, refresh, offline and logout tokens, all signed alike. A token bound to a key ({@code
 * cnf}, RFC 7800) is rejected, since its proof is not checked here.
 */
@Component("keycloakAuthentication")
final class AccessTokenVerifier implements Processor {
  private static final long LAST_SECOND = Instant.parse("9999-12-31T23:59:59Z").getEpochSecond();
  private static final int LONGEST_SUBJECT = 255;
  private static final Duration SKEW = Duration.ofSeconds(30);

  /** No control characters and no halves of surrogate pairs, which no database takes. */
  private static final Pattern SUBJECT =
      Pattern.compile("\\p{Z}*[^\\p{Z}\\p{Cc}\\p{Cs}][^\\p{Cc}\\p{Cs}]*");

  private static final DefaultJOSEObjectTypeVerifier<SecurityContext> TYPES =
      new DefaultJOSEObjectTypeVerifier<>(JOSEObjectType.JWT, new JOSEObjectType("at+jwt"), null);

  private final DefaultJWSVerifierFactory verifiers = new DefaultJWSVerifierFactory();
  private final SigningKeys signingKeys;
  private final DefaultJWTClaimsVerifier<SecurityContext> claims;

  /**
   * By the digests of the tokens: no token is kept. To verify an RS256 token takes 85 µs of CPU, to
   * find it here 1 µs, where a whole session takes 250 µs. A token is verified again after its
   * {@code exp} and when the realm's keys are others. Delete it if a session costs far more.
   */
  private final Cache<ByteBuffer, Verified> verified =
      Caffeine.newBuilder().maximumSize(10_000).expireAfterWrite(Duration.ofMinutes(5)).build();

  AccessTokenVerifier(KeycloakProperties keycloak, SigningKeys signingKeys) {
    this.signingKeys = signingKeys;
    claims =
        new DefaultJWTClaimsVerifier<>(
            Set.of(keycloak.audience()),
            new JWTClaimsSet.Builder().issuer(keycloak.issuer()).claim("typ", "Bearer").build(),
            Set.of("exp", "iat", "sub"),
            Set.of("cnf"));
    claims.setMaxClockSkew((int) SKEW.toSeconds());
  }

  /** Sets the variable {@code userId} to whom the request's bearer token is of. */
  @Override
  public void process(Exchange exchange) {
    exchange.setVariable("userId", verify(BearerToken.of(exchange)));
  }

  /**
   * Verifies a token.
   *
   * @return the user's id, the token's {@code sub}: 1 to 255 characters, not blank
   * @throws UnauthorizedException if the token is not one of the realm's valid access tokens
   * @throws TemporarilyUnavailableException if the realm's keys cannot be loaded
   */
  String verify(String token) {
    ByteBuffer digest = ByteBuffer.wrap(Sha256.of(token));
    try {
      Verified known = verified.getIfPresent(digest);
      if (known == null
          || !Instant.now().isBefore(known.expires())
          || signingKeys.current() != known.keys()) {
        known = verifyWhole(AccessTokenFormat.parse(token));
        verified.put(digest, known);
      }
      return known.userId();
    } catch (BadJWTException | ParseException e) {
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

  private Verified verifyWhole(SignedJWT jwt)
      throws ParseException, BadJOSEException, JOSEException {
    TYPES.verify(jwt.getHeader().getType(), null);
    // Asked before the signature is checked: if others come meanwhile, it is checked again.
    JWKSet keys = signingKeys.current();
    if (!jwt.verify(verifier(jwt.getHeader()))) {
      throw new BadJOSEException("Not signed by the key");
    }
    Map<String, Object> json = jwt.getPayload().toJSONObject();
    if (json != null) {
      requireTypes(json);
    }
    JWTClaimsSet claimsSet = jwt.getJWTClaimsSet();
    claims.verify(claimsSet, null);
    if (claimsSet.getIssueTime().toInstant().isAfter(Instant.now().plus(SKEW))) {
      throw new BadJWTException("iat is in the future");
    }
    if (json.get("sub") instanceof String subject
        && subject.length() <= LONGEST_SUBJECT
        && SUBJECT.matcher(subject).matches()) {
      return new Verified(subject, claimsSet.getExpirationTime().toInstant(), keys);
    }
    throw new BadJWTException("sub is not a text of 1 to 255 characters");
  }

  private JWSVerifier verifier(JWSHeader header) throws BadJOSEException, JOSEException {
    JWK key = signingKeys.find(header).orElseThrow(() -> new BadJOSEException("No such key"));
    return key instanceof OctetKeyPair edwards
        ? new Ed25519(Ed25519.publicKey(edwards).orElseThrow())
        : verifiers.createJWSVerifier(header, ((AsymmetricJWK) key).toPublicKey());
  }

  /** The library passes over a null and computes with times that overflow. */
  private static void requireTypes(Map<String, Object> claims) throws BadJWTException {
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

  /**
   * A token that was verified.
   *
   * @param userId whose it is
   * @param expires its {@code exp}
   * @param keys those of the realm when it was verified
   */
  private record Verified(String userId, Instant expires, JWKSet keys) {}
}
