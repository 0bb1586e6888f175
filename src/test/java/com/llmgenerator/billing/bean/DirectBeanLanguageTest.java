package com.llmgenerator.billing.bean;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.apache.camel.Body;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.Expression;
import org.apache.camel.Header;
import org.apache.camel.Variable;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.language.bean.BeanExpression;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DirectBeanLanguageTest {
  private final CamelContext camel = new DefaultCamelContext();
  private final DirectBeanLanguage language = new DirectBeanLanguage();
  private Exchange exchange;

  @BeforeEach
  void makeAnExchange() {
    camel.getRegistry().bind("words", new Words());
    language.setCamelContext(camel);
    language.start();
    exchange = new DefaultExchange(camel);
    exchange.getMessage().setBody("body");
    exchange.getMessage().setHeader("header", "7");
    exchange.setVariable("variable", "variable");
  }

  @Test
  void callsWithBodyHeaderAndVariable() {
    Expression call = call("join");
    assertThat(call).isInstanceOf(DirectCall.class);
    assertThat(call.evaluate(exchange, Object.class)).isEqualTo("body 7 variable null");
    assertThat(exchange.getMessage().getBody()).isEqualTo("body");
  }

  @Test
  void throwsWhatTheMethodThrows() {
    assertThatThrownBy(() -> call("fail").evaluate(exchange, Object.class))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("body");
    assertThatThrownBy(() -> call("failToRead").evaluate(exchange, Object.class))
        .hasRootCauseInstanceOf(IOException.class);
  }

  @Test
  void convertsAsCamelDoes() {
    exchange.getMessage().setHeader("header", "seven");
    assertThatThrownBy(() -> call("join").evaluate(exchange, Object.class))
        .hasRootCauseInstanceOf(NumberFormatException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"overloaded", "withoutAnnotation", "withExchange", "join('a', 1, 'b', 'c')"})
  void leavesToCamelWhatItMustDecide(String method) {
    assertThat(call(method)).isInstanceOf(BeanExpression.class);
  }

  private Expression call(String method) {
    return language.createExpression(
        null, new Object[] {null, null, method, null, "words", null, null});
  }

  public static final class Words {
    public String join(
        @Body String body,
        @Header("header") int header,
        @Variable("variable") String variable,
        @Variable("none") String none) {
      return body + " " + header + " " + variable + " " + none;
    }

    public String fail(@Body String body) {
      throw new IllegalStateException(body);
    }

    public String failToRead(@Body String body) throws IOException {
      throw new IOException(body);
    }

    public String overloaded(@Body String body) {
      return body;
    }

    public String overloaded(@Body Integer body) {
      return body.toString();
    }

    public String withoutAnnotation(String body) {
      return body;
    }

    public String withExchange(@Body String body, Exchange exchange) {
      return body;
    }
  }
}
