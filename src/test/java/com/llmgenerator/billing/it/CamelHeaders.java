package com.llmgenerator.billing.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.camel.Exchange;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;
import org.springframework.core.type.classreading.CachingMetadataReaderFactory;

/** The names by which message headers steer Camel and its components. */
final class CamelHeaders {
  private static final String CONSTANTS = "classpath*:org/apache/camel/**/*Constants.class";

  /** Of components that are not here, but could come with a route. */
  private static final List<String> OF_OTHER_COMPONENTS =
      List.of(
          "CamelExecCommandArgs",
          "CamelExecCommandExecutable",
          "CamelExecCommandTimeout",
          "CamelExecCommandWorkingDir",
          "CamelExecUseStderrOnEmptyStdout",
          "CamelFileName",
          "CamelFileNameOnly",
          "CamelFilePath",
          "CamelFileParent",
          "CamelOverruleFileName",
          "CamelJacksonUnmarshalType",
          "CamelJacksonCollectionType",
          "CamelLogLevel",
          "CamelFreemarkerTemplate",
          "CamelVelocityTemplate",
          "CamelRestHttpUri",
          "org.apache.camel.component.http.uri",
          "org.apache.camel.Exchange.HTTP_URI");

  private CamelHeaders() {}

  /** Every constant of Camel on this class path that can be the name of an HTTP header. */
  static List<String> names() {
    Set<String> names = new TreeSet<>(OF_OTHER_COMPONENTS);
    addConstants(Exchange.class, names);
    CachingMetadataReaderFactory readers = new CachingMetadataReaderFactory();
    try {
      for (Resource file : new PathMatchingResourcePatternResolver().getResources(CONSTANTS)) {
        String name = readers.getMetadataReader(file).getClassMetadata().getClassName();
        addConstants(Class.forName(name), names);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
    return new ArrayList<>(names);
  }

  private static void addConstants(Class<?> constants, Set<String> names) {
    for (Field field : constants.getFields()) {
      if (Modifier.isStatic(field.getModifiers())
          && field.getType() == String.class
          && value(field).matches("(?i)(camel|org\\.apache\\.camel)[\\w.-]*")) {
        names.add(value(field));
      }
    }
  }

  private static String value(Field field) {
    try {
      return String.valueOf(field.get(null));
    } catch (IllegalAccessException e) {
      return "";
    }
  }
}
