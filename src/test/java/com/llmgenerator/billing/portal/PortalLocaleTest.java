package com.llmgenerator.billing.portal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.llmgenerator.billing.problem.BadRequestException;
import com.stripe.param.billingportal.SessionCreateParams;
import java.util.IllformedLocaleException;
import java.util.Locale;
import java.util.stream.Stream;
import org.apache.camel.Exchange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PortalLocaleTest {
  @Test
  void knowsExactlyTheLanguagesOfStripesSdk() {
    assertThat(PortalLocale.TAGS)
        .containsExactlyInAnyOrderElementsOf(
            Stream.of(SessionCreateParams.Locale.values())
                .map(SessionCreateParams.Locale::getValue)
                .toList());
  }

  @Test
  void isLeftToStripeWhereTheCallerDoesNotChoose() {
    assertThat(locale(null)).isNull();
  }

  @Test
  void isTheNearestToTheCallers() {
    assertThat(locale("pt-BR")).isEqualTo("pt-BR");
    assertThat(locale("en-US")).isEqualTo("en");
  }

  @Test
  void isNothingThatIsNoLanguageTag() {
    assertThatExceptionOfType(BadRequestException.class)
        .isThrownBy(() -> locale("en_US"))
        .withMessage("locale is not a language tag of BCP 47");
  }

  private static Object locale(String tag) {
    Exchange exchange = Messages.of(new PortalRequest(null, tag, null));
    new PortalLocale().process(exchange);
    return exchange.getVariable("locale");
  }

  @Test
  void leavesWhatStripeListsAsItIsInAnyCase() {
    for (String tag : PortalLocale.TAGS) {
      assertThat(PortalLocale.nearest(tag)).isEqualTo(tag);
      assertThat(PortalLocale.nearest(tag.toUpperCase(Locale.ROOT))).isEqualTo(tag);
      assertThat(PortalLocale.nearest(tag.toLowerCase(Locale.ROOT))).isEqualTo(tag);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "en-US, en",
    "en-us, en",
    "EN-gb, en-GB",
    "en-GB-oed, en-GB",
    "en-GB-scotland, en-GB",
    "en-US-posix, en",
    "en-150, en",
    "fr-CH, fr",
    "fr-Latn-CH, fr",
    "de-DE-1996, de",
    "de-CH-x-phonebk, de",
    "de-DE-u-co-phonebk, de",
    "fr-CA-u-cu-eur-x-private, fr-CA",
    "pt-PT, pt",
    "pt-br-u-nu-latn, pt-BR",
    "ja-JP-u-ca-japanese, ja",
    "en-a-bbb-x-a-ccc, en",
    "fil-PH, fil",
  })
  void findsTheNearestByTheLookupOfRfc4647(String tag, String nearest) {
    assertThat(PortalLocale.nearest(tag)).isEqualTo(nearest);
  }

  @ParameterizedTest
  @CsvSource({
    "zh-Hant, zh-TW",
    "zh-TW, zh-TW",
    "ZH-hant-tw, zh-TW",
    "zh-Hant-CN, zh-TW",
    "zh-Hant-SG, zh-TW",
    "zh-cmn-Hant, zh-TW",
    "zh-HK, zh-HK",
    "zh-hk-u-ca-chinese, zh-HK",
    "zh-MO, zh-HK",
    "zh-Hant-HK, zh-HK",
    "zh-Hant-MO, zh-HK",
    "zh-yue-HK, zh-HK",
    "zh-Hans, zh",
    "zh-CN, zh",
    "zh-SG, zh",
    "zh-Hans-CN, zh",
    "zh-Hans-HK, zh",
    "zh-Hans-TW, zh",
    "zh-Latn-pinyin, zh",
    "zh-yue, zh",
    "zh-min-nan, zh",
    "zh-x-hant, zh",
  })
  void findsTheCharactersOfChinese(String tag, String nearest) {
    assertThat(PortalLocale.nearest(tag)).isEqualTo(nearest);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "AR", "BO", "BR", "BZ", "CL", "CO", "CR", "CU", "DO", "EC", "GT", "HN", "MX", "NI", "PA",
        "PE", "PR", "PY", "SV", "US", "UY", "VE"
      })
  void findsTheSpanishOfLatinAmerica(String region) {
    assertThat(PortalLocale.nearest("es-" + region)).isEqualTo("es-419");
    assertThat(PortalLocale.nearest("ES-latn-" + region.toLowerCase(Locale.ROOT) + "-u-nu-latn"))
        .isEqualTo("es-419");
  }

  @ParameterizedTest
  @ValueSource(strings = {"es-ES", "es-GQ", "es-PH", "es-EA", "es-x-mx"})
  void leavesTheOtherSpanish(String tag) {
    assertThat(PortalLocale.nearest(tag)).isEqualTo("es");
  }

  @ParameterizedTest
  @CsvSource({
    "no, nb",
    "nn, nb",
    "NO-no, nb",
    "nn-NO, nb",
    "nb-SJ, nb",
    "no-bok, nb",
    "no-nyn, nb",
    "tl, fil",
    "tl-PH, fil",
    "in, id",
    "in-ID, id",
    "IN, id"
  })
  void findsLanguagesUnderTheirOtherNames(String tag, String nearest) {
    assertThat(PortalLocale.nearest(tag)).isEqualTo(nearest);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "tlh",
        "i-klingon",
        "x-foo",
        "x-fr",
        "und",
        "und-FR",
        "ca-ES",
        "yue-HK",
        "sgn-BE-FR",
        "art-lojban",
        "qaa-Qaaa-QM-x-southern",
        "abcdefgh"
      })
  void leavesItToStripeWhereNoneIsNear(String tag) {
    assertThat(PortalLocale.nearest(tag)).isEqualTo("auto");
  }

  /** A caller must not keep the JDK busy: it takes minutes for thousands of variants. */
  @Test
  void refusesATagOfMoreThanOneHundredCharacters() {
    String longest = "en-GB-x" + "-aaaaaaaa".repeat(10) + "-aa";
    assertThat(longest).hasSize(100);
    assertThat(PortalLocale.nearest(longest)).isEqualTo("en-GB");
    assertThatExceptionOfType(IllformedLocaleException.class)
        .isThrownBy(() -> PortalLocale.nearest("en-GB" + "-aaaaa".repeat(1300)));
    assertThatExceptionOfType(IllformedLocaleException.class)
        .isThrownBy(() -> PortalLocale.nearest(longest + "a"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "en_US",
        "en-",
        "-en",
        "en--US",
        "e",
        "x",
        "x-",
        "en-x",
        "en-u",
        "abcdefghi",
        "en-abcdefghi",
        "en-x-abcdefghi",
        "12",
        "419",
        "*",
        "en-*",
        "en-US,en;q=0.9",
        "en US",
        " en",
        "en ",
        "en\n",
        "en\u0000",
        "C.UTF-8",
        "fr&customer=cus_2",
        "${en}",
        "\u00e9n",
        "\ufb01",
        "\u0131n"
      })
  void refusesWhatIsNoLanguageTag(String tag) {
    assertThatExceptionOfType(IllformedLocaleException.class)
        .isThrownBy(() -> PortalLocale.nearest(tag));
  }
}
