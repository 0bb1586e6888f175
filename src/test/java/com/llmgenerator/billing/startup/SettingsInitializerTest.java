package com.llmgenerator.billing.startup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.entry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.llmgenerator.billing.config.KeycloakProperties;
import com.llmgenerator.billing.config.Origin;
import com.llmgenerator.billing.config.PortalProperties;
import com.llmgenerator.billing.config.Secret;
import com.llmgenerator.billing.config.StripeProperties;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.core.io.ClassPathResource;
import org.springframework.mock.env.MockEnvironment;

class SettingsInitializerTest {
  private final MockEnvironment environment =
      new MockEnvironment()
          .withProperty("spring.datasource.url", "jdbc:postgresql://db/billing")
          .withProperty("spring.datasource.username", "billing")
          .withProperty("spring.datasource.password", "s3cret")
          .withProperty("keycloak.issuer", "https://sso.example.com/realms/llmgenerator")
          .withProperty("keycloak.jwks-url", "http://keycloak.sso.svc:8080/realms/x/certs")
          .withProperty("keycloak.audience", "billing-portal")
          .withProperty("keycloak.keys-kept", "4h")
          .withProperty("stripe.secret-key", "rk_live_1234")
          .withProperty("stripe.api-base", "https://api.stripe.com")
          .withProperty("stripe.api-version", "2026-09-30.endive")
          .withProperty("stripe.portal-configuration", "")
          .withProperty("stripe.portal-origin", "https://billing.stripe.com")
          .withProperty("stripe.webhook-secrets", "")
          .withProperty("server.port", "8080")
          .withProperty("management.server.port", "9876")
          .withProperty("portal.default-return-url", "https://app.example.com/dashboard")
          .withProperty(
              "portal.return-origins", "https://app.example.com, https://app.example.com:8443")
          .withProperty("portal.cors-origins", "")
          .withProperty("portal.cors-headers", "")
          .withProperty("portal.deadline", "10s")
          .withProperty("portal.requests-at-once", "250")
          .withProperty("portal.sessions-per-minute", "10")
          .withProperty("portal.sessions-in-burst", "5")
          .withProperty("portal.routes", "classpath:routes")
          .withProperty("portal.offer", "classpath:portal-offer.yaml")
          .withProperty("portal.offer-checked", "true");

  private Map<String, Record> settings() {
    return SettingsInitializer.bind(environment);
  }

  private StripeProperties stripe() {
    return (StripeProperties) settings().get("stripeProperties");
  }

  private PortalProperties portal() {
    return (PortalProperties) settings().get("portalProperties");
  }

  @Nested
  class Reads {
    @Test
    void everySetting() {
      assertThat(settings())
          .containsOnly(
              entry(
                  "keycloakProperties",
                  new KeycloakProperties(
                      "https://sso.example.com/realms/llmgenerator",
                      "http://keycloak.sso.svc:8080/realms/x/certs",
                      "billing-portal",
                      Duration.ofHours(4))),
              entry(
                  "stripeProperties",
                  new StripeProperties(
                      new Secret("rk_live_1234"),
                      Origin.of("https://api.stripe.com"),
                      "2026-09-30.endive",
                      Optional.empty(),
                      Origin.of("https://billing.stripe.com"),
                      List.of())),
              entry(
                  "portalProperties",
                  new PortalProperties(
                      Set.of(
                          Origin.of("https://app.example.com"),
                          Origin.of("https://app.example.com:8443")),
                      "https://app.example.com/dashboard",
                      Set.of(),
                      Set.of(),
                      Duration.ofSeconds(10),
                      250,
                      10,
                      5,
                      "classpath:routes",
                      "classpath:portal-offer.yaml",
                      "true")));
    }

    /** By which IDEs complete and explain settings. */
    @Test
    void whatTheMetadataDescribes() throws IOException {
      JsonNode metadata =
          new ObjectMapper()
              .readTree(
                  new ClassPathResource("META-INF/spring-configuration-metadata.json")
                      .getInputStream());
      assertThat(metadata.path("properties"))
          .filteredOn(
              property ->
                  property.path("name").asText().matches("(keycloak|stripe|portal)\\.[a-z-]+"))
          .hasSize(21)
          .allSatisfy(property -> assertThat(property.path("description").asText()).isNotBlank());
    }

    @Test
    void keysOfTheRealmWhereKeycloakPublishesThem() {
      environment.setProperty("keycloak.jwks-url", " ");
      assertThat(((KeycloakProperties) settings().get("keycloakProperties")).jwksUrl())
          .isEqualTo("https://sso.example.com/realms/llmgenerator/protocol/openid-connect/certs");
    }

    @Test
    void requestsAtOnceFromJavasThreadsAndItsHeap() {
      environment.setProperty("portal.requests-at-once", "");
      long fits = Runtime.getRuntime().maxMemory() / (100 * 1024);
      boolean virtual = Runtime.version().feature() >= 24;
      assertThat(portal().requestsAtOnce()).isEqualTo((int) Math.min(fits, virtual ? 2500 : 250));
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 1", "250, 237, 200", "2500, 2375, 2000"})
    void fewerCallsThanRequests(String requests, int virtual, int platform) {
      environment.setProperty("portal.requests-at-once", requests);
      assertThat(portal().callsAtOnce())
          .isEqualTo(Runtime.version().feature() >= 24 ? virtual : platform);
    }

    @ParameterizedTest
    @CsvSource({"sk_live_1, true", "rk_live_1, true", "sk_test_1, false", "rk_test_live_1, false"})
    void modeFromTheKey(String key, boolean livemode) {
      environment.setProperty("stripe.secret-key", key);
      assertThat(stripe().livemode()).isEqualTo(livemode);
    }

    @Test
    void portalConfigurationIfThereIsOne() {
      environment.setProperty("stripe.portal-configuration", "bpc_1");
      assertThat(stripe().portalConfiguration()).contains("bpc_1");
    }

    @Test
    void secretsOfEventsIfThereAreSome() {
      assertThat(stripe().webhookSecrets()).isEmpty();
      environment.setProperty(
          "stripe.webhook-secrets", "whsec_0123456789abcdef, whsec_fedcba9876543210");
      assertThat(stripe().webhookSecrets())
          .containsExactly(
              new Secret("whsec_0123456789abcdef"), new Secret("whsec_fedcba9876543210"));
    }

    @Test
    void namesOfHeadersInAnyCaseOnce() {
      environment.setProperty("portal.cors-headers", " sentry-trace,\tX-Tenant , x-tenant,!x_y|1,");
      assertThat(portal().corsHeaders())
          .containsExactlyInAnyOrder("sentry-trace", "x-tenant", "!x_y|1");
    }

    @Test
    void andNeverShowsTheKey() {
      assertThat(settings().toString()).doesNotContain("rk_live_1234");
      assertThat(stripe().secretKey().toString()).doesNotContain("rk_live_1234");
    }
  }

  @Nested
  class Accepts {
    @ParameterizedTest
    @ValueSource(strings = {"", " ", "127.0.0.1", "0.0.0.0", "::1"})
    void addressesOfThisMachine(String address) {
      environment.setProperty("server.address", address);
      assertThat(settings()).isNotNull();
    }
  }

  @Nested
  class Refuses {
    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        value = {
          "spring.datasource.url|SPRING_DATASOURCE_URL must be the JDBC address of PostgreSQL,"
              + " as jdbc:postgresql://host:5432/database. Found: nothing",
          "spring.datasource.username|SPRING_DATASOURCE_USERNAME must name the database user."
              + " Found: nothing",
          "spring.datasource.password|SPRING_DATASOURCE_PASSWORD must be the database user's"
              + " password. Found: nothing",
          "keycloak.issuer|KEYCLOAK_ISSUER must be the https address of the Keycloak realm,"
              + " without a slash at its end. Found: nothing",
          "keycloak.audience|KEYCLOAK_AUDIENCE must name an audience of this service alone, not account."
              + " Found: nothing",
          "stripe.secret-key|STRIPE_SECRET_KEY must be a restricted or secret key of Stripe"
              + " (rk_live_…, sk_test_…). Found: nothing",
          "stripe.api-base|STRIPE_API_BASE must be an https origin, as https://host or"
              + " https://host:port. Found: nothing",
          "stripe.api-version|STRIPE_API_VERSION must be a version of Stripe's API, as"
              + " 2026-09-30.endive. Found: nothing",
          "portal.default-return-url|PORTAL_DEFAULT_RETURN_URL must be an address on an origin"
              + " of PORTAL_RETURN_ORIGINS. Found: nothing",
        })
    void missingSetting(String property, String line) {
      environment.setProperty(property, " ");
      assertRefused(line);
    }

    @Test
    void missingReturnOrigins() {
      environment.setProperty("portal.return-origins", "");
      assertRefused(
          "PORTAL_RETURN_ORIGINS must list https origins. Found: nothing",
          "PORTAL_DEFAULT_RETURN_URL must be an address on an origin of PORTAL_RETURN_ORIGINS."
              + " Found: https://app.example.com/dashboard");
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "http://sso.example.com/realms/x",
          "https://sso.example.com/realms/x/",
          "https://sso.example.com/realms/x?y",
          "https://sso.example.com/realms/x#y",
          "sso.example.com",
          "http://keycloak.sso.svc/realms/x"
        })
    void insecureIssuer(String issuer) {
      environment.setProperty("keycloak.issuer", issuer);
      assertRefused(
          "KEYCLOAK_ISSUER must be the https address of the Keycloak realm, without a slash at"
              + " its end. Found: "
              + issuer);
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "http://sso.example.com/certs",
          "http://keycloak.svc.example.com/certs",
          "http://keycloak.sso.svc:99999/certs",
          "http://user@keycloak/certs",
          "file:///certs",
          "ftp://keycloak/certs"
        })
    void insecureKeyAddress(String address) {
      environment.setProperty("keycloak.jwks-url", address);
      assertRefused(
          "KEYCLOAK_JWKS_URL must be an https address, or an http address inside the cluster."
              + " Found: "
              + address.replace("user@", "…@"));
    }

    @Test
    void audienceThatEveryTokenHas() {
      environment.setProperty("keycloak.audience", "account");
      assertRefused(
          "KEYCLOAK_AUDIENCE must name an audience of this service alone, not account."
              + " Found: account");
    }

    @ParameterizedTest
    @ValueSource(strings = {"abc", "-1", "65536", "80 80"})
    void strangePorts(String port) {
      environment.setProperty("server.port", port);
      assertRefused("SERVER_PORT must be a port number. Found: " + port);
    }

    @Test
    void addressesOfOtherMachines() {
      environment.setProperty("management.server.address", "192.0.2.1");
      assertRefused(
          "MANAGEMENT_SERVER_ADDRESS must be an address of this machine, or nothing for all that"
              + " it has. Found: 192.0.2.1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"postgres://h/db", "jdbc:mysql://h/db", "jdbc:postgresql://h:port/db"})
    void otherDatabases(String url) {
      environment.setProperty("spring.datasource.url", url);
      assertRefused(
          "SPRING_DATASOURCE_URL must be the JDBC address of PostgreSQL, as"
              + " jdbc:postgresql://host:5432/database. Found: a value of another form");
    }

    @Test
    void secretsInTheWrongPlaceWithoutShowingThem() {
      environment.setProperty("stripe.api-base", "https://user:s3cret@api.stripe.com");
      environment.setProperty("stripe.portal-configuration", "sk_live_s3cret");
      assertRefused(
          "STRIPE_API_BASE must be an https origin, as https://host or https://host:port."
              + " Found: https://…@api.stripe.com",
          "STRIPE_PORTAL_CONFIGURATION must be the id of a portal configuration (bpc_…)."
              + " Found: sk_…");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0s", "9m", "8d", "-4h", "long", "4"})
    void strangeTimes(String time) {
      environment.setProperty("keycloak.keys-kept", time);
      assertRefused("KEYCLOAK_KEYS_KEPT must be a time from 10m to 7d. Found: " + time);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0s", "11s", "-1s", "long", "5"})
    void strangeDeadlines(String time) {
      environment.setProperty("portal.deadline", time);
      assertRefused("PORTAL_DEADLINE must be a time from 1s to 10s. Found: " + time);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "1.5", "many", "99999999999"})
    void strangeNumbers(String number) {
      environment.setProperty("portal.requests-at-once", number);
      environment.setProperty("portal.sessions-per-minute", number);
      environment.setProperty("portal.sessions-in-burst", number);
      assertRefused(
          "PORTAL_REQUESTS_AT_ONCE must be a whole number from 1 to 10000. Found: " + number,
          "PORTAL_SESSIONS_PER_MINUTE must be a whole number from 1 to 1000000. Found: " + number,
          "PORTAL_SESSIONS_IN_BURST must be a whole number from 1 to 1000000. Found: " + number);
    }

    @ParameterizedTest
    @ValueSource(strings = {"pk_live_1234", "sk_prod_1234", "1234", "sk_live_", "sk_live_12 34"})
    void otherKeyWithoutShowingIt(String key) {
      environment.setProperty("stripe.secret-key", key);
      assertRefused(
          "STRIPE_SECRET_KEY must be a restricted or secret key of Stripe (rk_live_…,"
              + " sk_test_…). Found: a value of another form");
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "whsec_short",
          "sk_live_0123456789abcdef",
          ",",
          "whsec_0123456789abcdef,",
          "whsec_0123456789abcdef whsec_fedcba9876543210",
          "whsec_0123456789abcdef,s3cret"
        })
    void otherSecretsOfEventsWithoutShowingThem(String secrets) {
      environment.setProperty("stripe.webhook-secrets", secrets);
      assertRefused(
          "STRIPE_WEBHOOK_SECRETS must list signing secrets of webhook endpoints (whsec_…),"
              + " separated by commas. Found: a value of another form");
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://api.stripe.com", "https://api.stripe.com/v1", "api.stripe.com"})
    void insecureApiBase(String base) {
      environment.setProperty("stripe.api-base", base);
      assertRefused(
          "STRIPE_API_BASE must be an https origin, as https://host or https://host:port. Found: "
              + base);
    }

    @Test
    void strangePortalConfiguration() {
      environment.setProperty("stripe.portal-configuration", "default");
      assertRefused(
          "STRIPE_PORTAL_CONFIGURATION must be the id of a portal configuration (bpc_…)."
              + " Found: default");
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "http://app.example.com",
          "*",
          "https://*.example.com",
          "null",
          "https://app.example.com:08443"
        })
    void insecureOrigins(String origin) {
      environment.setProperty("portal.return-origins", "https://app.example.com," + origin);
      environment.setProperty("portal.cors-origins", origin);
      assertRefused(
          "PORTAL_RETURN_ORIGINS must list https origins. Found: " + origin,
          "PORTAL_CORS_ORIGINS must list https origins. Found: " + origin);
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "*",
          "x-*",
          "x tenant",
          "x-tenant: 1",
          "x-t\u00e9nant",
          "x-\u212aey",
          "x\u0000",
          "\"x\""
        })
    void whatNoHeaderIsCalled(String name) {
      environment.setProperty("portal.cors-headers", "x-tenant, " + name);
      assertRefused("PORTAL_CORS_HEADERS must list names of HTTP headers. Found: " + name);
    }

    @Test
    void gapBetweenNamesOfHeaders() {
      environment.setProperty("portal.cors-headers", "x-tenant,,x-other");
      assertRefused("PORTAL_CORS_HEADERS must list names of HTTP headers. Found: nothing");
    }

    @Test
    void everyWrongEntryOfAList() {
      environment.setProperty("portal.cors-origins", "null,https://a.example.com, *");
      environment.setProperty("portal.cors-headers", "a b,x-tenant, *");
      assertRefused(
          "PORTAL_CORS_ORIGINS must list https origins. Found: null",
          "PORTAL_CORS_ORIGINS must list https origins. Found: *",
          "PORTAL_CORS_HEADERS must list names of HTTP headers. Found: *",
          "PORTAL_CORS_HEADERS must list names of HTTP headers. Found: a b");
    }

    @Test
    void originWithAPath() {
      environment.setProperty("portal.return-origins", "https://app.example.com/");
      assertRefused(
          "PORTAL_RETURN_ORIGINS must list https origins. Found: https://app.example.com/",
          "PORTAL_DEFAULT_RETURN_URL must be an address on an origin of PORTAL_RETURN_ORIGINS."
              + " Found: https://app.example.com/dashboard");
    }

    @Test
    void defaultReturnUrlElsewhere() {
      environment.setProperty("portal.default-return-url", "https://evil.example.com/");
      assertRefused(
          "PORTAL_DEFAULT_RETURN_URL must be an address on an origin of PORTAL_RETURN_ORIGINS."
              + " Found: https://evil.example.com/");
    }

    @Test
    void routesThatAreNoFolder() {
      environment.setProperty("portal.routes", "routes");
      assertRefused(
          "PORTAL_ROUTES must be a folder of *.camel.yaml files, as file:/etc/camel/routes. Found:"
              + " routes");
    }

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        value = {
          "file:/nowhere.yaml | file:/nowhere.yaml, which cannot be read",
          "classpath:problems.properties | classpath:problems.properties, which is no YAML",
          "https://example.com/offer.yaml | https://example.com/offer.yaml"
        })
    void offerThatIsNone(String location, String found) {
      environment.setProperty("portal.offer", location);
      assertRefused(
          "PORTAL_OFFER must be a YAML file that declares what the portal offers. Found: " + found);
    }

    @Test
    void whetherTheOfferIsCheckedInOtherWords() {
      environment.setProperty("portal.offer-checked", "yes");
      assertRefused("PORTAL_OFFER_CHECKED must be true or false. Found: yes");
    }

    private void assertRefused(String... lines) {
      assertThatExceptionOfType(InvalidConfigurationException.class)
          .isThrownBy(() -> settings())
          .satisfies(refused -> assertThat(refused.problems()).containsExactly(lines));
    }
  }
}
