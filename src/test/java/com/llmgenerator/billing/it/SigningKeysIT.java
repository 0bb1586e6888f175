package com.llmgenerator.billing.it;

import static com.llmgenerator.billing.it.Caller.AS_USER;
import static com.llmgenerator.billing.it.Problems.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.llmgenerator.billing.auth.TestRealm;
import com.llmgenerator.billing.dev.StripeStandIn;
import com.llmgenerator.billing.it.Caller.Answer;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.OctetSequenceKey;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.OctetSequenceKeyGenerator;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jwt.SignedJWT;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** The realm's keys change or are weak; only those of the realm ever count. */
class SigningKeysIT {
  /** After this a published key must be known. */
  private static final Duration TWO_SECONDS = Duration.ofSeconds(2);

  private final String user = UUID.randomUUID().toString();
  private TestRealm realm;
  private StripeStandIn stripe;
  private PackagedPortal portal;

  @BeforeEach
  void start() {
    realm = new TestRealm();
    Map<String, String> environment = Servers.environment();
    environment.put("KEYCLOAK_ISSUER", realm.issuer());
    // Other classes run at the same time, and count what theirs is asked.
    stripe = StripeStandIn.start(0);
    environment.put("STRIPE_API_BASE", stripe.url());
    portal = PackagedPortal.start(environment);
    Servers.addBillingAccount(user, "cus_ofSigningKeys");
    assertThat(call(token(realm.rsa())).status()).isEqualTo(200);
  }

  @AfterEach
  void stop() {
    portal.close();
    stripe.close();
    realm.close();
  }

  @Nested
  @Execution(ExecutionMode.CONCURRENT)
  class Returns200 {
    @Test
    void toEachTokenOfANewKeyFromTwoSecondsOnWhileForgedOnesArrive() {
      try (Forger forger = new Forger(200)) {
        await().until(() -> realm.fetches() >= 3);
        assertLearns(TestRealm.edwardsKey(Curve.Ed25519, "next"));
        realm.answerKeys(200, Duration.ofMillis(500));
        assertLearns(realm.ec());
        assertRefused(token(realm.rsa()));
        assertThat(forger.answers().keySet()).isSubsetOf(401, 503);
      }
      assertFetchesAreASecondApart();
    }

    @Test
    void toTokensOfKnownKeysWhileForgedOnesArriveAndKeycloakFailsAndHangs() {
      try (Forger forger = new Forger(50)) {
        realm.answerKeys(500, Duration.ZERO);
        assertServesKnownKeysThroughTwoFetches();
        realm.answerKeys(200, Duration.ofMinutes(1));
        assertServesKnownKeysThroughTwoFetches();
        assertThat(forger.answers().keySet()).isSubsetOf(401, 503);
      }
      assertFetchesAreASecondApart();
    }

    private void assertLearns(JWK key) {
      realm.publish(key);
      Instant known = Instant.now().plus(TWO_SECONDS);
      await().until(() -> Instant.now().isAfter(known));
      for (int i = 0; i < 50; i++) {
        assertThat(call(token(key)).status()).isEqualTo(200);
      }
    }

    private void assertServesKnownKeysThroughTwoFetches() {
      int before = realm.fetches();
      await()
          .until(
              () -> {
                Instant asked = Instant.now();
                assertThat(call(token(realm.rsa())).status()).isEqualTo(200);
                assertThat(Duration.between(asked, Instant.now())).isLessThan(TWO_SECONDS);
                return realm.fetches() >= before + 3;
              });
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
      int before = realm.fetches();
      realm.publish(new JWKSet(List.of(realm.rsa(), weak, one, other, secret)).toString(false));
      await().until(() -> realm.fetches() > before || call(token(weak)).status() != 401);
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

  private String token(JWK key) {
    return realm.tokenSignedBy(key, user);
  }

  private void assertRefused(String token) {
    assertProblem(call(token), 401, "unauthorized", "Invalid or missing token.");
  }

  private void assertFetchesAreASecondApart() {
    List<Instant> fetches = realm.fetchTimes();
    assertThat(IntStream.range(1, fetches.size()))
        .allSatisfy(
            i ->
                assertThat(Duration.between(fetches.get(i - 1), fetches.get(i)))
                    .isGreaterThanOrEqualTo(Duration.ofSeconds(1)));
  }

  /** Sends tokens, each of an unknown key, and waits for no answer. */
  private final class Forger implements AutoCloseable {
    private final HttpClient client = HttpClient.newHttpClient();
    private final Map<Integer, Integer> answers = new ConcurrentHashMap<>();
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
    private final AtomicInteger sent = new AtomicInteger();
    private final String valid = token(realm.rsa());

    /** Waits until the first of them are answered: a portal that just started is slow. */
    Forger(int perSecond) {
      clock.scheduleAtFixedRate(this::send, 0, 1000 / perSecond, TimeUnit.MILLISECONDS);
      await().atMost(Duration.ofSeconds(30)).until(() -> answers.getOrDefault(401, 0) >= perSecond);
    }

    /** How often each status came. */
    Map<Integer, Integer> answers() {
      return answers;
    }

    private void send() {
      String header =
          "{\"alg\":\"RS256\",\"kid\":\"unknown-%d\"}".formatted(sent.incrementAndGet());
      String forged = Base64URL.encode(header) + valid.substring(valid.indexOf('.'));
      client
          .sendAsync(
              HttpRequest.newBuilder(URI.create(portal.url(AS_USER)))
                  .header("Authorization", "Bearer " + forged)
                  .POST(BodyPublishers.noBody())
                  .build(),
              BodyHandlers.discarding())
          .thenAccept(answer -> answers.merge(answer.statusCode(), 1, Integer::sum));
    }

    @Override
    public void close() {
      clock.shutdownNow();
    }
  }
}
