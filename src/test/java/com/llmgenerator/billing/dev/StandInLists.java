package com.llmgenerator.billing.dev;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.llmgenerator.billing.dev.StripeAnswer.RejectedRequest;
import com.stripe.model.Customer;
import com.stripe.model.StripeObject;
import com.stripe.model.Subscription;
import com.stripe.model.checkout.Session;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The customers, purchases and subscriptions of the account, in both modes, which can be listed.
 *
 * @see <a href="https://docs.stripe.com/api/pagination">Pagination</a>
 */
final class StandInLists {
  /** The lists by their addresses, and what each can be asked for besides a page. */
  static final Map<String, Set<String>> FILTERS =
      Map.of(
          "/v1/customers", Set.of(),
          "/v1/checkout/sessions", Set.of("status"),
          "/v1/subscriptions", Set.of("status"));

  /** What of a list's objects can be asked for in place of its id; all of them are customers. */
  private static final Map<String, Set<String>> EXPANDABLE =
      Map.of(
          "/v1/customers", Set.of(),
          "/v1/checkout/sessions", Set.of("data.customer"),
          "/v1/subscriptions", Set.of("data.customer"));

  private static final int MOST = 100_000;

  private final AtomicInteger refusals = new AtomicInteger();
  private volatile Duration delay = Duration.ZERO;
  private final Map<String, Map<String, ObjectNode>> lists = new LinkedHashMap<>();

  StandInLists() {
    FILTERS.keySet().forEach(path -> lists.put(path, new LinkedHashMap<>()));
  }

  /** Adds an object, or takes the place of the one with its id. */
  synchronized void put(StripeObject object) {
    ObjectNode json = json(object);
    Map<String, ObjectNode> list =
        lists.get(
            object instanceof Customer
                ? "/v1/customers"
                : object instanceof Session ? "/v1/checkout/sessions" : "/v1/subscriptions");
    if (list.size() >= MOST) {
      throw RejectedRequest.of(400, "The stand-in keeps no more than " + MOST + " of them.");
    }
    list.put(json.path("id").asText(), json);
  }

  /** Deletes a customer: it is in no list any more, its subscriptions are canceled. */
  synchronized void deleteCustomer(String id) {
    ObjectNode before = lists.get("/v1/customers").get(id);
    ObjectNode deleted = StripeAnswer.JSON.createObjectNode();
    deleted.put("id", id).put("object", "customer").put("deleted", true);
    deleted.set("livemode", before.path("livemode"));
    lists.get("/v1/customers").put(id, deleted);
    lists.get("/v1/subscriptions").values().stream()
        .filter(subscription -> subscription.path("customer").asText().equals(id))
        .forEach(subscription -> subscription.put("status", "canceled"));
  }

  /** Refuses the next requests, saying that they are too many. */
  void limitRate(int requests) {
    refusals.set(requests);
  }

  /** Has lists, also that of portal configurations, take longer. */
  void delay(Duration delay) {
    this.delay = delay;
  }

  /** How long a list takes. */
  Duration delay() {
    return delay;
  }

  synchronized void reset() {
    delay = Duration.ZERO;
    lists.values().forEach(Map::clear);
    refusals.set(0);
  }

  /** A customer, also one that was deleted. */
  synchronized JsonNode customer(String id, boolean live) {
    refuseWhatIsTooMuch();
    return shown(known("/v1/customers", id, live, "id"));
  }

  /** A page, the latest first. */
  synchronized JsonNode list(String path, Map<String, String> parameters, boolean live) {
    refuseWhatIsTooMuch();
    StandInRequest.checkPage(FILTERS.get(path), parameters);
    Set<String> expanded = StandInRequest.expanded(EXPANDABLE.get(path), parameters);
    List<ObjectNode> found = new ArrayList<>(lists.get(path).values());
    Collections.reverse(found);
    String after = parameters.get("starting_after");
    if (after != null) {
      int last = found.indexOf(known(path, after, live, "starting_after"));
      found = found.subList(last + 1, found.size());
    }
    List<ObjectNode> rest =
        found.stream()
            .filter(object -> object.path("livemode").asBoolean() == live)
            .filter(object -> !object.path("deleted").asBoolean())
            .filter(object -> isWanted(object, path, parameters.get("status")))
            .toList();
    int limit = Integer.parseInt(parameters.getOrDefault("limit", "10"));
    ObjectNode page = StripeAnswer.JSON.createObjectNode();
    page.put("object", "list");
    ArrayNode data = page.putArray("data");
    rest.stream()
        .limit(limit)
        .map(ObjectNode::deepCopy)
        .forEach(object -> data.add(expanded.isEmpty() ? object : withCustomer(object)));
    page.put("has_more", rest.size() > limit);
    page.put("url", path);
    return page;
  }

  /** Any customer exists that something was bought for. */
  private ObjectNode withCustomer(ObjectNode object) {
    if (object.path("customer").isTextual()) {
      String id = object.path("customer").asText();
      ObjectNode customer = lists.get("/v1/customers").get(id);
      boolean live = object.path("livemode").asBoolean();
      object.set(
          "customer", shown(customer == null ? json(customer(id, 1, live, null)) : customer));
    }
    return object;
  }

  /** Of a deleted customer no more is left than this. */
  private static ObjectNode shown(ObjectNode customer) {
    ObjectNode shown = customer.deepCopy();
    return shown.path("deleted").asBoolean() ? shown.retain("id", "object", "deleted") : shown;
  }

  /** Subscriptions that are canceled are listed to those who ask for them, or for all. */
  private static boolean isWanted(ObjectNode object, String path, String status) {
    String is = object.path("status").asText();
    if (status == null) {
      return !path.equals("/v1/subscriptions") || !is.equals("canceled");
    }
    return status.equals("all") || status.equals(is);
  }

  private ObjectNode known(String path, String id, boolean live, String parameter) {
    ObjectNode object = lists.get(path).get(id);
    if (object == null || object.path("livemode").asBoolean() != live) {
      throw RejectedRequest.of(
          404, "resource_missing", parameter, "No such object: '%s'".formatted(id));
    }
    return object;
  }

  private void refuseWhatIsTooMuch() {
    if (refusals.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
      throw RejectedRequest.of(
              429,
              "rate_limit",
              null,
              "Request rate limit exceeded. Learn more about rate limits here"
                  + " https://stripe.com/docs/rate-limits.")
          .with("Stripe-Rate-Limited-Reason", "endpoint-rate")
          .with("Retry-After", "1");
    }
  }

  /** As the official library writes it. */
  private static ObjectNode json(StripeObject object) {
    try {
      return (ObjectNode) StripeAnswer.JSON.readTree(object.toJson());
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A customer; its metadata name the user, if there is one. */
  static Customer customer(String id, long created, boolean live, String user) {
    Customer customer = new Customer();
    customer.setId(id);
    customer.setObject("customer");
    customer.setLivemode(live);
    customer.setCreated(created);
    customer.setMetadata(user == null ? Map.of() : Map.of("user_id", user));
    return customer;
  }

  /** A purchase that was paid, by a user, whom the page may not have named. */
  static Session purchase(String id, long created, boolean live, String customer, String user) {
    Session session = new Session();
    session.setId(id);
    session.setObject("checkout.session");
    session.setMode("subscription");
    session.setStatus("complete");
    session.setLivemode(live);
    session.setCreated(created);
    session.setCustomer(customer);
    session.setClientReferenceId(user);
    return session;
  }

  /** A subscription that a customer has. */
  static Subscription subscription(
      String id, long created, boolean live, String customer, String status) {
    Subscription subscription = new Subscription();
    subscription.setId(id);
    subscription.setObject("subscription");
    subscription.setLivemode(live);
    subscription.setCreated(created);
    subscription.setCustomer(customer);
    subscription.setStatus(status);
    return subscription;
  }
}
