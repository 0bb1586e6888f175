package com.llmgenerator.billing;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.event.ApplicationEnvironmentPreparedEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.aot.AbstractAotProcessor;
import org.springframework.core.SpringProperties;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.PropertySource;

/**
 * Starts the jar with the beans that were worked out when it was built ({@code process-aot} in
 * pom.xml), which saves a sixth of the start. Where something is set that may decide which beans
 * there are, they are worked out at the start, as outside the jar.
 */
final class AheadOfTime implements ApplicationListener<ApplicationEnvironmentPreparedEvent> {
  private static final Logger LOG = LoggerFactory.getLogger(BillingPortalApplication.class);

  /** Settings below these may decide which beans there are. */
  private static final List<String> DECIDING = List.of("camel", "management", "spring");

  /** Settings below these never do; Camel K sets the first two in each container. */
  private static final List<String> NOT_DECIDING =
      List.of(
          "camel.k",
          "camel.version",
          "management.server",
          "spring.aot.processing",
          "spring.application.json",
          "spring.application.name",
          "spring.application.pid",
          "spring.application.version",
          "spring.config",
          "spring.datasource.hikari",
          "spring.datasource.password",
          "spring.datasource.url",
          "spring.datasource.username");

  /** Its settings were there when the beans were worked out. */
  private static final String PACKAGED = "class path resource [application.yaml]";

  /**
   * @throws InvalidSettingsException naming what the build's own environment would decide for all
   *     who run the jar
   */
  @Override
  public void onApplicationEvent(ApplicationEnvironmentPreparedEvent event) {
    Set<String> deciding = deciding(event.getEnvironment());
    if (Boolean.getBoolean(AbstractAotProcessor.AOT_PROCESSING)) {
      if (!deciding.isEmpty()) {
        throw new InvalidSettingsException(
            List.of("Build where these are not set: they would be so in the jar: " + deciding));
      }
    } else if (isInJar() && deciding.isEmpty()) {
      SpringProperties.setFlag("spring.aot.enabled");
    } else if (isInJar()) {
      LOG.info("Works out its beans anew, which takes longer, since these are set: {}", deciding);
    }
  }

  /** Only a jar has a manifest; beside compiled classes may lie what an older build worked out. */
  private static boolean isInJar() {
    return AheadOfTime.class.getPackage().getImplementationVersion() != null;
  }

  /** The names of all that is set, by whatever means, and may decide which beans there are. */
  static Set<String> deciding(ConfigurableEnvironment environment) {
    Set<String> deciding = new TreeSet<>();
    for (PropertySource<?> source : environment.getPropertySources()) {
      if (source instanceof EnumerablePropertySource<?> set
          && !source.getName().contains(PACKAGED)) {
        for (String name : set.getPropertyNames()) {
          // A variable's name can stand in any source: as a file's, for one.
          String property = name.toLowerCase(Locale.ROOT).replace('_', '.');
          if (isBelow(DECIDING, property) && !isBelow(NOT_DECIDING, property)) {
            deciding.add(property);
          }
        }
      }
    }
    return deciding;
  }

  private static boolean isBelow(List<String> roots, String property) {
    return roots.stream()
        .anyMatch(root -> property.equals(root) || property.startsWith(root + "."));
  }
}
