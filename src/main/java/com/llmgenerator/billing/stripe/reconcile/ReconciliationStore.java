package com.llmgenerator.billing.stripe.reconcile;

import com.fasterxml.jackson.databind.JsonNode;
import com.llmgenerator.billing.problem.PaymentProviderException;
import com.llmgenerator.billing.stripe.StripeText;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.io.ClassPathResource;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.core.simple.JdbcClient.StatementSpec;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;

/**
 * What a run of {@code reconcile-accounts} reads and writes, by the queries of the folder {@code
 * reconcile}. It holds a lock as long as its connection is open: nobody else runs meanwhile.
 */
final class ReconciliationStore {
  private static final Logger LOG = LoggerFactory.getLogger(ReconciliationStore.class);
  private static final Pattern ID = Pattern.compile("[^\\p{Cntrl}\\p{Cs}]{1,255}");
  private static final Pattern STATUS = Pattern.compile("[a-z_]{1,32}");
  private static final String UNUSABLE = "unusable";

  private final JdbcClient database;
  private final boolean livemode;

  ReconciliationStore(Connection connection, boolean livemode) {
    this.database = JdbcClient.create(new SingleConnectionDataSource(connection, true));
    this.livemode = livemode;
  }

  /**
   * Where a run begins.
   *
   * @param list which list it reads first
   * @param lastId what is stored of it already; "" if nothing is
   * @param begunAt when the run began, maybe before it was interrupted
   */
  record Progress(String list, String lastId, OffsetDateTime begunAt) {}

  private record Result(String outcome, String conflict) {}

  /**
   * Begins, or goes on with a run that was interrupted and began less than two days ago.
   *
   * @param anew whether to begin in any case
   * @return nothing if another run is under way
   */
  Optional<Progress> startRun(boolean anew) {
    return sql("start-run").param("anew", anew).query(Progress.class).optional();
  }

  /** Records up to where all is stored. */
  void saveProgress(String list, String lastId) {
    sql("save-progress").param("list", list).param("lastId", lastId).update();
  }

  /**
   * Stores whose a customer is, or that it was deleted.
   *
   * @param time when it was deleted, at the latest
   * @return what became of it: {@code agrees}, {@code claimed}, {@code ended}, {@code conflict} or
   *     {@code unusable}
   */
  String storeCustomer(JsonNode customer, OffsetDateTime time) {
    String id = customer.path("id").asText();
    String user = StripeText.user(customer.at("/metadata/user_id"), id);
    return storeCustomer(customer, customer, user, time);
  }

  /** As {@link #storeCustomer}, by a checkout session, which has the customer or its id. */
  String storePurchase(JsonNode session, OffsetDateTime time) {
    String id = session.path("id").asText();
    String user = StripeText.user(session.path("client_reference_id"), id);
    JsonNode customer = session.path("customer");
    return user == null || customer.isNull()
        ? "of nobody"
        : storeCustomer(customer, session, user, time);
  }

  private String storeCustomer(
      JsonNode customer, JsonNode claim, String user, OffsetDateTime time) {
    String id = id(customer.isObject() ? customer.path("id") : customer);
    boolean deleted = customer.path("deleted").asBoolean();
    return StripeText.isUsable(id, claim.path("id").asText())
        ? outcome(
            sql("store-customer")
                .param("customer", id)
                .param("user", deleted ? null : user)
                .param("since", deleted ? time : created(claim))
                .param("gone", deleted))
        : UNUSABLE;
  }

  /** Stores how a subscription stood at a time: {@code stored} if that was news. */
  String storeSubscription(JsonNode subscription, OffsetDateTime time) {
    String status = subscription.path("status").asText();
    if (!STATUS.matcher(status).matches()) {
      throw new PaymentProviderException("Stripe listed a subscription without a status");
    }
    String id = id(subscription.path("id"));
    String customer = id(subscription.path("customer"));
    return StripeText.isUsable(id, id) && StripeText.isUsable(customer, id)
        ? outcome(
            sql("store-subscription")
                .param("subscription", id)
                .param("customer", customer)
                .param("status", status)
                .param("begun", created(subscription))
                .param("told", time))
        : UNUSABLE;
  }

  private static String outcome(StatementSpec query) {
    Result result = query.query(Result.class).single();
    if (result.conflict() != null) {
      LOG.warn(
          "{}. Fix it at Stripe or in the database: see Conflicts in src/docs/stripe.md",
          result.conflict());
    }
    return result.outcome();
  }

  /**
   * The id of what Stripe listed.
   *
   * @throws PaymentProviderException if it is none
   */
  static String id(JsonNode found) {
    if (!found.isTextual() || !ID.matcher(found.textValue()).matches()) {
      throw new PaymentProviderException("Stripe listed something without an id");
    }
    return found.textValue();
  }

  private static OffsetDateTime created(JsonNode object) {
    return Instant.ofEpochSecond(object.path("created").asLong()).atOffset(ZoneOffset.UTC);
  }

  /** Up to 100 customers after an id that no list of this run had. */
  List<String> missingCustomers(OffsetDateTime begun, String lastId) {
    return sql("missing-customers")
        .param("begun", begun)
        .param("lastId", lastId)
        .query(String.class)
        .list();
  }

  private StatementSpec sql(String name) {
    try {
      return database
          .sql(
              new ClassPathResource("reconcile/" + name + ".sql")
                  .getContentAsString(StandardCharsets.UTF_8))
          .param("livemode", livemode);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
