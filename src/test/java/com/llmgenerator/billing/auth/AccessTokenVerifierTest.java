package com.llmgenerator.billing.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.llmgenerator.billing.config.KeycloakProperties;
import com.llmgenerator.billing.config.TestSettings;
import com.llmgenerator.billing.problem.TemporarilyUnavailableException;
import com.llmgenerator.billing.problem.UnauthorizedException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jose.util.JSONObjectUtils;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

class AccessTokenVerifierTest {
  /** After this a published key must be known. */
  private static final Duration TWO_SECONDS = Duration.ofSeconds(2);

  private TestRealm realm;
  private SigningKeys keys;
  private AccessTokenVerifier verifier;

  @BeforeEach
  void start() {
    realm = new TestRealm();
    verifier = verifier(realm.issuer() + "/protocol/openid-connect/certs");
  }

  @AfterEach
  void stop() {
    keys.close();
    realm.close();
  }

  @Nested
  class Accepts {
    @Test
    void accessTokenOfTheRealmAndTellsItsUser() {
      assertThat(verifier.verify(realm.token())).isEqualTo("user-1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"})
    void rsaAlgorithms(String algorithm) {
      String token =
          TestRealm.sign(realm.rsa(), new JWSAlgorithm(algorithm), realm.claims().build());
      assertThat(verifier.verify(token)).isEqualTo("user-1");
    }

    @Test
    void ellipticCurveAlgorithm() {
      String token = TestRealm.sign(realm.ec(), JWSAlgorithm.ES256, realm.claims().build());
      assertThat(verifier.verify(token)).isEqualTo("user-1");
    }

    @Test
    void edwardsCurveAlgorithm() {
      OctetKeyPair key = TestRealm.edwardsKey(Curve.Ed25519, "ed");
      realm.publish(key);
      assertThat(verifier.verify(realm.tokenSignedBy(key))).isEqualTo("user-1");
    }

    @Test
    void singleAudience() {
      assertThat(verifier.verify(realm.token(claims -> claims.audience("billing-portal"))))
          .isEqualTo("user-1");
    }

    @Test
    void typeOfRfc9068() {
      JWSHeader header =
          new JWSHeader.Builder(JWSAlgorithm.RS256)
              .type(new JOSEObjectType("at+jwt"))
              .keyID("rsa")
              .build();
      assertThat(verifier.verify(TestRealm.sign(realm.rsa(), header, realm.claims().build())))
          .isEqualTo("user-1");
    }

    @Test
    void clocksThatDifferByLessThanHalfAMinute() {
      assertThat(verifier.verify(realm.token(claims -> claims.expirationTime(inSeconds(-20)))))
          .isEqualTo("user-1");
      assertThat(verifier.verify(realm.token(claims -> claims.issueTime(inSeconds(20)))))
          .isEqualTo("user-1");
    }

    @Test
    void keyThatTheRealmBeganToUse() {
      verifier.verify(realm.token());
      RSAKey fresh = TestRealm.rsaKey(2048, "fresh");
      realm.publish(realm.rsa(), fresh);
      await().atMost(TWO_SECONDS).until(() -> accepts(realm.tokenSignedBy(fresh)));
    }

    @Test
    void tokensWhileKeycloakIsDownIfItWasUpBefore() {
      verifier.verify(realm.token());
      realm.close();
      assertThat(verifier.verify(realm.token())).isEqualTo("user-1");
    }
  }

  @Nested
  @Execution(ExecutionMode.CONCURRENT)
  class VerifiesAgain {
    @Test
    void aTokenWhoseKeyTheRealmTookBack() {
      String token = realm.token();
      assertThat(verifier.verify(token)).isEqualTo("user-1");
      realm.publish(realm.ec());
      makeTheKeysBeFetched();
      assertRefused(token, "The token's type, key or signature is refused");
    }

    @Test
    void aTokenWhoseKeyIdNowNamesAnotherKey() {
      String token = realm.token();
      assertThat(verifier.verify(token)).isEqualTo("user-1");
      realm.publish(TestRealm.rsaKey(2048, "rsa"));
      makeTheKeysBeFetched();
      assertRefused(token, "The token's type, key or signature is refused");
    }

    @Test
    void aTokenWhoseKeyIdNowNamesTwoKeys() {
      String token = realm.token();
      assertThat(verifier.verify(token)).isEqualTo("user-1");
      realm.publish(realm.rsa(), TestRealm.rsaKey(2048, "rsa"));
      makeTheKeysBeFetched();
      assertRefused(token, "The token's type, key or signature is refused");
    }

    @Test
    void noTokenIfTheSameKeysAreFetched() throws Exception {
      verifier.verify(realm.token());
      JWKSet before = keys.current();
      realm.publish(realm.ec(), realm.rsa());
      makeTheKeysBeFetched();
      assertThat(keys.current()).isSameAs(before);
    }

    @Test
    void aTokenThatExpired() {
      String token = realm.token(claims -> claims.expirationTime(inSeconds(-27)));
      assertThat(verifier.verify(token)).isEqualTo("user-1");
      await().until(() -> !accepts(token));
    }

    @Test
    void aTokenThatDiffersInItsLastByte() {
      String token = realm.token();
      assertThat(verifier.verify(token)).isEqualTo("user-1");
      char last = token.charAt(token.length() - 1);
      assertRefused(
          token.substring(0, token.length() - 1) + (last == 'A' ? 'Q' : 'A'),
          "The token's type, key or signature is refused");
      assertThat(verifier.verify(token)).isEqualTo("user-1");
    }
  }

  @Nested
  class Refuses {
    @ParameterizedTest
    @ValueSource(
        strings = {
          "",
          "a",
          "a.b",
          "a.b.c.d",
          "a..c",
          ".b.c",
          "a.b.",
          "a.b.c=",
          "a.b.ü",
          "=",
          "a=b",
          "a b",
          "\ta.b.c",
          "a.b.c ",
          "a.b.c,a.b.c",
          "a.b.c a.b.c",
          "ａ.b.c",
          "a.b.c\u0000"
        })
    void whatIsNotThreeBase64UrlParts(String token) {
      assertRefused(token, "The token is not three base64url parts");
    }

    @Test
    void whatIsWrittenInOtherLettersThanAscii() {
      for (char other = 0; other < Character.MAX_VALUE; other++) {
        String token = "a.b.c" + other + "c";
        if (!("" + other).matches("[\\w-]")) {
          assertRefused(token, "The token is not three base64url parts");
        }
      }
    }

    @Test
    void longToken() {
      assertRefused("a.b." + "c".repeat(8189), "The token is longer than 8 KiB");
    }

    @Test
    void junk() {
      assertRefused("a.b.c", "The token is not a signed JSON Web Token");
      assertRefused("bnVsbA.e30.AAAA", "The token is not a signed JSON Web Token");
    }

    @Test
    void unsignedToken() {
      String unsigned = new PlainJWT(realm.claims().build()).serialize();
      assertRefused(unsigned, "The token is not three base64url parts");
      assertRefused(unsigned + "AAAA", "The token is not a signed JSON Web Token");
    }

    @Test
    void signatureOfAnotherKey() {
      RSAKey forged = TestRealm.rsaKey(2048, "rsa");
      assertRefused(
          TestRealm.sign(forged, JWSAlgorithm.RS256, realm.claims().build()),
          "The token's type, key or signature is refused");
    }

    @Test
    void unknownKey() {
      RSAKey unknown = TestRealm.rsaKey(2048, "unknown");
      assertRefused(
          TestRealm.sign(unknown, JWSAlgorithm.RS256, realm.claims().build()),
          "The token's type, key or signature is refused");
    }

    @ParameterizedTest
    @CsvSource({
      "HS256, HS256",
      "dir, dir",
      "A128KW, A128KW",
      "ES256K, unknown",
      "Ed25519, unknown",
      "rs256, unknown",
      "'PS256\nforged line', unknown"
    })
    void otherAlgorithmAndNamesItOnlyIfItIsRegistered(String algorithm, String named) {
      String header =
          JSONObjectUtils.toJSONString(Map.of("alg", algorithm, "kid", "rsa", "typ", "JWT"));
      String token = realm.token();
      assertRefused(
          Base64URL.encode(header) + token.substring(token.indexOf('.')),
          "The token's algorithm is not accepted: " + named);
    }

    @Test
    void otherEdwardsCurveOrAlgorithmOfItsKey() throws Exception {
      OctetKeyPair ed448 = TestRealm.edwardsKey(Curve.Ed448, "ed448");
      OctetKeyPair other =
          new OctetKeyPair.Builder(TestRealm.edwardsKey(Curve.Ed25519, "other"))
              .algorithm(new JWSAlgorithm("Ed25519"))
              .build();
      OctetKeyPair forEncryption =
          new OctetKeyPair.Builder(TestRealm.edwardsKey(Curve.Ed25519, "enc"))
              .keyUse(KeyUse.ENCRYPTION)
              .build();
      OctetKeyPair twin = TestRealm.edwardsKey(Curve.Ed25519, "twin");
      realm.publish(
          realm.ec(),
          ed448,
          other,
          forEncryption,
          twin,
          TestRealm.edwardsKey(Curve.Ed25519, "twin"));
      for (OctetKeyPair key : List.of(ed448, other, forEncryption, twin)) {
        assertRefused(realm.tokenSignedBy(key), "The token's type, key or signature is refused");
      }
      assertThat(verifier.verify(realm.tokenSignedBy(realm.ec()))).isEqualTo("user-1");
    }

    @Test
    void keyOfAnotherUse() {
      RSAKey forEncryption = new RSAKey.Builder(TestRealm.rsaKey(2048, "enc")).keyUse(null).build();
      realm.publish(realm.ec(), forEncryption);
      assertRefused(
          TestRealm.sign(forEncryption, JWSAlgorithm.RS256, realm.claims().build()),
          "The token's type, key or signature is refused");
    }

    @Test
    void keyWhoseIdAnotherKeyHasTooAndWarnsWhereThereIsNoOther() {
      Logger logger = (Logger) LoggerFactory.getLogger(SigningKeyRetriever.class);
      ListAppender<ILoggingEvent> written = new ListAppender<>();
      written.start();
      logger.addAppender(written);
      try {
        realm.publish(realm.rsa(), TestRealm.rsaKey(2048, "rsa"));
        assertRefused(realm.token(), "The token's type, key or signature is refused");
      } finally {
        logger.detachAppender(written);
      }
      String warning =
          "No signing keys from %s/protocol/openid-connect/certs, KEYCLOAK_JWKS_URL: each shares its"
              + " kid with another";
      assertThat(written.list)
          .extracting(ILoggingEvent::getFormattedMessage)
          .contains(warning.formatted(realm.issuer()));
    }

    @Test
    void weakKey() {
      RSAKey weak = TestRealm.rsaKey(1024, "weak");
      realm.publish(realm.ec(), weak);
      assertRefused(
          TestRealm.sign(weak, JWSAlgorithm.RS256, realm.claims().build()),
          "The token's type, key or signature is refused");
    }

    @Test
    void tokenThatNamesNoKey() {
      JWSHeader header = new JWSHeader.Builder(JWSAlgorithm.RS256).build();
      assertRefused(
          TestRealm.sign(realm.rsa(), header, realm.claims().build()), "The token names no key");
    }

    @Test
    void criticalHeaderParameters() {
      JWSHeader header =
          new JWSHeader.Builder(JWSAlgorithm.RS256)
              .keyID("rsa")
              .criticalParams(Set.of("exp"))
              .customParam("exp", 1)
              .build();
      assertRefused(
          TestRealm.sign(realm.rsa(), header, realm.claims().build()),
          "The token has critical header parameters");
    }

    @Test
    void otherType() {
      JWSHeader header =
          new JWSHeader.Builder(JWSAlgorithm.RS256)
              .type(new JOSEObjectType("logout+jwt"))
              .keyID("rsa")
              .build();
      assertRefused(
          TestRealm.sign(realm.rsa(), header, realm.claims().build()),
          "The token's type, key or signature is refused");
    }

    @Test
    void otherSpellingOfASignature() {
      String token = realm.token();
      char last = token.charAt(token.length() - 1);
      // 256 bytes leave four bits of the last character unused.
      String other = token.substring(0, token.length() - 1) + (char) (last + 1);
      assertThat(Base64URL.from(other.substring(other.lastIndexOf('.') + 1)).decode())
          .isEqualTo(Base64URL.from(token.substring(token.lastIndexOf('.') + 1)).decode());
      assertRefused(other, "The token's signature is not canonical base64url");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ID", "Refresh", "Offline", "Logout", "bearer", "DPoP"})
    void otherKindOfToken(String kind) {
      assertClaimRefused(claims -> claims.claim("typ", kind), "JWT typ claim value rejected");
    }

    @Test
    void tokenWithoutKind() {
      assertClaimRefused(claims -> claims.claim("typ", null), "JWT missing required claims: [typ]");
    }

    @Test
    void boundToken() {
      assertClaimRefused(
          claims -> claims.claim("cnf", Map.of("jkt", "x")), "JWT has prohibited claims: [cnf]");
    }

    @Test
    void otherIssuer() {
      assertClaimRefused(
          claims -> claims.issuer(realm.issuer() + "/"), "JWT iss claim value rejected");
    }

    @Test
    void otherAudience() {
      assertClaimRefused(claims -> claims.audience("account"), "JWT aud claim rejected");
      assertClaimRefused(claims -> claims.audience(List.of()), "JWT missing required aud claim");
    }

    @Test
    void expiredToken() {
      assertClaimRefused(claims -> claims.expirationTime(inSeconds(-31)), "Expired JWT");
    }

    @Test
    void tokenWithoutEnd() {
      assertClaimRefused(
          claims -> claims.expirationTime(null), "JWT missing required claims: [exp]");
    }

    @Test
    void tokenOfTheFuture() {
      assertClaimRefused(claims -> claims.issueTime(inSeconds(40)), "iat is in the future");
      assertClaimRefused(claims -> claims.notBeforeTime(inSeconds(40)), "JWT before use time");
    }

    @Test
    void tokenWithoutStart() {
      assertClaimRefused(claims -> claims.issueTime(null), "JWT missing required claims: [iat]");
    }

    @Test
    void tokenOfNobody() {
      String blank = "sub is not a text of 1 to 255 characters";
      assertClaimRefused(claims -> claims.subject(null), "JWT missing required claims: [sub]");
      assertClaimRefused(claims -> claims.subject(""), blank);
      assertClaimRefused(claims -> claims.claim("sub", 1), blank);
      assertClaimRefused(claims -> claims.subject(" \t"), blank);
      assertClaimRefused(claims -> claims.subject("x".repeat(256)), blank);
    }

    @Test
    void duplicateClaims() throws Exception {
      String once = realm.claims().build().toPayload().toString();
      String twice = once.substring(0, once.length() - 1) + ",\"sub\":\"user-2\"}";
      JWSObject token =
          new JWSObject(
              new JWSHeader.Builder(JWSAlgorithm.RS256).keyID("rsa").build(), new Payload(twice));
      token.sign(new RSASSASigner(realm.rsa()));
      assertRefused(
          token.serialize(),
          "A claim of the token is refused: Payload of JWS object is not a valid JSON object");
    }

    private void assertClaimRefused(Consumer<JWTClaimsSet.Builder> change, String reason) {
      assertRefused(realm.token(change), "A claim of the token is refused: " + reason);
    }
  }

  @Nested
  @Execution(ExecutionMode.CONCURRENT)
  class FetchesKeys {
    @Test
    void onceForManyTokens() {
      for (int i = 0; i < 10; i++) {
        verifier.verify(realm.token());
      }
      assertThat(realm.fetches()).isEqualTo(1);
    }

    @Test
    void atLeastASecondApartForUnknownKeys() {
      Instant begin = Instant.now();
      verifier.verify(realm.token());
      await().until(() -> !accepts(tokenOfAnUnknownKey()) && realm.fetches() >= 3);
      List<Instant> fetches = realm.fetchTimes();
      // However late each arrived: so many cannot have been sent in less time.
      assertThat(Duration.between(begin, fetches.get(fetches.size() - 1)))
          .isGreaterThanOrEqualTo(Duration.ofSeconds(fetches.size() - 1));
      for (int i = 1; i < fetches.size(); i++) {
        // A second after the one before was sent, which may have arrived late.
        assertThat(Duration.between(fetches.get(i - 1), fetches.get(i)))
            .isGreaterThanOrEqualTo(Duration.ofMillis(500));
      }
      assertThat(verifier.verify(realm.token())).isEqualTo("user-1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"keys\":[]}", "{\"keys\":[null]}", "{}", "<html>", "null", ""})
    void andKeepsGoodOnesWhereNoneArePublished(String keySet) {
      verifier.verify(realm.token());
      realm.publish(keySet);
      makeTheKeysBeFetched();
      assertThat(verifier.verify(realm.token())).isEqualTo("user-1");
    }

    @Test
    void soonAfterARotation() {
      verifier.verify(realm.token());
      RSAKey next = TestRealm.rsaKey(2048, "next");
      realm.publish(next);
      await().atMost(TWO_SECONDS).until(() -> accepts(realm.tokenSignedBy(next)));
      assertThatThrownBy(() -> verifier.verify(realm.token()))
          .isInstanceOf(UnauthorizedException.class);
    }

    @Test
    void andSaysSoWhileThereAreNone() {
      realm.close();
      AccessTokenVerifier lonely = verifier("http://localhost:1/certs");
      for (int i = 0; i < 4; i++) {
        assertThatThrownBy(() -> lonely.verify(realm.token()))
            .isInstanceOf(TemporarilyUnavailableException.class)
            .hasMessageStartingWith("The signing keys of the Keycloak realm cannot be loaded: ");
      }
    }
  }

  private AccessTokenVerifier verifier(String url) {
    KeycloakProperties keycloak =
        new KeycloakProperties(realm.issuer(), url, TestRealm.AUDIENCE, Duration.ofHours(4));
    keys = new SigningKeys(keycloak, TestSettings.portal(), new SimpleMeterRegistry());
    return new AccessTokenVerifier(keycloak, keys);
  }

  /** Which a token with an unknown key waits for, once the last fetch is long enough ago. */
  private void makeTheKeysBeFetched() {
    List<Instant> fetches = List.copyOf(realm.fetchTimes());
    Instant enough = fetches.get(fetches.size() - 1).plus(TWO_SECONDS);
    await().until(() -> Instant.now().isAfter(enough));
    assertThat(accepts(tokenOfAnUnknownKey())).isFalse();
    assertThat(realm.fetches()).isGreaterThan(fetches.size());
  }

  private String tokenOfAnUnknownKey() {
    return realm.tokenSignedBy(new RSAKey.Builder(realm.rsa()).keyID("unknown").build());
  }

  private boolean accepts(String token) {
    try {
      verifier.verify(token);
      return true;
    } catch (UnauthorizedException e) {
      return false;
    }
  }

  private void assertRefused(String token, String reason) {
    assertThatExceptionOfType(UnauthorizedException.class)
        .isThrownBy(() -> verifier.verify(token))
        .withMessage(reason)
        .satisfies(
            refused ->
                assertThat(refused.getChallenge())
                    .isEqualTo("Bearer realm=\"billing-portal\", error=\"invalid_token\""));
  }

  private static Date inSeconds(int seconds) {
    return Date.from(Instant.now().plusSeconds(seconds));
  }
}
