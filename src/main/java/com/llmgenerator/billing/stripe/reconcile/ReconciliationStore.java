package com.llmgenerator.billing.stripe.reconcile;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import org.springframework.core.io.ClassPathResource;
import org.springframework.jdbc.core.namedparam.MapSqlParameterSource;
import org.springframework.jdbc.core.namedparam.NamedParameterJdbcTemplate;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;

/**
 * What a run of {@code reconcile-accounts} reads and writes, by the queries of the folder {@code
 * reconcile}. It holds a lock as long as its connection is open: nobody else runs meanwhile.
 */
final class ReconciliationStore {
  private final NamedParameterJdbcTemplate database;
  private final boolean livemode;

  ReconciliationStore(Connection connection, boolean livemode) {
    this.database =
        new NamedParameterJdbcTemplate(new SingleConnectionDataSource(connection, true));
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

  /**
   * What became of a customer or a subscription.
   *
   * @param outcome {@code agrees}, {@code claimed}, {@code ended}, {@code stored} or {@code
   *     conflict}
   * @param conflict what is in conflict, or null
   */
  record Kept(String outcome, String conflict) {}

  /**
   * Begins, or goes on with a run that was interrupted and began less than two days ago.
   *
   * @param anew whether to begin in any case
   * @return nothing if another run is under way
   */
  Optional<Progress> begin(boolean anew) {
    return database
        .query(
            sql("start-run"),
            parameters().addValue("anew", anew),
            (row, number) ->
                new Progress(
                    row.getString("list"),
                    row.getString("last_id"),
                    row.getObject("begun_at", OffsetDateTime.class)))
        .stream()
        .findFirst();
  }

  /** Notes up to where all is stored. */
  void note(String list, String lastId) {
    database.update(
        sql("save-progress"), parameters().addValue("list", list).addValue("lastId", lastId));
  }

  /** Keeps whose a customer is, since when, or that it was deleted; user may be null. */
  Kept keepCustomer(String customer, String user, OffsetDateTime since, boolean gone) {
    return database.queryForObject(
        sql("store-customer"),
        parameters()
            .addValue("customer", customer)
            .addValue("user", user)
            .addValue("since", since)
            .addValue("gone", gone),
        ReconciliationStore::kept);
  }

  /** Keeps how a subscription stood at a time, and says whether that was news. */
  Kept keepSubscription(
      String subscription,
      String customer,
      String status,
      OffsetDateTime begun,
      OffsetDateTime told) {
    return database.queryForObject(
        sql("store-subscription"),
        parameters()
            .addValue("subscription", subscription)
            .addValue("customer", customer)
            .addValue("status", status)
            .addValue("begun", begun)
            .addValue("told", told),
        ReconciliationStore::kept);
  }

  private static Kept kept(ResultSet row, int number) throws SQLException {
    return new Kept(row.getString("outcome"), row.getString("conflict"));
  }

  /** Up to 100 customers after an id that no list of this run had. */
  List<String> unseenCustomers(OffsetDateTime begun, String lastId) {
    return database.queryForList(
        sql("missing-customers"),
        parameters().addValue("begun", begun).addValue("lastId", lastId),
        String.class);
  }

  private MapSqlParameterSource parameters() {
    return new MapSqlParameterSource("livemode", livemode);
  }

  private static String sql(String name) {
    try (InputStream file = new ClassPathResource("reconcile/" + name + ".sql").getInputStream()) {
      return new String(file.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
