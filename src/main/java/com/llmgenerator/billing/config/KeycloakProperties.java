package com.llmgenerator.billing.config;

import jakarta.validation.constraints.AssertTrue;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * The realm whose access tokens are accepted.
 *
 * @param issuer what a token names as its issuer
 * @param jwksUrl where the realm publishes its signing keys; by default where Keycloak does
 * @param audience what a token names among its audiences
 * @param keysKept how long known keys serve while Keycloak is down
 */
@ConfigurationProperties("keycloak")
public record KeycloakProperties(
    @Must("be the https address of the Keycloak realm, without a slash at its end") String issuer,
    @Must("be an https address, or an http address inside the cluster") String jwksUrl,
    @Must("name an audience of this service alone, not account")
        @NotNull
        @Pattern(regexp = "(?!account$)\\S+")
        String audience,
    @Must("be a time from 10m to 7d") @NotNull @DurationMin(minutes = 10) @DurationMax(days = 7)
        Duration keysKept) {

  /** A host that only resolves inside a Kubernetes cluster. */
  private static final String IN_CLUSTER = "[a-z0-9-]+|[a-z0-9.-]+\\.svc(\\.cluster\\.local)?";

  @Override
  public String jwksUrl() {
    return jwksUrl == null ? issuer + "/protocol/openid-connect/certs" : jwksUrl;
  }

  @AssertTrue
  boolean isIssuer() {
    return issuer != null && Origin.find(issuer).isPresent() && issuer.matches("[^?#]*[^/?#]");
  }

  @AssertTrue
  boolean isJwksUrl() {
    return jwksUrl == null || Origin.find(jwksUrl).isPresent() || isInCluster(jwksUrl);
  }

  private static boolean isInCluster(String url) {
    try {
      URI uri = new URI(url);
      return "http".equals(uri.getScheme())
          && uri.getHost() != null
          && uri.getHost().matches(IN_CLUSTER)
          && uri.getRawUserInfo() == null
          && uri.getPort() <= 65_535;
    } catch (URISyntaxException e) {
      return false;
    }
  }
}
