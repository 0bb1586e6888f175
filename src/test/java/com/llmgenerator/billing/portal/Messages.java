package com.llmgenerator.billing.portal;

import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;

/** Messages for processors. */
final class Messages {
  private static final DefaultCamelContext CAMEL = new DefaultCamelContext();

  private Messages() {}

  static Exchange of(Object body) {
    Exchange exchange = new DefaultExchange(CAMEL);
    exchange.getMessage().setBody(body);
    return exchange;
  }
}
