package com.llmgenerator.billing.database;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.SQLExceptionOverride;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class StandbyConnectionsTest {
  private final StandbyConnections connections = new StandbyConnections();

  @Test
  void areClosedOneAfterTheOther() throws InterruptedException {
    assertThat(adjudicate("25006")).isEqualTo(SQLExceptionOverride.Override.MUST_EVICT);
    assertThat(adjudicate("25006")).isEqualTo(SQLExceptionOverride.Override.CONTINUE_EVICT);
    Thread.sleep(1_100);
    assertThat(adjudicate("25006")).isEqualTo(SQLExceptionOverride.Override.MUST_EVICT);
  }

  @ParameterizedTest
  @NullSource
  @ValueSource(strings = {"23505", "57014"})
  void areNotThoseOfOtherFailures(String sqlState) {
    assertThat(adjudicate(sqlState)).isEqualTo(SQLExceptionOverride.Override.CONTINUE_EVICT);
  }

  private SQLExceptionOverride.Override adjudicate(String sqlState) {
    return connections.adjudicate(new SQLException("refused", sqlState));
  }
}
