package com.llmgenerator.billing.bean;

import org.apache.camel.Expression;
import org.apache.camel.language.bean.BeanExpression;
import org.apache.camel.language.bean.BeanLanguage;
import org.springframework.stereotype.Component;

/**
 * Camel's {@code method:}, which copies the exchange and looks for the method with every message:
 * where there is but one to find, it is found once, when the route is made.
 */
@Component("bean-language")
final class DirectBeanLanguage extends BeanLanguage {
  @Override
  public Expression createExpression(String expression, Object[] properties) {
    Expression call = super.createExpression(expression, properties);
    return call instanceof BeanExpression whole
        ? DirectCall.of(whole, getCamelContext()).<Expression>map(direct -> direct).orElse(whole)
        : call;
  }
}
