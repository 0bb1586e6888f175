package com.llmgenerator.billing.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.security.SecureRandom;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ApiKeyTest {
  private static final String KEY = "llmgen_0123456789ABCDEFGHIJabcdefghij0123456789";

  @Test
  void isReadBackAsItWasMade() {
    ApiKey made = ApiKey.generate(new SecureRandom());
    assertThat(made.text()).matches("llmgen_[0-9A-Za-z]{46}");
    assertThat(new ApiKey(made.text()).digest()).isEqualTo(made.digest());
    assertThat(made.hint()).isEqualTo(made.text().substring(49));
  }

  @Test
  void isNeverMadeTwice() {
    SecureRandom random = new SecureRandom();
    assertThat(ApiKey.generate(random).text()).isNotEqualTo(ApiKey.generate(random).text());
  }

  @Test
  void hasAChecksumAndADigestThatOthersCanCompute() {
    ApiKey key = new ApiKey(KEY + "3BTHtv");
    assertThat(HexFormat.of().formatHex(key.digest()))
        .isEqualTo("c847ff353d8a837c161edbcd5233709a50dc957dd7676963ddffd83f594c45c2");
  }

  @Test
  void doesNotShowItselfInLogs() {
    assertThat(new ApiKey(KEY + "3BTHtv")).hasToString("llmgen_…THtv");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "llmgen_",
        "LLMGEN_0123456789ABCDEFGHIJabcdefghij01234567893BTHtv",
        "llmgen_0123456789ABCDEFGHIJabcdefghij01234567893BTHt",
        "llmgen_0123456789ABCDEFGHIJabcdefghij01234567893BTHtvn",
        "llmgen_0123456789ABCDEFGHIJabcdefghij0123456789_BTHtv",
        "llmgen_0123456789ABCDEFGHIJabcdefghij01234567893BTHtv\n"
      })
  void isRefusedInAnyOtherShape(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ApiKey(text))
        .withMessage("Not of the shape of an API key");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "llmgen_0123456789ABCDEFGHIJabcdefghij01234567893BTHta",
        "llmgen_1123456789ABCDEFGHIJabcdefghij01234567893BTHtv"
      })
  void isRefusedWithAWrongChecksum(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ApiKey(text))
        .withMessage("The checksum of the API key is wrong");
  }
}
