package com.llmgenerator.billing.dev;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.ConnectException;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

class EmbeddedPostgresIT {

  @Test
  void restartKeepsAddressAndData() {
    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(0)) {
      JdbcTemplate jdbc =
          new JdbcTemplate(
              new DriverManagerDataSource(
                  postgres.url(), postgres.username(), postgres.password()));
      jdbc.execute("create table kept (line text)");
      jdbc.update("insert into kept values ('still here')");

      postgres.stop();
      assertThatThrownBy(() -> jdbc.queryForObject("select 1", Integer.class))
          .hasRootCauseInstanceOf(ConnectException.class);
      postgres.start();

      assertThat(jdbc.queryForObject("select line from kept", String.class))
          .isEqualTo("still here");
    }
  }
}
