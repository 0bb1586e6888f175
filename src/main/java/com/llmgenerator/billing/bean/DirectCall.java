package com.llmgenerator.billing.bean;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.camel.BeanScope;
import org.apache.camel.Body;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.Expression;
import org.apache.camel.Header;
import org.apache.camel.NoTypeConversionAvailableException;
import org.apache.camel.RuntimeCamelException;
import org.apache.camel.Variable;
import org.apache.camel.language.bean.BeanExpression;
import org.apache.camel.support.ExpressionAdapter;
import org.apache.camel.support.builder.ExpressionBuilder;
import org.springframework.util.ClassUtils;

/**
 * The call of a method that is its bean's only one of its name, and whose parameters all say by an
 * annotation what they take of the message: its body, a header or a variable.
 */
final class DirectCall extends ExpressionAdapter {
  private final Object bean;
  private final Method method;
  private final Class<?>[] types;
  private final Expression[] parameters;

  private DirectCall(Object bean, Method method, List<Expression> parameters) {
    this.bean = bean;
    this.method = method;
    this.types =
        Arrays.stream(method.getParameterTypes())
            .map(ClassUtils::resolvePrimitiveIfNecessary)
            .toArray(Class<?>[]::new);
    this.parameters = parameters.toArray(Expression[]::new);
    method.setAccessible(true);
  }

  /** Nothing where Camel itself must decide what is called, or with what. */
  static Optional<DirectCall> of(BeanExpression call, CamelContext camel) {
    if (camel == null
        || call.getBeanName() == null
        || call.getMethod() == null
        || call.getScope() != BeanScope.Singleton
        || call.getResultType() != null && call.getResultType() != Object.class) {
      return Optional.empty();
    }
    Object bean = camel.getRegistry().lookupByName(call.getBeanName());
    if (bean == null) {
      return Optional.empty();
    }
    List<Method> methods =
        Arrays.stream(bean.getClass().getMethods())
            .filter(method -> method.getName().equals(call.getMethod()))
            .toList();
    if (methods.size() != 1 || Modifier.isStatic(methods.get(0).getModifiers())) {
      return Optional.empty();
    }
    return parameters(methods.get(0), camel)
        .map(parameters -> new DirectCall(bean, methods.get(0), parameters));
  }

  private static Optional<List<Expression>> parameters(Method method, CamelContext camel) {
    List<Expression> expressions = new ArrayList<>();
    for (Parameter parameter : method.getParameters()) {
      Expression expression;
      if (parameter.getAnnotations().length != 1) {
        return Optional.empty();
      } else if (parameter.isAnnotationPresent(Body.class)) {
        expression = ExpressionBuilder.bodyExpression();
      } else if (parameter.isAnnotationPresent(Variable.class)) {
        expression =
            ExpressionBuilder.variableExpression(parameter.getAnnotation(Variable.class).value());
      } else if (parameter.isAnnotationPresent(Header.class)) {
        expression =
            ExpressionBuilder.headerExpression(parameter.getAnnotation(Header.class).value());
      } else {
        return Optional.empty();
      }
      expression.init(camel);
      expressions.add(expression);
    }
    return Optional.of(expressions);
  }

  @Override
  public Object evaluate(Exchange exchange) {
    Object[] arguments = new Object[parameters.length];
    for (int i = 0; i < arguments.length; i++) {
      arguments[i] = argument(parameters[i].evaluate(exchange, Object.class), types[i], exchange);
    }
    try {
      return method.invoke(bean, arguments);
    } catch (InvocationTargetException e) {
      throw RuntimeCamelException.wrapRuntimeException(e.getCause());
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Object argument(Object value, Class<?> type, Exchange exchange) {
    if (value == null || type.isInstance(value)) {
      return value;
    }
    try {
      return exchange.getContext().getTypeConverter().mandatoryConvertTo(type, exchange, value);
    } catch (NoTypeConversionAvailableException e) {
      throw RuntimeCamelException.wrapRuntimeException(e);
    }
  }

  @Override
  public String toString() {
    return bean.getClass().getSimpleName() + "." + method.getName();
  }
}
