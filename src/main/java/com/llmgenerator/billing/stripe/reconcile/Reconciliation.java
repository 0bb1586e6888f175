package com.llmgenerator.billing.stripe.reconcile;

import com.fasterxml.jackson.databind.JsonNode;
import com.llmgenerator.billing.problem.PaymentProviderException;
import com.llmgenerator.billing.stripe.StripeAccountClient.Answer;
import com.llmgenerator.billing.stripe.StripeBackoff;
import com.llmgenerator.billing.stripe.webhook.StripeEventReader;
import java.io.PrintStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One run of {@code reconcile-accounts}: reads Stripe's customers, purchases and subscriptions page
 * by page, and asks for customers of users that were in no page. After each page it notes how far
 * it has come. What it does twice changes nothing.
 */
final class Reconciliation {
  private static final Logger LOG = LoggerFactory.getLogger(Reconciliation.class);
  private static final Pattern ID = Pattern.compile("[^\\p{Cntrl}\\p{Cs}]{1,255}");
  private static final Pattern STATUS = Pattern.compile("[a-z_]{1,32}");
  private static final String DONE = "done";
  private static final String UNUSABLE = "unusable";

  /** With their customers, which may be deleted: no other list would tell. */
  private static final String PURCHASES =
      "/v1/checkout/sessions?status=complete&expand%5B%5D=data.customer";

  private static final int PAGE = 100;

  /** Events of the last minute may be newer than the page: they win. */
  private static final Duration MARGIN = Duration.ofMinutes(1);

  private final StripeBackoff stripe;
  private final ReconciliationStore store;
  private final boolean livemode;
  private final PrintStream out;
  private final Map<String, Integer> counts = new TreeMap<>();

  Reconciliation(
      StripeBackoff stripe, ReconciliationStore store, boolean livemode, PrintStream out) {
    this.stripe = stripe;
    this.store = store;
    this.livemode = livemode;
    this.out = out;
  }

  /**
   * Runs from where the store says on.
   *
   * @throws PaymentProviderException and its like if Stripe does not tell, saying what to do
   */
  void run(ReconciliationStore.Progress begin) {
    Map<String, Function<String, Page>> lists = new LinkedHashMap<>();
    lists.put("customers", last -> page("/v1/customers?limit=" + PAGE, last, this::keepCustomer));
    lists.put("purchases", last -> page(PURCHASES + "&limit=" + PAGE, last, this::keepPurchase));
    lists.put(
        "subscriptions",
        last -> page("/v1/subscriptions?status=all&limit=" + PAGE, last, this::keepSubscription));
    lists.put("unseen customers", last -> askForUnseen(begin.begunAt(), last));
    List<String> names = List.copyOf(lists.keySet());
    String last = begin.lastId();
    for (int i = Math.max(0, names.indexOf(begin.list())); i < names.size(); i++) {
      String name = names.get(i);
      counts.clear();
      Page page;
      do {
        page = lists.get(name).apply(last);
        last = page.lastId();
        store.note(name, last);
        out.println(name + ": " + told());
      } while (page.more());
      last = "";
      store.note(i + 1 < names.size() ? names.get(i + 1) : DONE, last);
    }
  }

  private String told() {
    int read = counts.values().stream().mapToInt(Integer::intValue).sum();
    StringBuilder told = new StringBuilder(read + " read");
    counts.forEach((outcome, count) -> told.append(", ").append(count).append(' ').append(outcome));
    return told.toString();
  }

  /** A part of a list, up to an id; there may be more after it. */
  private record Page(String lastId, boolean more) {}

  private interface Keep {
    /** Keeps an object as it was at a time, and says what became of it. */
    String keep(JsonNode object, OffsetDateTime time);
  }

  private Page page(String path, String last, Keep keep) {
    OffsetDateTime time = Instant.now().minus(MARGIN).atOffset(ZoneOffset.UTC);
    String after = URLEncoder.encode(last, StandardCharsets.UTF_8);
    Answer answer = stripe.get(path + (last.isEmpty() ? "" : "&starting_after=" + after));
    if (!last.isEmpty() && isGone(answer)) {
      out.println(last + " is gone: reading this list anew");
      return page(path, "", keep);
    }
    JsonNode list = body(answer);
    if (!list.path("object").asText().equals("list") || !list.path("data").isArray()) {
      throw new PaymentProviderException("Stripe answered something else than a list");
    }
    String lastId = last;
    for (JsonNode object : list.path("data")) {
      if (!object.path("livemode").isBoolean()
          || object.path("livemode").booleanValue() != livemode) {
        throw new PaymentProviderException("Stripe listed something of the other mode");
      }
      lastId = id(object.path("id"));
      counts.merge(keep.keep(object, time), 1, Integer::sum);
    }
    return new Page(lastId, list.path("has_more").asBoolean() && !lastId.equals(last));
  }

  private String keepCustomer(JsonNode customer, OffsetDateTime time) {
    String id = id(customer.path("id"));
    String user = StripeEventReader.user(customer.at("/metadata/user_id"), id);
    return StripeEventReader.isUsable(id, id) ? keep(id, user, created(customer), false) : UNUSABLE;
  }

  private String keepPurchase(JsonNode session, OffsetDateTime time) {
    String user =
        StripeEventReader.user(session.path("client_reference_id"), session.path("id").asText());
    JsonNode customer = session.path("customer");
    if (user == null || customer.isNull()) {
      return "of nobody";
    }
    String id = id(customer.isObject() ? customer.path("id") : customer);
    if (!StripeEventReader.isUsable(id, session.path("id").asText())) {
      return UNUSABLE;
    }
    boolean gone = customer.path("deleted").asBoolean();
    return keep(id, gone ? null : user, gone ? time : created(session), gone);
  }

  private String keepSubscription(JsonNode subscription, OffsetDateTime time) {
    String status = subscription.path("status").asText();
    if (!STATUS.matcher(status).matches()) {
      throw new PaymentProviderException("Stripe listed a subscription without a status");
    }
    String id = id(subscription.path("id"));
    String customer = id(subscription.path("customer"));
    if (!StripeEventReader.isUsable(id, id) || !StripeEventReader.isUsable(customer, id)) {
      return UNUSABLE;
    }
    return outcome(store.keepSubscription(id, customer, status, created(subscription), time));
  }

  private Page askForUnseen(OffsetDateTime begun, String last) {
    List<String> unseen = store.unseenCustomers(begun, last);
    for (String customer : unseen) {
      Answer answer = stripe.get("/v1/customers/" + customer);
      if (isGone(answer)) {
        LOG.warn(
            "Stripe does not know the customer {}: it is of another account or mode. Correct the"
                + " row of billing_account",
            customer);
        counts.merge("unknown", 1, Integer::sum);
        continue;
      }
      JsonNode found = body(answer);
      boolean gone = found.path("deleted").asBoolean();
      String user = gone ? null : StripeEventReader.user(found.at("/metadata/user_id"), customer);
      OffsetDateTime since = gone ? begun : created(found);
      counts.merge(keep(customer, user, since, gone), 1, Integer::sum);
    }
    String lastId = unseen.isEmpty() ? last : unseen.get(unseen.size() - 1);
    return new Page(lastId, unseen.size() == PAGE);
  }

  private String keep(String customer, String user, OffsetDateTime since, boolean gone) {
    return outcome(store.keepCustomer(customer, user, since, gone));
  }

  private static String outcome(ReconciliationStore.Kept kept) {
    Optional.ofNullable(kept.conflict())
        .ifPresent(
            what ->
                LOG.warn(
                    "{}: fix it at Stripe, or in the database as README says below Purchases",
                    what));
    return kept.outcome();
  }

  private static boolean isGone(Answer answer) {
    return (answer.status() == 404 || answer.status() == 400)
        && answer.body().at("/error/code").asText().equals("resource_missing");
  }

  private static JsonNode body(Answer answer) {
    if (answer.status() == 401) {
      throw new PaymentProviderException("Stripe refuses the key: check STRIPE_SECRET_KEY");
    }
    if (answer.status() == 403) {
      throw new PaymentProviderException(
          "Stripe refuses the key's permission: give it \"Customers: read\", \"Checkout Sessions:"
              + " read\" and \"Subscriptions: read\"");
    }
    if (answer.status() != 200) {
      throw new PaymentProviderException("Stripe refuses to list: " + answer.refusal());
    }
    return answer.body();
  }

  private static String id(JsonNode found) {
    if (!found.isTextual() || !ID.matcher(found.textValue()).matches()) {
      throw new PaymentProviderException("Stripe listed something without an id");
    }
    return found.textValue();
  }

  private static OffsetDateTime created(JsonNode object) {
    return Instant.ofEpochSecond(object.path("created").asLong()).atOffset(ZoneOffset.UTC);
  }
}
