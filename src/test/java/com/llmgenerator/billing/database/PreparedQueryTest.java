package com.llmgenerator.billing.database;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PreparedQueryTest {
  private final CamelContext camel = new DefaultCamelContext();

  @Test
  void bindsTheValuesOfItsExpressionsInTheirOrder() {
    PreparedQuery query =
        new PreparedQuery(
            "select :?${variable.b} from x where y = :?${variable.a} or z = :?${variable.none}",
            camel);
    Exchange exchange = new DefaultExchange(camel);
    exchange.setVariable("a", "'; drop table x; --");
    exchange.setVariable("b", new byte[] {1});
    assertThat(query.prepareQuery(null, true, exchange))
        .isEqualTo("select ? from x where y = ? or z = ?");
    assertThat(query.parametersCount()).isEqualTo(3);
    assertThat(values(query, exchange))
        .containsExactly(new byte[] {1}, "'; drop table x; --", null);
  }

  @Test
  void asksSettingsOnce() {
    boolean[] asked = {true};
    camel.getRegistry().bind("settings", new Setting(asked));
    PreparedQuery query = new PreparedQuery("select :?${bean:settings.live}", camel);
    asked[0] = false;
    assertThat(values(query, new DefaultExchange(camel))).containsExactly(true);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "select :?name",
        "select 1 where 1 in (:?in:${variable.a})",
        "select ?",
        "select :?$simple{body}",
        "select :?${variable.${variable.a}}"
      })
  void leavesOtherWaysToCamel(String query) {
    assertThat(PreparedQuery.canBe(query)).isFalse();
  }

  private static List<Object> values(PreparedQuery query, Exchange exchange) {
    List<Object> values = new ArrayList<>();
    query
        .createPopulateIterator(null, null, query.parametersCount(), exchange, null)
        .forEachRemaining(values::add);
    return values;
  }

  public record Setting(boolean[] asked) {
    public boolean live() {
      return asked[0];
    }
  }
}
