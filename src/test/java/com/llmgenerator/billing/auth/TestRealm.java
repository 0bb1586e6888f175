package com.llmgenerator.billing.auth;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.crypto.impl.BaseJWSProvider;
import com.nimbusds.jose.crypto.opts.AllowWeakRSAKey;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.Signature;
import java.security.spec.EdECPrivateKeySpec;
import java.security.spec.NamedParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;

/**
 * A realm for tests that need tokens no Keycloak would sign: it publishes its keys over HTTP as
 * Keycloak does and signs whatever a test wants.
 */
public final class TestRealm implements AutoCloseable {
  public static final String AUDIENCE = "billing-portal";

  // The same in each realm: to make one takes long.
  private static final RSAKey RSA = rsaKey(2048, "rsa");
  private static final ECKey EC = ecKey();

  private final HttpServer server;
  private final List<Instant> fetches = new CopyOnWriteArrayList<>();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private volatile String published = keySet(RSA, EC);
  private volatile Duration delay = Duration.ZERO;
  private volatile int status = 200;

  public TestRealm() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.createContext(
        "/realms/test/protocol/openid-connect/certs",
        exchange -> {
          fetches.add(Instant.now());
          byte[] keys = published.getBytes(StandardCharsets.UTF_8);
          sleep(delay);
          exchange.sendResponseHeaders(status, keys.length);
          exchange.getResponseBody().write(keys);
          exchange.close();
        });
    server.setExecutor(threads);
    server.start();
  }

  public String issuer() {
    return "http://localhost:" + server.getAddress().getPort() + "/realms/test";
  }

  /** A token that is accepted. */
  public String token() {
    return token(claims -> {});
  }

  /** A token that would be accepted but for what the test changes in its claims. */
  public String token(Consumer<JWTClaimsSet.Builder> change) {
    JWTClaimsSet.Builder claims = claims();
    change.accept(claims);
    return sign(RSA, JWSAlgorithm.RS256, claims.build());
  }

  JWTClaimsSet.Builder claims() {
    Instant now = Instant.now();
    return new JWTClaimsSet.Builder()
        .issuer(issuer())
        .audience(List.of(AUDIENCE, "account"))
        .subject("user-1")
        .claim("typ", "Bearer")
        .claim("azp", "settings-page")
        .jwtID(UUID.randomUUID().toString())
        .issueTime(Date.from(now))
        .expirationTime(Date.from(now.plus(Duration.ofMinutes(5))));
  }

  public RSAKey rsa() {
    return RSA;
  }

  public ECKey ec() {
    return EC;
  }

  /** How often the keys were asked for. */
  public int fetches() {
    return fetches.size();
  }

  /** When the keys were asked for. */
  public List<Instant> fetchTimes() {
    return fetches;
  }

  public void publish(JWK... keys) {
    publish(keySet(keys));
  }

  /** Publishes a JSON Web Key Set, even one that no Keycloak would publish. */
  public void publish(String keySet) {
    published = keySet;
  }

  /**
   * Answers otherwise from now on.
   *
   * @param status 200 if keys are published
   * @param delay from the question to the answer, which has the keys of the question's time
   */
  public void answerKeys(int status, Duration delay) {
    this.status = status;
    this.delay = delay;
  }

  private static void sleep(Duration time) {
    try {
      Thread.sleep(time.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The public parts of keys, as a JSON Web Key Set. */
  public static String keySet(JWK... keys) {
    return new JWKSet(List.of(keys)).toPublicJWKSet().toString();
  }

  /** A token that would be accepted if the realm published this key. */
  public String tokenSignedBy(JWK key) {
    return tokenSignedBy(key, "user-1");
  }

  /** As {@link #tokenSignedBy(JWK)}, of another user. */
  public String tokenSignedBy(JWK key, String subject) {
    JWSAlgorithm algorithm =
        key instanceof OctetKeyPair
            ? JWSAlgorithm.EdDSA
            : key instanceof ECKey ? JWSAlgorithm.ES256 : JWSAlgorithm.RS256;
    return sign(key, algorithm, claims().subject(subject).build());
  }

  static String sign(JWK key, JWSAlgorithm algorithm, JWTClaimsSet claims) {
    JWSHeader header =
        new JWSHeader.Builder(algorithm).type(JOSEObjectType.JWT).keyID(key.getKeyID()).build();
    return sign(key, header, claims);
  }

  static String sign(JWK key, JWSHeader header, JWTClaimsSet claims) {
    try {
      JWSSigner signer =
          key instanceof RSAKey rsa
              ? new RSASSASigner(rsa.toPrivateKey(), Set.of(AllowWeakRSAKey.getInstance()))
              : key instanceof OctetKeyPair okp
                  ? new EdwardsSigner(okp)
                  : new ECDSASigner((ECKey) key);
      SignedJWT jwt = new SignedJWT(header, claims);
      jwt.sign(signer);
      return jwt.serialize();
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  public static RSAKey rsaKey(int bits, String id) {
    try {
      return new RSAKeyGenerator(bits, true).keyID(id).keyUse(KeyUse.SIGNATURE).generate();
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * A key of an Edwards curve.
   *
   * @param curve Ed25519 or Ed448
   */
  public static OctetKeyPair edwardsKey(Curve curve, String id) {
    try {
      KeyPair pair = KeyPairGenerator.getInstance(curve.getName()).generateKeyPair();
      // RFC 8410: both end with the bytes that RFC 8037 wants.
      int bytes = curve.equals(Curve.Ed25519) ? 32 : 57;
      return new OctetKeyPair.Builder(curve, last(bytes, pair.getPublic()))
          .d(last(bytes, pair.getPrivate()))
          .keyID(id)
          .keyUse(KeyUse.SIGNATURE)
          .build();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Base64URL last(int bytes, Key key) {
    byte[] encoded = key.getEncoded();
    return Base64URL.encode(Arrays.copyOfRange(encoded, encoded.length - bytes, encoded.length));
  }

  private static ECKey ecKey() {
    try {
      return new ECKeyGenerator(Curve.P_256).keyID("ec").keyUse(KeyUse.SIGNATURE).generate();
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }

  /** The library has none without Google's Tink. */
  private static final class EdwardsSigner extends BaseJWSProvider implements JWSSigner {
    private final String curve;
    private final EdECPrivateKeySpec key;

    EdwardsSigner(OctetKeyPair key) {
      super(JWSAlgorithm.Family.SIGNATURE);
      this.curve = key.getCurve().getName();
      this.key = new EdECPrivateKeySpec(new NamedParameterSpec(curve), key.getDecodedD());
    }

    @Override
    public Base64URL sign(JWSHeader header, byte[] input) throws JOSEException {
      try {
        Signature signature = Signature.getInstance(curve);
        signature.initSign(KeyFactory.getInstance(curve).generatePrivate(key));
        signature.update(input);
        return Base64URL.encode(signature.sign());
      } catch (GeneralSecurityException e) {
        throw new JOSEException(e);
      }
    }
  }
}
