package com.llmgenerator.billing.dev;

/** What a browser shows of the stand-in. Pages carry their style and load nothing. */
final class PortalPage {
  private static final String HTML = "text/html; charset=utf-8";

  private static final String FRAME =
      """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>%1$s</title>
      <style>
      body { margin: 0; background: #f6f8fa; color: #1a1f36; font: 16px/1.5 system-ui, sans-serif; }
      main { max-width: 36rem; margin: 3rem auto; padding: 2rem; background: #fff;
        border: 1px solid #e3e8ee; border-radius: .5rem; }
      h1 { margin: 0 0 .5rem; font-size: 1.5rem; }
      p { color: #4f566b; }
      dl { display: grid; grid-template-columns: 8rem 1fr; gap: .25rem 1rem; }
      dt { color: #4f566b; }
      dd { margin: 0; overflow-wrap: anywhere; }
      li { padding: .25rem 0; }
      a { color: #4b45c6; }
      </style>
      </head>
      <body>
      <main>
      <h1>%1$s</h1>
      %2$s</main>
      </body>
      </html>
      """;

  private static final String SESSION =
      """
      <p>This stands in for Stripe's Customer Portal. Nothing here changes anything.</p>
      <dl>
      <dt>Customer</dt><dd>%s</dd>
      <dt>Mode</dt><dd>%s</dd>
      <dt>Configuration</dt><dd>%s</dd>
      </dl>
      <p>Here the customer manages</p>
      <ul>
      <li>Payment methods</li>
      <li>Invoices and billing history</li>
      <li>Plan changes</li>
      <li>Cancellation</li>
      <li>Customer details</li>
      </ul>
      """;

  private PortalPage() {}

  /** The page of an open session, with a link back if the session has a return URL. */
  static StripeAnswer of(StandInSessions.Session session) {
    String content =
        SESSION.formatted(
            escaped(session.customer()),
            session.livemode() ? "Live" : "Test",
            escaped(session.configuration()));
    if (session.returnUrl() != null) {
      String returnUrl = escaped(session.returnUrl());
      content += "<p><a href=\"%1$s\">Return to %1$s</a></p>\n".formatted(returnUrl);
    }
    return page(200, "Customer portal", content);
  }

  static StripeAnswer notFound() {
    return page(
        404,
        "Session not found",
        "<p>This session has expired or never was. Ask the application for a new one.</p>\n");
  }

  /** What {@code GET /} says. */
  static StripeAnswer welcome() {
    return page(
        200,
        "Stripe stand-in",
        "<p>This server answers <code>POST /v1/billing_portal/sessions</code> like Stripe."
            + " Nothing here reaches Stripe.</p>\n");
  }

  /** What an overloaded proxy might send in place of Stripe's JSON. */
  static StripeAnswer nonsense() {
    return page(200, "Something went wrong", "<p>Please try again later.</p>\n");
  }

  private static StripeAnswer page(int status, String title, String content) {
    return StripeAnswer.of(status, HTML, FRAME.formatted(title, content))
        .with("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
