package com.llmgenerator.billing.it;

import static com.llmgenerator.billing.it.Caller.AS_USER;
import static com.llmgenerator.billing.it.Problems.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import com.llmgenerator.billing.auth.TestRealm;
import com.llmgenerator.billing.it.Caller.Answer;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.OctetSequenceKey;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.OctetSequenceKeyGenerator;
import com.nimbusds.jwt.SignedJWT;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** The realm's keys change or are weak; only those of the realm ever count. */
class SigningKeysIT {
  private static final int UNKNOWN_KEYS = 30;

  private final String user = UUID.randomUUID().toString();
  private TestRealm realm;
  private PackagedPortal portal;

  @BeforeEach
  void start() {
    realm = new TestRealm();
    Map<String, String> environment = Servers.environment();
    environment.put("KEYCLOAK_ISSUER", realm.issuer());
    portal = PackagedPortal.start(environment);
    Servers.addBillingAccount(user, "cus_ofSigningKeys");
    assertThat(call(token(realm.rsa())).status()).isEqualTo(200);
  }

  @AfterEach
  void stop() {
    portal.close();
    realm.close();
  }

  @Nested
  @Execution(ExecutionMode.CONCURRENT)
  class Returns200 {
    @Test
    void atOnceToATokenOfANewKeyAndNoMoreToOneOfTheOldKey() {
      RSAKey next = TestRealm.rsaKey(2048, "next");
      realm.publish(next);
      assertThat(call(token(next)).status()).isEqualTo(200);
      assertRefused(token(realm.rsa()));
    }

    @Test
    void toTokensOfKnownKeysWhileOthersNameUnknownOnes() {
      for (int i = 0; i < UNKNOWN_KEYS; i++) {
        assertRefused(token(new RSAKey.Builder(realm.rsa()).keyID("unknown-" + i).build()));
      }
      assertThat(call(token(realm.rsa())).status()).isEqualTo(200);
      // The first fetch, and at most two for each 10 s that the unknown ones may have taken.
      assertThat(realm.fetches()).isBetween(2, 5);
    }
  }

  @Nested
  @Execution(ExecutionMode.CONCURRENT)
  class Returns401 {
    @Test
    void toATokenOfAWeakKeyOfASharedSecretOrOfAnIdThatTwoKeysHave() throws Exception {
      RSAKey weak = TestRealm.rsaKey(1024, "weak");
      RSAKey one = TestRealm.rsaKey(2048, "twice");
      RSAKey other = TestRealm.rsaKey(2048, "twice");
      OctetSequenceKey secret =
          new OctetSequenceKeyGenerator(256).keyID("secret").keyUse(KeyUse.SIGNATURE).generate();
      realm.publish(new JWKSet(List.of(realm.rsa(), weak, one, other, secret)).toString(false));
      assertRefused(token(weak));
      assertRefused(token(one));
      assertRefused(token(other));
      SignedJWT shared =
          new SignedJWT(
              new JWSHeader.Builder(JWSAlgorithm.HS256).keyID("secret").build(),
              SignedJWT.parse(token(realm.rsa())).getJWTClaimsSet());
      shared.sign(new MACSigner(secret));
      assertRefused(shared.serialize());
      assertThat(call(token(realm.rsa())).status()).isEqualTo(200);
    }
  }

  private Answer call(String token) {
    return Caller.post(portal, AS_USER, token, null);
  }

  private String token(RSAKey key) {
    return realm.tokenSignedBy(key, user);
  }

  private void assertRefused(String token) {
    assertProblem(call(token), 401, "unauthorized", "Invalid or missing token.");
  }
}
