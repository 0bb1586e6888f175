package com.llmgenerator.billing.portal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.llmgenerator.billing.config.Origin;
import com.llmgenerator.billing.config.StripeProperties;
import com.llmgenerator.billing.problem.BadRequestException;
import com.llmgenerator.billing.problem.BillingAccountNotFoundException;
import com.llmgenerator.billing.problem.PaymentProviderException;
import com.llmgenerator.billing.problem.SubscriptionNotFoundException;
import com.llmgenerator.billing.problem.TemporarilyUnavailableException;
import com.llmgenerator.billing.request.AccessLog;
import com.llmgenerator.billing.stripe.StripeGuard;
import com.llmgenerator.billing.stripe.StripeText;
import java.io.IOException;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.Processor;
import org.springframework.stereotype.Component;

/**
 * Reads Stripe's answer to a {@link PortalSessionRequest}: the body becomes a {@link
 * PortalSession}.
 *
 * @see <a href="https://docs.stripe.com/error-codes">Stripe's error codes</a>
 */
@Component
public final class PortalSessionResponse implements Processor {
  private static final int LONGEST_URL = 2048;

  /** What RFC 3986 allows. Each letter by itself: with ranges, Java takes five times as long. */
  private static final String UNESCAPED =
      "[ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!$&'()*+,./:;=?@_~-]*+";

  private static final String PART = UNESCAPED + "(?:%[0-9A-Fa-f]{2}" + UNESCAPED + ")*+";
  private static final String REST = "(?:[/?]" + PART + ")?(?:#" + PART + ")?";

  private final StripeProperties stripe;
  private final Pattern portalUrl;
  private final ObjectMapper json;
  private final StripeGuard guard;

  PortalSessionResponse(StripeProperties stripe, ObjectMapper json, StripeGuard guard) {
    this.guard = guard;
    this.stripe = stripe;
    Origin portal = stripe.portalOrigin();
    String origins =
        Stream.of(portal, stripe.isStripeItself() ? portal : stripe.apiBase())
            .map(origin -> Pattern.quote(origin.toString()))
            .collect(Collectors.joining("|"));
    portalUrl = Pattern.compile("(?:" + origins + ")" + REST);
    this.json = json;
  }

  @Override
  public void process(Exchange exchange) {
    Message answer = exchange.getMessage();
    answer.setBody(
        read(
            answer.getHeader(Exchange.HTTP_RESPONSE_CODE, int.class),
            answer.getBody(byte[].class),
            exchange.getVariable("stripeCustomer", String.class),
            exchange.getVariable("flow", String.class)));
  }

  /**
   * Reads Stripe's answer.
   *
   * @param status its HTTP status
   * @param body its JSON
   * @param customer whose session was asked for
   * @param flow the flow that was asked for, or null
   * @return the session, if it is the customer's, of the key's mode, with a URL that can be given
   *     out
   * @throws BillingAccountNotFoundException if Stripe does not know the customer in this mode
   * @throws SubscriptionNotFoundException if Stripe does not know the subscription any more
   * @throws BadRequestException if Stripe does not open the flow
   * @throws TemporarilyUnavailableException if Stripe limits our rate
   * @throws PaymentProviderException if Stripe refuses or fails otherwise, or answers nonsense
   */
  PortalSession read(int status, byte[] body, String customer, String flow) {
    if (status != 200) {
      throw failure(status, parse(body).path("error"), flow);
    }
    JsonNode session = parse(body);
    if (session.isMissingNode()) {
      throw new PaymentProviderException("Stripe's answer is not JSON");
    }
    if (!session.path("object").asText().equals("billing_portal.session")) {
      throw new PaymentProviderException("Stripe answered something else than a portal session");
    }
    JsonNode livemode = session.path("livemode");
    if (!livemode.isBoolean() || livemode.booleanValue() != stripe.livemode()) {
      throw new PaymentProviderException("Stripe answered a portal session of the other mode");
    }
    // An answer too many on a connection, of Stripe or a proxy, would be somebody else's.
    if (knowsCustomers() && !session.path("customer").asText().equals(customer)) {
      guard.distrustConnections();
      throw new PaymentProviderException("Stripe answered a portal session of another customer");
    }
    String url = session.path("url").asText();
    if (url.length() > LONGEST_URL || !portalUrl.matcher(url).matches()) {
      throw new PaymentProviderException(
          "Stripe answered a URL that is not on STRIPE_PORTAL_ORIGIN");
    }
    AccessLog.note("stripeSession", StripeText.identifier(session.path("id")));
    return new PortalSession(url);
  }

  /** A stand-in, where no money is, may answer the same session to everybody. */
  private boolean knowsCustomers() {
    return stripe.livemode() || stripe.isStripeItself();
  }

  private static RuntimeException failure(int status, JsonNode error, String flow) {
    String code = StripeText.identifier(error.path("code"));
    String param = StripeText.identifier(error.path("param"));
    if ((status == 400 || status == 404)
        && code.equals("resource_missing")
        && param.equals("customer")) {
      return new BillingAccountNotFoundException(
          "Stripe does not know the customer: deleted, or of the other mode");
    }
    if (flow != null && status == 400 && !isOurs(error, param)) {
      return code.equals("resource_missing")
          ? new SubscriptionNotFoundException("Stripe does not know the subscription: " + param)
          : new BadRequestException(
              "flow_unavailable",
              ("Stripe does not open the flow "
                      + flow
                      + ": is it on in the portal configuration,"
                      + " and the subscription still to change? "
                      + code
                      + " "
                      + param)
                  .strip());
    }
    return switch (status) {
      case 429 -> new TemporarilyUnavailableException("Stripe limits our rate (429 " + code + ")");
      case 401 -> new PaymentProviderException("Stripe refuses the key: check STRIPE_SECRET_KEY");
      case 403 ->
          new PaymentProviderException(
              "Stripe refuses the key's permission: give it \"Customer portal: write\"");
      case 400 -> new PaymentProviderException(badRequest(error, code, param));
      default -> new PaymentProviderException(("Stripe failed: " + status + " " + code).strip());
    };
  }

  /** Whether a flow has no part in what Stripe refuses. */
  private static boolean isOurs(JsonNode error, String param) {
    return List.of("customer", "configuration", "return_url", "locale").contains(param)
        || isWithoutConfiguration(error);
  }

  private static boolean isWithoutConfiguration(JsonNode error) {
    return error.path("message").asText().startsWith("No configuration provided");
  }

  private static String badRequest(JsonNode error, String code, String param) {
    if (param.equals("configuration")) {
      return "Stripe refuses the portal configuration: check STRIPE_PORTAL_CONFIGURATION";
    }
    if (isWithoutConfiguration(error)) {
      return "Stripe has no portal configuration: save one in the Dashboard"
          + " (Settings, Billing, Customer portal) or set STRIPE_PORTAL_CONFIGURATION";
    }
    return "Stripe refuses the request: " + code + " " + param;
  }

  /** Reads JSON; a missing node if it is none or there is no body. */
  private JsonNode parse(byte[] body) {
    try {
      return body == null ? MissingNode.getInstance() : json.readTree(body);
    } catch (IOException e) {
      return MissingNode.getInstance();
    }
  }
}
