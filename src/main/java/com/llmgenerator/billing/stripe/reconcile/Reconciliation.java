package com.llmgenerator.billing.stripe.reconcile;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.llmgenerator.billing.problem.PaymentProviderException;
import com.llmgenerator.billing.stripe.StripeAccountClient;
import java.net.URLEncoder;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BiFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One run of {@code reconcile-accounts}: reads Stripe's customers, purchases and subscriptions page
 * by page, and asks for customers of users that were in no page. After each page it saves how far
 * it has come. What it does twice changes nothing.
 */
final class Reconciliation {
  private static final Logger LOG = LoggerFactory.getLogger(Reconciliation.class);

  /** In their order; the last is the end. */
  private static final List<String> LISTS =
      List.of("customers", "purchases", "subscriptions", "unseen customers", "done");

  private static final int PAGE = 100;

  /** Events of the last minute may be newer than the page: they win. */
  private static final Duration MARGIN = Duration.ofMinutes(1);

  private final StripeAccountClient stripe;
  private final ReconciliationStore store;
  private final boolean livemode;
  private final Map<String, Integer> counts = new TreeMap<>();

  Reconciliation(StripeAccountClient stripe, ReconciliationStore store, boolean livemode) {
    this.stripe = stripe;
    this.store = store;
    this.livemode = livemode;
  }

  /** A part of a list, up to an id; there may be more after it. */
  private record Page(String lastId, boolean more) {}

  /**
   * Runs from where the store says on.
   *
   * @throws PaymentProviderException and its like if Stripe does not tell, saying what to do
   */
  void run(ReconciliationStore.Progress start) {
    String last = start.lastId();
    for (int i = Math.max(0, LISTS.indexOf(start.list())); i < LISTS.size() - 1; i++) {
      String list = LISTS.get(i);
      counts.clear();
      Page page;
      do {
        page = read(list, last, start.begunAt());
        last = page.lastId();
        store.saveProgress(list, last);
        StringBuilder line = new StringBuilder(list + ": ");
        line.append(counts.values().stream().mapToInt(count -> count).sum()).append(" read");
        counts.forEach((outcome, count) -> line.append(", " + count + " " + outcome));
        System.out.println(line);
      } while (page.more());
      last = "";
      store.saveProgress(LISTS.get(i + 1), last);
    }
  }

  private Page read(String list, String last, OffsetDateTime begun) {
    return switch (list) {
      case "customers" -> page("/v1/customers?", last, store::storeCustomer);
      // With their customers, which may be deleted: no other list would tell.
      case "purchases" ->
          page(
              "/v1/checkout/sessions?status=complete&expand%5B%5D=data.customer&",
              last, store::storePurchase);
      case "subscriptions" -> page("/v1/subscriptions?status=all&", last, store::storeSubscription);
      default -> missingCustomers(begun, last);
    };
  }

  /** Stores each object as it was at a time, and counts what became of it. */
  private Page page(String path, String last, BiFunction<JsonNode, OffsetDateTime, String> keep) {
    OffsetDateTime time = Instant.now().minus(MARGIN).atOffset(ZoneOffset.UTC);
    String after = last.isEmpty() ? "" : "&starting_after=" + URLEncoder.encode(last, UTF_8);
    Optional<JsonNode> list = stripe.find(path + "limit=" + PAGE + after);
    if (list.isEmpty() && !last.isEmpty()) {
      System.out.println(last + " is gone: reading this list anew");
      return page(path, "", keep);
    }
    JsonNode data = list.map(found -> found.path("data")).orElseGet(MissingNode::getInstance);
    if (!data.isArray() || !list.get().path("object").asText().equals("list")) {
      throw new PaymentProviderException("Stripe answered something else than a list");
    }
    String lastId = last;
    for (JsonNode object : data) {
      if (!object.path("livemode").equals(BooleanNode.valueOf(livemode))) {
        throw new PaymentProviderException("Stripe listed something of the other mode");
      }
      lastId = ReconciliationStore.id(object.path("id"));
      count(keep.apply(object, time));
    }
    return new Page(lastId, list.get().path("has_more").asBoolean() && !lastId.equals(last));
  }

  private Page missingCustomers(OffsetDateTime begun, String last) {
    String lastId = last;
    List<String> missing = store.missingCustomers(begun, last);
    for (String id : missing) {
      lastId = id;
      Optional<JsonNode> customer = stripe.find("/v1/customers/" + id);
      if (customer.isEmpty()) {
        LOG.warn(
            "Stripe does not know the customer {}: it is of another account or mode. Correct the"
                + " row of billing_account",
            id);
      }
      count(customer.map(found -> store.storeCustomer(found, begun)).orElse("unknown"));
    }
    return new Page(lastId, missing.size() == PAGE);
  }

  private void count(String outcome) {
    counts.merge(outcome, 1, Integer::sum);
  }
}
