package com.llmgenerator.billing.dev;

import com.llmgenerator.billing.auth.ApiKey;
import java.security.SecureRandom;
import javax.sql.DataSource;
import org.springframework.jdbc.core.JdbcTemplate;

/** What the embedded default finds in its database: {@code demo} has bought something. */
final class DemoData {
  private final JdbcTemplate jdbc;

  DemoData(DataSource dataSource) {
    this.jdbc = new JdbcTemplate(dataSource);
  }

  /**
   * Makes the billing account of {@code demo}, who has a subscription at the stand-in; {@code
   * newcomer} has neither.
   */
  void addBillingAccount(StripeAccount stripe) {
    jdbc.update(
        "insert into billing_account (user_id, livemode, stripe_customer_id) values (?, ?, ?)",
        EmbeddedKeycloak.DEMO_ID,
        stripe.livemode(),
        stripe.demoCustomer());
    if (stripe.standIn()) {
      jdbc.update(
          "insert into subscription (id, livemode, stripe_customer_id, status, created_at)"
              + " values ('sub_demo', false, ?, 'active', now())",
          stripe.demoCustomer());
    }
  }

  /** Makes an API key of {@code demo}. */
  ApiKey addApiKey() {
    ApiKey key = ApiKey.generate(new SecureRandom());
    jdbc.update(
        "insert into api_key (digest, user_id, name, hint) values (?, ?, ?, ?)",
        key.digest(),
        EmbeddedKeycloak.DEMO_ID,
        "Demo integration",
        key.hint());
    return key;
  }
}
