package com.llmgenerator.billing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.AnnotatedBeanDefinition;
import org.springframework.context.annotation.ClassPathScanningCandidateComponentProvider;
import org.springframework.core.type.AnnotationMetadata;

class BillingPortalApplicationTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "jakarta.transaction.Transactional",
        "org.aspectj.lang.annotation.Aspect",
        "org.springframework.stereotype.Repository",
        "org.springframework.transaction.annotation.Transactional"
      })
  void hasNoBeanThatSpringWouldHaveToWrap(String annotation) {
    ClassPathScanningCandidateComponentProvider classes =
        new ClassPathScanningCandidateComponentProvider(false) {
          @Override
          protected boolean isCandidateComponent(AnnotatedBeanDefinition type) {
            return true;
          }
        };
    classes.addIncludeFilter(
        (reader, readers) -> isOnClassOrMethod(annotation, reader.getAnnotationMetadata()));

    assertThat(classes.findCandidateComponents("com.llmgenerator.billing"))
        .as("Nothing heeds @%s: BillingPortalApplication excludes what would", annotation)
        .isEmpty();
  }

  private static boolean isOnClassOrMethod(String annotation, AnnotationMetadata type) {
    return type.isAnnotated(annotation) || type.hasAnnotatedMethods(annotation);
  }
}
