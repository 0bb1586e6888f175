package com.llmgenerator.billing.portal;

import com.llmgenerator.billing.problem.BadRequestException;
import java.util.IllformedLocaleException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.springframework.stereotype.Component;

/**
 * Sets the variable {@code locale} to the language of Stripe's portal that is nearest to the
 * caller's; to nothing if the caller did not choose. The body is a {@link PortalRequest}.
 */
@Component
public final class PortalLocale implements Processor {
  /** Stripe's list; a test compares it with the official SDK's. */
  static final Set<String> TAGS =
      Set.of(
          "auto", "bg", "cs", "da", "de", "el", "en", "en-AU", "en-CA", "en-GB", "en-IE", "en-IN",
          "en-NZ", "en-SG", "es", "es-419", "et", "fi", "fil", "fr", "fr-CA", "hr", "hu", "id",
          "it", "ja", "ko", "lt", "lv", "ms", "mt", "nb", "nl", "pl", "pt", "pt-BR", "ro", "ru",
          "sk", "sl", "sv", "th", "tr", "vi", "zh", "zh-HK", "zh-TW");

  /** Far more than real tags have: the JDK takes minutes for a tag of 8 KiB. */
  private static final int LONGEST_TAG = 100;

  /** Languages under another tag than Stripe's. */
  private static final Map<String, String> ALIASES =
      Map.of("no", "nb", "nn", "nb", "tl", "fil", "in", "id");

  /** The regions of America whose Spanish has the parent {@code es-419} in Unicode's CLDR. */
  private static final Set<String> LATIN_AMERICA =
      Set.of(
          "AR", "BO", "BR", "BZ", "CL", "CO", "CR", "CU", "DO", "EC", "GT", "HN", "MX", "NI", "PA",
          "PE", "PR", "PY", "SV", "US", "UY", "VE");

  @Override
  public void process(Exchange exchange) {
    String tag = exchange.getMessage().getBody(PortalRequest.class).locale();
    try {
      exchange.setVariable("locale", tag == null ? null : nearest(tag));
    } catch (IllformedLocaleException e) {
      throw new BadRequestException("invalid_locale", "locale is not a language tag of BCP 47");
    }
  }

  /**
   * Finds the nearest language of Stripe's list.
   *
   * @param tag a language tag (BCP 47), in any case, as of {@code navigator.language}; or {@code
   *     auto}
   * @return a tag of Stripe's list; {@code auto} if none is near
   * @throws IllformedLocaleException if it is no language tag, or longer than 100 characters
   */
  static String nearest(String tag) {
    if (tag.isEmpty() || tag.length() > LONGEST_TAG) { // an empty one would reset the builder
      throw new IllformedLocaleException("Empty, or longer than 100 characters");
    }
    Locale locale = new Locale.Builder().setLanguageTag(tag).build();
    // As written: the builder takes what extends a language (zh-yue) for the language.
    String language = tag.toLowerCase(Locale.ROOT).split("-", 2)[0];
    if (language.equals("zh")) {
      return chinese(locale.getScript(), locale.getCountry());
    }
    if (language.equals("es") && LATIN_AMERICA.contains(locale.getCountry())) {
      return "es-419";
    }
    if (ALIASES.containsKey(language)) {
      return ALIASES.get(language);
    }
    // RFC 4647, section 3.4. Not LanguageRange.parse: it adds synonyms, by the version of Java.
    String found = Locale.lookupTag(List.of(new Locale.LanguageRange(tag)), TAGS);
    return found == null ? "auto" : found;
  }

  /** Stripe has simplified characters, and the traditional ones of Taiwan and of Hong Kong. */
  private static String chinese(String script, String region) {
    boolean ofHongKong = region.equals("HK") || region.equals("MO");
    boolean traditional =
        script.isEmpty() ? ofHongKong || region.equals("TW") : script.equals("Hant");
    return !traditional ? "zh" : ofHongKong ? "zh-HK" : "zh-TW";
  }
}
