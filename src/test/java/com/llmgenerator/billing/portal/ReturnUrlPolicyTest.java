package com.llmgenerator.billing.portal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.llmgenerator.billing.config.Origin;
import com.llmgenerator.billing.config.TestSettings;
import com.llmgenerator.billing.problem.BadRequestException;
import java.net.URI;
import org.apache.camel.Exchange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReturnUrlPolicyTest {
  private final ReturnUrlPolicy policy =
      new ReturnUrlPolicy(
          TestSettings.portal(
              Origin.of("https://app.example.com"), Origin.of("http://localhost:3000")));

  @Test
  void choosesTheDefaultWhereTheCallerDoesNot() {
    assertThat(choose(null)).isEqualTo("https://app.example.com/dashboard");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://app.example.com",
        "https://app.example.com:443",
        "https://app.example.com?a=b",
        "https://app.example.com#a",
        "https://app.example.com/#",
        "https://app.example.com/%2e%2E/a%20b?c=%7b#%25",
        "https://app.example.com//a;b=c,d/@:!$&'()*+~_-.?/?:@#/?:@",
        "http://localhost:3000/a",
        "https://crm.example.com/a"
      })
  void leavesWhatRfc3986Allows(String url) {
    assertThat(choose(url)).isEqualTo(url);
    assertThat(URI.create(url)).isNotNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiterString = " -> ",
      quoteCharacter = '_',
      textBlock =
          """
          ?sort=name|asc -> ?sort=name%7Casc
          ?filter={%22a%22:1} -> ?filter=%7B%22a%22:1%7D
          /docs/[id] -> /docs/%5Bid%5D
          /#/x?y={z} -> /#/x?y=%7Bz%7D
          ?q=100% -> ?q=100%25
          /#a#b -> /#a%23b
          /## -> /#%23
          /a#b#c#d -> /a#b%23c%23d
          /^` -> /%5E%60
          /%%2 -> /%25%252
          /%2%20%zz%G0%0g -> /%252%20%25zz%25G0%250g
          /%%41 -> /%25%41
          /%5b[ -> /%5b%5B
          /{{a}}${b} -> /%7B%7Ba%7D%7D$%7Bb%7D
          """)
  void encodesWhatBrowsersLeave(String rest, String encoded) {
    assertThat(choose("https://app.example.com" + rest))
        .isEqualTo("https://app.example.com" + encoded);
    assertThat(URI.create("https://app.example.com" + encoded)).isNotNull();
  }

  /** Of every visible character one by one, in each part. */
  @Test
  void givesOutOnlyUrls() {
    for (char c = '!'; c <= '~'; c++) {
      for (String part : new String[] {"/", "?", "#"}) {
        String url = "https://app.example.com" + part + c;
        if ("\"<>\\".indexOf(c) >= 0) {
          assertRefused(
              url,
              "returnUrl is not an absolute URL, or holds a character that browsers" + " escape");
        } else {
          assertThat(choose(url)).matches("[^\\[\\]|{}^`]*");
          assertThat(URI.create(choose(url)).getHost()).isEqualTo("app.example.com");
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "https://evil.example.com/, false",
    "https://app.example.com:8443/, false",
    "https://app.example.com.evil.example.com/, false",
    "https://localhost:3000/, false",
    "https://app.example.com@evil.example.com/, true",
    "https://app.example.com:0443/, true",
    "https://app.example.com:/, true",
    "https://APP.example.com/, true",
    "HTTPS://app.example.com/, true",
    "http://app.example.com/, true",
    "https://[::1]/, true",
    "https://{x}.example.com/, true",
    "https://app.example.com|/, true",
    "https://%61pp.example.com/, true",
    "https:///app.example.com/, true",
    "blob:https://app.example.com/, true",
    "{x}://app.example.com/, true"
  })
  void refusesOtherOrigins(String url, boolean bySyntax) {
    assertThatExceptionOfType(BadRequestException.class)
        .isThrownBy(() -> choose(url))
        .withMessageStartingWith(
            bySyntax
                ? "returnUrl is "
                : "returnUrl is neither on an origin of PORTAL_RETURN_ORIGINS");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/a",
        "//app.example.com/",
        "https:app.example.com/",
        "https:/app.example.com/",
        "/https://app.example.com/",
        "?https://app.example.com/",
        "https://app.example.com/a b",
        "https://app.example.com/ ",
        "https://app.example.com/\t",
        "https://app.example.com/\n",
        "https://app.example.com/#\u0000",
        "https://app.example.com/\u007f",
        "https://app.example.com/?\u00fc",
        "https://app.example.com/#\u2028"
      })
  void refusesWhatIsNoUrl(String url) {
    assertRefused(
        url, "returnUrl is not an absolute URL, or holds a character that browsers escape");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://app.example.com\\@evil.example.com/", " https://app.example.com/",
        "https://app.example.com\u2044evil/", "https://app.example.com\t/"
      })
  void refusesAnOriginWithACharacterThatAUrlMustEscape(String url) {
    assertRefused(url, "returnUrl is rejected: Holds a character that a URL must escape");
  }

  @Test
  void countsTheCharactersOfTheCaller() {
    String longest = "https://app.example.com/" + "{".repeat(2024);
    assertThat(choose(longest)).isEqualTo("https://app.example.com/" + "%7B".repeat(2024));
    assertRefused(longest + "x", "returnUrl is longer than 2,048 characters");
  }

  private void assertRefused(String url, String reason) {
    assertThatExceptionOfType(BadRequestException.class)
        .isThrownBy(() -> choose(url))
        .withMessage(reason);
  }

  private String choose(String url) {
    Exchange exchange = Messages.of(new PortalRequest(url, null, null));
    exchange.setVariable("keyReturnOrigins", "https://a.example.com https://crm.example.com");
    policy.process(exchange);
    return exchange.getVariable("returnUrl", String.class);
  }
}
