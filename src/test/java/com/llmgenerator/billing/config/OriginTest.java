package com.llmgenerator.billing.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OriginTest {
  @ParameterizedTest
  @CsvSource({
    "https://app.example.com, https://app.example.com",
    "https://app.example.com/, https://app.example.com",
    "https://app.example.com:443/a/b?c=d#e, https://app.example.com",
    "https://app.example.com:8443/a, https://app.example.com:8443",
    "http://localhost:3000/dashboard, http://localhost:3000",
    "http://localhost:80, http://localhost",
    "http://127.0.0.1/, http://127.0.0.1",
    "https://app.example.com/%2e%2e/a%20b, https://app.example.com",
  })
  void isReadFromAnAbsoluteUrl(String url, String origin) {
    assertThat(Origin.ofUrl(url)).hasToString(origin);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://app.example.com/",
        "https://app.example.com/x",
        "https://app.example.com?x",
        "https://app.example.com#x"
      })
  void isAloneWhereItIsWrittenAsSuch(String text) {
    assertThat(Origin.of("https://app.example.com:443")).hasToString("https://app.example.com");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Origin.of(text))
        .withMessage("More than an origin");
  }

  @ParameterizedTest
  @CsvSource({
    "/dashboard, Not an absolute URL",
    "//app.example.com/, Not an absolute URL",
    "https:/app.example.com, Not an absolute URL",
    "https:app.example.com, Not an absolute URL",
    "javascript:alert(1), Not an absolute URL",
    "data:text/html;base64;x, Not an absolute URL",
    "https://, Not a URL",
    "https:///path, Not an absolute URL",
    "https://user@app.example.com/, Not a plain host and port in lower case",
    "https://app.example.com@evil.example.com/, Not a plain host and port in lower case",
    "https://App.Example.com/, Not a plain host and port in lower case",
    "https://app.example.com:/, Not a plain host and port in lower case",
    "https://app.example.com:443443/, Not a plain host and port in lower case",
    "https://app.example.com:0/, Not a plain host and port in lower case",
    "https://app.example.com:0443/, Not a plain host and port in lower case",
    "https://app.example.com:00443/, Not a plain host and port in lower case",
    "https://app.example.com:65536/, No such port",
    "https://app_example.com/, Not a plain host and port in lower case",
    "https://[::1]/, Not a plain host and port in lower case",
    "https://xn--80ak6aa92e.com%00.example.com/, Not a plain host and port in lower case",
    "http://app.example.com/, Not https",
    "HTTPS://app.example.com/, Not https",
    "ftp://app.example.com/, Not https",
    "http://localhost.example.com/, Not https",
    "https://app.example.com/<a>, Not a URL",
    "https://app.example.com/%zz, Not a URL",
  })
  void isRefusedWhereBrowsersCouldReadItOtherwise(String url, String reason) {
    assertRefused(url, reason);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " https://app.example.com/",
        "https://app.example.com/ ",
        "https://app.example.com/a b",
        "https://app.example.com\\@evil.example.com/",
        "https:\\\\app.example.com/",
        "https://app.example.com/\tx",
        "https://app.example.com/\r\nLocation:x",
        "https://app.exämple.com/",
        "https://app.example.com/ü",
        "https://app.example.com/\u0000",
        "https://app.example.com/\u2028"
      })
  void isRefusedWithCharactersThatMustBeEscaped(String url) {
    assertRefused(url, "Holds a character that a URL must escape");
  }

  @Test
  void isRefusedAboveTwoThousandAndFortyEightCharacters() {
    String longest = "https://app.example.com/" + "x".repeat(2024);
    assertThat(Origin.ofUrl(longest)).hasToString("https://app.example.com");
    assertRefused(longest + "x", "Longer than 2,048 characters");
  }

  private static void assertRefused(String url, String reason) {
    assertThatIllegalArgumentException().isThrownBy(() -> Origin.ofUrl(url)).withMessage(reason);
  }
}
