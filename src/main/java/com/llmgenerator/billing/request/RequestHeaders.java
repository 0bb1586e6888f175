package com.llmgenerator.billing.request;

import java.util.List;
import org.apache.camel.Exchange;
import org.eclipse.jetty.http.HttpFields;

/**
 * The head of the HTTP request that a route answers, for those who must read what the caller really
 * sent: a route or a caller can put anything into the headers of a Camel message.
 */
public final class RequestHeaders {
  private final HttpFields headers;

  public RequestHeaders(HttpFields headers) {
    this.headers = headers;
  }

  /** The head of the request that an exchange is about. */
  public static RequestHeaders of(Exchange exchange) {
    return exchange.getProperty(RequestHeaders.class.getName(), RequestHeaders.class);
  }

  /**
   * The values of all headers of a name.
   *
   * @param name in any case
   * @return one for each line that was sent; empty if there is none
   */
  public List<String> all(String name) {
    return headers.getValuesList(name);
  }
}
