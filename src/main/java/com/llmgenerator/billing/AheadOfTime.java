package com.llmgenerator.billing;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.event.ApplicationEnvironmentPreparedEvent;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.context.ApplicationListener;
import org.springframework.core.SpringProperties;
import org.springframework.core.env.Environment;
import org.springframework.core.env.PropertySource;

/**
 * Starts the jar with the beans that were worked out when it was built ({@code process-aot} in
 * pom.xml), which saves a sixth of the start. Where something is set that may decide which beans
 * there are, they are worked out at the start, as outside the jar: nothing that is set is ignored.
 */
final class AheadOfTime implements ApplicationListener<ApplicationEnvironmentPreparedEvent> {
  private static final Logger LOG = LoggerFactory.getLogger(BillingPortalApplication.class);

  /** Whose conditions the libraries' configurations have. */
  private static final List<ConfigurationPropertyName> DECIDING =
      names("camel", "management", "spring");

  /** Those among them that decide about none; Camel K sets the first two in each container. */
  private static final List<ConfigurationPropertyName> NOT_DECIDING =
      names(
          "camel.k",
          "camel.version",
          "management.server",
          "spring.application",
          "spring.config",
          "spring.datasource.hikari",
          "spring.datasource.password",
          "spring.datasource.url",
          "spring.datasource.username");

  /** Its settings were there when the beans were worked out. */
  private static final String PACKAGED = "class path resource [application.yaml]";

  @Override
  public void onApplicationEvent(ApplicationEnvironmentPreparedEvent event) {
    if (!isInJar()) {
      return;
    }
    Set<String> deciding = deciding(event.getEnvironment());
    if (deciding.isEmpty()) {
      SpringProperties.setFlag("spring.aot.enabled");
    } else {
      LOG.info("Works out its beans anew, which takes longer, since these are set: {}", deciding);
    }
  }

  /** Only a jar has a manifest; what stands beside freshly compiled classes may be of others. */
  private static boolean isInJar() {
    return AheadOfTime.class.getPackage().getImplementationVersion() != null;
  }

  /** The names of all that is set, by whatever means, and may decide which beans there are. */
  static Set<String> deciding(Environment environment) {
    Set<String> deciding = new TreeSet<>();
    for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
      if (source instanceof IterableConfigurationPropertySource names && !isPackaged(source)) {
        names.stream()
            .filter(name -> isBelow(DECIDING, name) && !isBelow(NOT_DECIDING, name))
            .forEach(name -> deciding.add(name.toString()));
      }
    }
    return deciding;
  }

  private static boolean isPackaged(ConfigurationPropertySource source) {
    return ((PropertySource<?>) source.getUnderlyingSource()).getName().contains(PACKAGED);
  }

  private static boolean isBelow(
      List<ConfigurationPropertyName> roots, ConfigurationPropertyName name) {
    return roots.stream().anyMatch(root -> root.equals(name) || root.isAncestorOf(name));
  }

  private static List<ConfigurationPropertyName> names(String... names) {
    return Stream.of(names).map(ConfigurationPropertyName::of).toList();
  }
}
