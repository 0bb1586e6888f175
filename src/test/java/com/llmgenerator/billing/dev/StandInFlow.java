package com.llmgenerator.billing.dev;

import com.llmgenerator.billing.dev.StripeAnswer.RejectedRequest;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What {@code flow_data} of a portal session says, as Stripe's object {@code flow}: its members in
 * Stripe's order.
 *
 * @see <a href="https://docs.stripe.com/customer-management/portal-deep-links">Deep links</a>
 */
record StandInFlow(
    AfterCompletion afterCompletion,
    Subscription subscriptionCancel,
    Subscription subscriptionUpdate,
    Object subscriptionUpdateConfirm,
    String type) {
  private static final List<String> TYPES =
      List.of("payment_method_update", "subscription_cancel", "subscription_update");
  private static final List<String> COMPLETIONS =
      List.of("hosted_confirmation", "portal_homepage", "redirect");
  private static final Set<String> PARAMETERS =
      Set.of(
          "flow_data[type]",
          "flow_data[after_completion][type]",
          "flow_data[after_completion][redirect][return_url]",
          "flow_data[subscription_cancel][subscription]",
          "flow_data[subscription_update][subscription]");

  /** Whether a parameter of a request is one of a flow. */
  static boolean has(String parameter) {
    return PARAMETERS.contains(parameter);
  }

  /**
   * Reads the flow.
   *
   * @return null if the request has none
   * @throws RejectedRequest 400 if it is not as Stripe wants it
   */
  static StandInFlow of(Map<String, String> parameters) {
    if (parameters.keySet().stream().noneMatch(StandInFlow::has)) {
      return null;
    }
    String type = required(parameters, "flow_data[type]");
    StandInRequest.refuseUnlessOneOf(TYPES, "flow_data[type]", type);
    AfterCompletion completion = AfterCompletion.of(parameters);
    Subscription cancelled = Subscription.of(parameters, "subscription_cancel", type);
    Subscription updated = Subscription.of(parameters, "subscription_update", type);
    return new StandInFlow(completion, cancelled, updated, null, type);
  }

  private static String required(Map<String, String> parameters, String name) {
    String value = parameters.get(name);
    if (value == null) {
      throw RejectedRequest.of(
          400, "parameter_missing", name, "Missing required param: " + name + ".");
    }
    return value;
  }

  /** Where the user is after the flow. */
  record AfterCompletion(Object hostedConfirmation, Redirect redirect, String type) {
    private static AfterCompletion of(Map<String, String> parameters) {
      String returnUrl = parameters.get("flow_data[after_completion][redirect][return_url]");
      String name = "flow_data[after_completion][type]";
      if (returnUrl == null && !parameters.containsKey(name)) {
        return new AfterCompletion(null, null, "portal_homepage");
      }
      String type = required(parameters, name);
      StandInRequest.refuseUnlessOneOf(COMPLETIONS, name, type);
      if (!type.equals("redirect")) {
        return new AfterCompletion(null, null, type);
      }
      String url = "flow_data[after_completion][redirect][return_url]";
      StandInRequest.refuseUnlessWebUrl(url, required(parameters, url));
      return new AfterCompletion(null, new Redirect(returnUrl), type);
    }
  }

  /** The page after the flow. */
  record Redirect(String returnUrl) {}

  /** What a flow acts on. */
  record Subscription(String subscription) {
    private static Subscription of(Map<String, String> parameters, String member, String type) {
      String name = "flow_data[" + member + "][subscription]";
      String id = parameters.get(name);
      if (!member.equals(type)) {
        if (id != null) {
          throw RejectedRequest.of(
              400,
              "parameter_unknown",
              name,
              "`flow_data[%s]` cannot be passed with the flow `%s`.".formatted(member, type));
        }
        return null;
      }
      required(parameters, name);
      if (!id.startsWith("sub_") || id.equals("sub_Missing")) {
        throw RejectedRequest.of(
            400, "resource_missing", name, "No such subscription: '%s'".formatted(id));
      }
      if (id.equals("sub_Ending")) {
        throw RejectedRequest.of(
            400,
            "This subscription cannot be canceled because it is already set to be canceled at the"
                + " end of its period.");
      }
      return new Subscription(id);
    }
  }
}
