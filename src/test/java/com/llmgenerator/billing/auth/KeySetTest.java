package com.llmgenerator.billing.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.RSAKey;
import java.text.ParseException;
import java.util.Base64;
import java.util.HexFormat;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeySetTest {
  private static final OctetKeyPair ED = TestRealm.edwardsKey(Curve.Ed25519, "ed");

  @Nested
  class Uses {
    @ParameterizedTest
    @ValueSource(
        strings = {
          "null",
          "1",
          "{}",
          "{\"kty\":\"AKP\",\"alg\":\"ML-DSA-65\",\"pub\":\"AA\",\"use\":\"sig\"}",
          "{\"kty\":\"EC\",\"crv\":\"brainpoolP256r1\",\"x\":\"AQ\",\"y\":\"AQ\",\"use\":\"sig\"}",
          "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AQ\",\"y\":\"AQ\",\"use\":\"sig\"}",
          "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AQ\",\"kid\":\"short\",\"use\":\"sig\"}",
          "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"use\":\"sig\"}",
          "{\"kty\":\"RSA\",\"n\":\"\",\"e\":\"\",\"use\":\"sig\"}"
        })
    void theOthersBesideAKeyThatItDoesNotUnderstand(String key) throws Exception {
      String published = TestRealm.keySet(ED);
      String beside = published.substring(0, published.lastIndexOf(']')) + "," + key + "]}";
      assertThat(KeySet.usableKeys(beside).getKeys())
          .extracting(JWK::getKeyID)
          .containsExactly("ed");
    }

    @Test
    void thePublicPartOfAKeyWithItsPrivatePart() throws Exception {
      String leaked = "{\"keys\":[" + ED.toJSONString() + "]}";
      assertThat(KeySet.usableKeys(leaked).getKeys()).hasSize(1);
    }
  }

  @Nested
  class Refuses {
    @ParameterizedTest
    @CsvSource({
      "a short key, 00",
      "a byte more, 00000000000000000000000000000000000000000000000000000000000000ff00",
      "order 1, 0100000000000000000000000000000000000000000000000000000000000000",
      "order 2, ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "order 4, 0000000000000000000000000000000000000000000000000000000000000000",
      "order 4 with a sign, 0000000000000000000000000000000000000000000000000000000000000080",
      "order 8, 26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
      "order 8, c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
      "order 1 and the field, eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "order 4 and the field, edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "no point of the curve, 0200000000000000000000000000000000000000000000000000000000000000"
    })
    void ed25519KeyThatIsNone(String kind, String x) {
      String key =
          Base64.getUrlEncoder().withoutPadding().encodeToString(HexFormat.of().parseHex(x));
      assertRefused(
          "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"ed\",\"use\":\"sig\",\"x\":\"%s\"}]}"
              .formatted(key),
          "OKP Ed25519");
    }

    @Test
    void aSetWithoutUsableKeysAndTellsWhatItFound() {
      JWK encryption = new RSAKey.Builder(TestRealm.rsaKey(2048, "enc")).keyUse(null).build();
      String published =
          TestRealm.keySet(
              TestRealm.rsaKey(1024, "weak"),
              TestRealm.rsaKey(1024, "weaker"),
              encryption,
              TestRealm.edwardsKey(Curve.Ed448, "ed448"));
      String more =
          ",{\"kty\":\"oct\",\"k\":\"AAAA\",\"alg\":\"HS256\",\"use\":\"sig\"}"
              + ",{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"AAAA\",\"use\":\"enc\"}"
              + ",{\"kty\":\"OKP\",\"crv\":\"forged\\nline\",\"x\":\"AAAA\",\"use\":\"forged\"}]}";
      assertRefused(
          published.substring(0, published.lastIndexOf(']')) + more,
          "OKP Ed448; OKP X25519 with another use; RSA of 1024 bits; RSA of"
              + " 2048 bits without use; oct of 24 bits");
    }

    @Test
    void aSetWithoutKeys() {
      assertRefused("{\"keys\":[]}", "none");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "null", "[]", "{}", "{\"keys\":null}", "{\"keys\":{}}", "<html>"})
    void whatIsNoKeySet(String text) {
      assertThatExceptionOfType(ParseException.class)
          .isThrownBy(() -> KeySet.usableKeys(text))
          .withMessage("Keycloak published no key set");
    }

    private void assertRefused(String keySet, String found) {
      assertThatExceptionOfType(ParseException.class)
          .isThrownBy(() -> KeySet.usableKeys(keySet))
          .withMessage(
              "Keycloak published no usable signing key: it must be RSA of at least 2048 bits, EC"
                  + " with P-256, P-384 or P-521, or OKP with Ed25519, and its use sig. Found: "
                  + found);
    }
  }
}
