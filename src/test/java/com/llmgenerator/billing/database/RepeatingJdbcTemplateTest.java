package com.llmgenerator.billing.database;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.jdbc.CannotGetJdbcConnectionException;

class RepeatingJdbcTemplateTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "select 1",
        "-- What it finds.\n-- And how.\nSELECT id\nfrom x",
        " /* ; */ select(1)",
        "-- select" + "\n/* insert */\tselect store_customer_event()"
      })
  void repeatsWhatBeginsWithSelect(String query) {
    assertThat(RepeatingJdbcTemplate.isRepeatable(query)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "insert into x select 1",
        "-- select 1\nupdate x set y = 1",
        "/* select 1 */ delete from x",
        "with y as (insert into x values (1) returning id) select id from y",
        "selected",
        ""
      })
  void repeatsNothingElse(String query) {
    assertThat(RepeatingJdbcTemplate.isRepeatable(query)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"08000", "08003", "08006", "57P01", "57P02", "57P03"})
  void knowsADeadConnection(String state) {
    assertThat(isOfDeadConnection(new SQLException("dead", state, new IOException()))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"23505", "25006", "40001", "57014", "57P05", "53300"})
  void takesNoOtherFailureForOne(String state) {
    assertThat(isOfDeadConnection(new SQLException("alive", state))).isFalse();
  }

  @Test
  void takesNoTimeoutForOne() {
    SQLException timeout = new SQLException("late", "08006", new SocketTimeoutException());
    assertThat(isOfDeadConnection(timeout)).isFalse();
  }

  @Test
  void takesAPoolWithoutConnectionsForNone() {
    SQLException none = new SQLException("refused", "08001");
    assertThat(
            RepeatingJdbcTemplate.isOfDeadConnection(
                new CannotGetJdbcConnectionException("none", none)))
        .isFalse();
  }

  private static boolean isOfDeadConnection(SQLException failure) {
    return RepeatingJdbcTemplate.isOfDeadConnection(
        new DataAccessResourceFailureException("failed", failure));
  }
}
