package com.llmgenerator.billing.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.llmgenerator.billing.problem.UnauthorizedException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BearerTokenTest {
  @ParameterizedTest
  @CsvSource({
    "Bearer a, a",
    "bEARER   a.b_c~d+e/f-0==, a.b_c~d+e/f-0==",
    "BEARER llmgen_AZaz09, llmgen_AZaz09",
    "Bearer a b, a b"
  })
  void isReadAfterItsScheme(String header, String token) {
    assertThat(BearerToken.read(header)).isEqualTo(token);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "Bearer",
        "Bearer ",
        "Bearer    ",
        "Bearer\ta",
        " Bearer a",
        "Bearera",
        "Basic a",
        "Béarer a"
      })
  void isNothingElse(String header) {
    assertThatThrownBy(() -> BearerToken.read(header))
        .isInstanceOf(UnauthorizedException.class)
        .hasMessage("The Authorization header is not a bearer token");
  }
}
