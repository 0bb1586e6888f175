package com.llmgenerator.billing.dev;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.DefaultResourceRetriever;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;

@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("the servers of EmbeddedKeycloakIT")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EmbeddedKeycloakIT {
  /** Of a server that has just started. */
  private static final Duration LONGEST_ANSWER = Duration.ofSeconds(20);

  private EmbeddedKeycloak keycloak;

  @BeforeAll
  void startKeycloak() {
    keycloak = EmbeddedKeycloak.start(0);
  }

  @AfterAll
  void closeLeavesNoProcess() {
    ProcessHandle process = ProcessHandle.of(keycloak.pid()).orElseThrow();
    assertThat(process.isAlive()).isTrue();

    keycloak.close();

    assertThat(process.isAlive()).isFalse();
  }

  @Test
  void accessTokenNamesUserAndBillingPortal() throws Exception {
    JWTClaimsSet claims = verify(keycloak.login(EmbeddedKeycloak.DEMO).accessToken());

    assertThat(claims.getIssuer()).isEqualTo(keycloak.issuer());
    assertThat(claims.getAudience()).containsExactly("billing-portal");
    assertThat(claims.getSubject()).isEqualTo(EmbeddedKeycloak.DEMO_ID);
    assertThat(claims.getStringClaim("typ")).isEqualTo("Bearer");
    assertThat(
            Duration.between(
                claims.getIssueTime().toInstant(), claims.getExpirationTime().toInstant()))
        .isEqualTo(Duration.ofHours(1));
  }

  @Test
  void usersHaveFixedIds() throws Exception {
    JWTClaimsSet claims = verify(keycloak.login(EmbeddedKeycloak.NEWCOMER).accessToken());

    assertThat(claims.getSubject()).isEqualTo(EmbeddedKeycloak.NEWCOMER_ID);
  }

  @Test
  void otherTokensOfLoginAreOfOtherKinds() throws Exception {
    EmbeddedKeycloak.Tokens tokens = keycloak.login(EmbeddedKeycloak.DEMO);
    EmbeddedKeycloak.Tokens offline = keycloak.loginOffline(EmbeddedKeycloak.DEMO);

    JWTClaimsSet idToken = verify(tokens.idToken());
    assertThat(idToken.getStringClaim("typ")).isEqualTo("ID");
    assertThat(idToken.getAudience()).doesNotContain("billing-portal");
    assertThat(kind(tokens.refreshToken())).isEqualTo("Refresh");
    assertThat(kind(offline.refreshToken())).isEqualTo("Offline");
  }

  @Test
  void tokenOfAnotherApplicationHasAnotherAudience() throws Exception {
    String token = keycloak.loginToAnotherApplication(EmbeddedKeycloak.DEMO).accessToken();

    assertThat(verify(token).getAudience()).doesNotContain("billing-portal");
  }

  @Test
  void tokenOfAnotherRealmHasTheAudienceButAnotherKey() throws Exception {
    String token = keycloak.loginToAnotherRealm(EmbeddedKeycloak.DEMO).accessToken();

    assertThat(SignedJWT.parse(token).getJWTClaimsSet().getAudience())
        .isEqualTo(List.of("billing-portal"));
    assertThatThrownBy(() -> verify(token)).hasMessageContaining("no matching key(s) found");
  }

  @Test
  void demoApplicationSignsInByCodeAndPkceAtItsOwnAddressAlone() throws Exception {
    String pkce = "&code_challenge_method=S256&code_challenge=" + "x".repeat(43);
    assertThat(askForCode("http://localhost:3000/?returned", pkce)).contains("kc-login");
    assertThat(askForCode("http://localhost:3001/", pkce))
        .contains("Invalid parameter: redirect_uri");
    assertThat(askForCode("http://localhost:3000/", "")).contains("code_challenge");
    String login = "grant_type=password&username=demo&password=demo&client_id=";
    assertThat(
            answer(
                HttpRequest.newBuilder(endpoint("token"))
                    .header("Content-Type", "application/x-www-form-urlencoded")
                    .POST(BodyPublishers.ofString(login + EmbeddedKeycloak.DEMO_CLIENT))))
        .contains("unauthorized_client");
  }

  @Test
  void restartKeepsPortAndKeys() throws Exception {
    String before = keycloak.login(EmbeddedKeycloak.DEMO).accessToken();
    long first = keycloak.pid();

    keycloak.stop();
    try {
      assertThatThrownBy(() -> keycloak.login(EmbeddedKeycloak.DEMO))
          .hasMessage("Keycloak does not answer a login");
    } finally {
      keycloak.start();
    }

    assertThat(keycloak.pid()).isNotEqualTo(first);
    assertThat(verify(before).getSubject()).isEqualTo(EmbeddedKeycloak.DEMO_ID);
  }

  @Test
  void suspendedServerAcceptsButDoesNotAnswer() throws Exception {
    HttpRequest hasty = HttpRequest.newBuilder(keys()).timeout(Duration.ofSeconds(2)).build();
    HttpRequest patient = HttpRequest.newBuilder(keys()).timeout(LONGEST_ANSWER).build();
    HttpClient http = HttpClient.newHttpClient();

    keycloak.suspend();
    try {
      assertThatThrownBy(() -> http.send(hasty, HttpResponse.BodyHandlers.discarding()))
          .isExactlyInstanceOf(HttpTimeoutException.class);
    } finally {
      keycloak.resume();
    }

    assertThat(http.send(patient, HttpResponse.BodyHandlers.discarding()).statusCode())
        .isEqualTo(200);
  }

  @Test
  void refusesPortInUse() throws IOException {
    try (ServerSocket other = new ServerSocket(0)) {
      int port = other.getLocalPort();

      assertThatThrownBy(() -> EmbeddedKeycloak.start(port))
          .hasMessage("Port " + port + " is in use: stop what listens there");
    }
  }

  private String askForCode(String redirectUri, String parameters) throws Exception {
    String query =
        "?response_type=code&scope=openid&client_id=%s&redirect_uri=%s%s"
            .formatted(
                EmbeddedKeycloak.DEMO_CLIENT,
                URLEncoder.encode(redirectUri, StandardCharsets.UTF_8),
                parameters);
    return answer(HttpRequest.newBuilder(endpoint("auth" + query)));
  }

  /** Where an answer sends the browser, or what it shows. */
  private static String answer(HttpRequest.Builder request) throws Exception {
    HttpResponse<String> answer =
        HttpClient.newHttpClient()
            .send(request.timeout(LONGEST_ANSWER).build(), HttpResponse.BodyHandlers.ofString());
    return answer.headers().firstValue("Location").orElse(answer.body());
  }

  private URI keys() {
    return endpoint("certs");
  }

  private URI endpoint(String name) {
    return URI.create(keycloak.issuer() + "/protocol/openid-connect/" + name);
  }

  private JWTClaimsSet verify(String token) throws Exception {
    int wait = Math.toIntExact(LONGEST_ANSWER.toMillis());
    JWKSource<SecurityContext> source =
        JWKSourceBuilder.create(keys().toURL(), new DefaultResourceRetriever(wait, wait))
            .retrying(true)
            .build();
    DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();
    processor.setJWSKeySelector(new JWSVerificationKeySelector<>(JWSAlgorithm.RS256, source));
    return processor.process(token, null);
  }

  /** Of a token that only Keycloak itself can verify. */
  private static String kind(String token) throws Exception {
    return SignedJWT.parse(token).getJWTClaimsSet().getStringClaim("typ");
  }
}
