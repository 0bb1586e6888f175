package com.llmgenerator.billing.startup;

import com.llmgenerator.billing.config.KeycloakProperties;
import com.llmgenerator.billing.config.Must;
import com.llmgenerator.billing.config.PortalProperties;
import com.llmgenerator.billing.config.Secret;
import com.llmgenerator.billing.config.StripeProperties;
import com.llmgenerator.billing.stripe.configuration.PortalConfigurationFile;
import jakarta.validation.Validation;
import jakarta.validation.ValidatorFactory;
import jakarta.validation.constraints.AssertTrue;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;
import org.hibernate.validator.messageinterpolation.ParameterMessageInterpolator;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.PropertyResolver;

/**
 * Reads and checks all settings before any bean is made: nothing starts with an insecure one. Those
 * of Spring Boot itself are only checked here, and those of the portal are beans.
 */
final class SettingsInitializer
    implements ApplicationContextInitializer<ConfigurableApplicationContext> {

  @Override
  public void initialize(ConfigurableApplicationContext context) {
    bind(context.getEnvironment()).forEach(context.getBeanFactory()::registerSingleton);
  }

  /**
   * The settings of the portal, by the names of their beans.
   *
   * @throws InvalidConfigurationException naming each setting that is missing or insecure
   */
  static Map<String, Record> bind(PropertyResolver properties) {
    try (ValidatorFactory validators =
        Validation.byDefaultProvider()
            .configure()
            .ignoreXmlConfiguration()
            // The default one needs an expression language.
            .messageInterpolator(new ParameterMessageInterpolator())
            .buildValidatorFactory()) {
      SettingsBinder binder = new SettingsBinder(properties, validators.getValidator());
      Map<String, Record> settings =
          Map.of(
              "keycloakProperties", binder.bind("keycloak", KeycloakProperties.class),
              "stripeProperties", binder.bind("stripe", StripeProperties.class),
              "portalProperties", binder.bind("portal", PortalProperties.class));
      binder.bind("spring.datasource", Database.class);
      binder.bind("server", Port.class);
      binder.bind("management.server", Port.class);
      if (binder.problems().stream().noneMatch(problem -> problem.startsWith("PORTAL_OFFER "))) {
        readOffer(properties, binder);
      }
      if (!binder.problems().isEmpty()) {
        throw new InvalidConfigurationException(binder.problems());
      }
      return settings;
    }
  }

  /** It is read where it is used: here it is only seen that it can be. */
  private static void readOffer(PropertyResolver properties, SettingsBinder binder) {
    String location = properties.getRequiredProperty("portal.offer");
    try {
      PortalConfigurationFile.read(location, properties);
    } catch (IllegalArgumentException e) {
      binder.report("portal.offer", PortalProperties.OFFER, location + ", " + e.getMessage());
    }
  }

  record Database(
      @Must("be the JDBC address of PostgreSQL, as jdbc:postgresql://host:5432/database")
          Secret url,
      @Must("name the database user") @NotNull @Pattern(regexp = ".+") String username,
      @Must("be the database user's password") @NotNull Secret password) {

    /** The driver of PostgreSQL decides. */
    @AssertTrue
    boolean isUrl() {
      try {
        return url != null && DriverManager.getDriver(url.text()) != null;
      } catch (SQLException e) {
        return false;
      }
    }
  }

  record Port(
      @Must("be an address of this machine, or nothing for all that it has") String address,
      @Must("be a port number")
          @NotNull
          @Pattern(regexp = "[0-5]?\\d{1,4}|6[0-4]\\d{3}|65[0-4]\\d{2}|655[0-2]\\d|6553[0-5]")
          String port) {

    @AssertTrue
    boolean isAddress() {
      try {
        InetAddress found = InetAddress.getByName(address == null ? "0.0.0.0" : address);
        return found.isAnyLocalAddress() || NetworkInterface.getByInetAddress(found) != null;
      } catch (IOException e) {
        return false;
      }
    }
  }
}
