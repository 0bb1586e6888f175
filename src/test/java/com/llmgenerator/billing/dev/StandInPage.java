package com.llmgenerator.billing.dev;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.springframework.util.StringUtils;
import wiremock.com.github.jknack.handlebars.EscapingStrategy;
import wiremock.com.github.jknack.handlebars.Handlebars;
import wiremock.com.github.jknack.handlebars.io.ClassPathTemplateLoader;

/**
 * The stand-in's HTML, from the templates of {@code src/test/resources/stand-in}, which escape what
 * they show. Pages run no script and load their style alone.
 */
final class StandInPage {
  private static final Handlebars TEMPLATES =
      new Handlebars(new ClassPathTemplateLoader("/stand-in", ".html"))
          .with(EscapingStrategy.HBS3)
          .registerHelper("words", (word, options) -> words(String.valueOf(word)));

  private StandInPage() {}

  /** A page without a form. */
  static StripeAnswer of(int status, String template, Map<String, ?> shown) {
    return of(status, template, shown, "'none'");
  }

  /**
   * A page with a form, which the stand-in answers itself.
   *
   * @param redirect where that answer may send the browser, which browsers take for the form's
   *     target too; null if nowhere else
   */
  static StripeAnswer withForm(String template, Map<String, ?> shown, String redirect) {
    return of(200, template, shown, "'self'" + (redirect == null ? "" : " " + origin(redirect)));
  }

  /** A page that only says something. */
  static StripeAnswer message(int status, String title, String message) {
    return of(status, "message", Map.of("title", title, "message", message));
  }

  /** Sends the browser on with a GET. */
  static StripeAnswer redirect(String url) {
    return StripeAnswer.of(303, "text/plain", "")
        .with("Location", URI.create(url).toASCIIString())
        .with("Cache-Control", "no-store");
  }

  /** What all pages look like. */
  static StripeAnswer style() {
    try (InputStream css = StandInPage.class.getResourceAsStream("/stand-in/style.css")) {
      return StripeAnswer.of(
          200, "text/css; charset=utf-8", new String(css.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static StripeAnswer of(
      int status, String template, Map<String, ?> shown, String formAction) {
    try {
      String html = TEMPLATES.compile(template).apply(shown).strip() + "\n";
      return StripeAnswer.of(status, "text/html; charset=utf-8", html)
          .with("Cache-Control", "no-store")
          .with("X-Content-Type-Options", "nosniff")
          .with("Referrer-Policy", "no-referrer")
          .with(
              "Content-Security-Policy",
              "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none';"
                  + " form-action "
                  + formAction);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** One of the API's words as people read it: {@code too_complex} is "Too complex". */
  private static String words(String word) {
    return StringUtils.capitalize(word.replace('_', ' '));
  }

  private static String origin(String url) {
    URI uri = URI.create(url);
    return uri.getScheme() + "://" + uri.getHost() + (uri.getPort() < 0 ? "" : ":" + uri.getPort());
  }
}
