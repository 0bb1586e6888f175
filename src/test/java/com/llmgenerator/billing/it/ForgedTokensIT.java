package com.llmgenerator.billing.it;

import static com.llmgenerator.billing.it.Caller.AS_USER;
import static com.llmgenerator.billing.it.Problems.assertProblem;
import static com.llmgenerator.billing.it.Servers.STRIPE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.llmgenerator.billing.auth.TestRealm;
import com.llmgenerator.billing.it.Caller.Answer;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.TestFactory;

/**
 * Only a valid, unexpired access token of our realm and audience opens the portal: hundreds of
 * tokens that are nearly one, before a portal of their own whose realm's key the tests hold.
 */
class ForgedTokensIT {
  private static TestRealm realm;
  private static LyingServer trap;
  private static TokenForge forge;
  private static PackagedPortal portal;

  @BeforeAll
  static void start() {
    realm = new TestRealm();
    trap = new LyingServer();
    forge = new TokenForge(realm, trap.url());
    Map<String, String> environment = Servers.environment();
    environment.put("KEYCLOAK_ISSUER", realm.issuer());
    environment.put("KEYCLOAK_JWKS_URL", realm.issuer() + "/protocol/openid-connect/certs");
    portal = PackagedPortal.start(environment);
    Servers.addBillingAccount("user-1", "cus_ofForgedUser");
  }

  @AfterAll
  static void stop() {
    portal.close();
    realm.close();
    trap.close();
  }

  @Nested
  class Returns200 {
    @TestFactory
    Stream<DynamicTest> toATokenOfEachKeyOfTheRealm() {
      return forge.validOfEachKey().entrySet().stream()
          .map(
              token ->
                  dynamicTest(
                      token.getKey(),
                      () ->
                          assertThat(send(token.getValue()))
                              .extracting(Answer::status)
                              .containsExactly(200)));
    }
  }

  @Nested
  class Returns401 {
    @TestFactory
    Stream<DynamicTest> toATokenWithoutAlgorithm() {
      return refused(forge.withoutAlgorithm());
    }

    @TestFactory
    Stream<DynamicTest> toATokenWithThePublicKeyAsSecret() throws Exception {
      return refused(forge.withThePublicKeyAsSecret());
    }

    @TestFactory
    Stream<DynamicTest> toATokenWithAWrongSignature() throws Exception {
      return refused(forge.withAWrongSignature());
    }

    @TestFactory
    Stream<DynamicTest> toATokenWithAKeyOfItsOwn() throws Exception {
      return refused(forge.withAKeyOfItsOwn());
    }

    @TestFactory
    Stream<DynamicTest> toATokenWithAHostileKeyId() {
      return refused(forge.withAHostileKeyId());
    }

    @TestFactory
    Stream<DynamicTest> toATokenWithUnusualHeaderParameters() throws Exception {
      return refused(forge.withUnusualHeaderParameters());
    }

    @TestFactory
    Stream<DynamicTest> toATokenWithAWrongClaim() {
      return refused(forge.withAWrongClaim());
    }

    @TestFactory
    Stream<DynamicTest> toATokenWithADuplicateClaim() {
      return refused(forge.withADuplicateClaim());
    }

    @TestFactory
    Stream<DynamicTest> toATokenOfAnotherForm() throws Exception {
      return refused(forge.ofAnotherForm());
    }

    @TestFactory
    Stream<DynamicTest> toATokenWithOtherCharacters() {
      return refused(forge.withOtherCharacters());
    }

    @TestFactory
    Stream<DynamicTest> toATokenOfDeepJson() {
      return refused(forge.ofDeepJson());
    }

    @TestFactory
    Stream<DynamicTest> toATokenOfUnusualLength() {
      return refused(forge.ofUnusualLength());
    }

    private Stream<DynamicTest> refused(Map<String, String> tokens) {
      return andThenServes(tokens, ForgedTokensIT::assertUnauthorized);
    }
  }

  @Nested
  class Returns400 {
    @TestFactory
    Stream<DynamicTest> toATokenThatIsNoHeader() {
      String valid = forge.valid();
      return andThenServes(
          Map.of(
              "a zero after it", valid + "\u0000",
              "a zero in it", valid.substring(0, 50) + "\u0000" + valid.substring(50),
              "an escape character after it", valid + "\u001b[2J",
              "a carriage return in it", valid.substring(0, 50) + "\r" + valid.substring(50),
              "a line break in it", valid.substring(0, 50) + "\n" + valid.substring(50)),
          ForgedTokensIT::assertMalformed);
    }
  }

  @Nested
  class Returns431 {
    /** The portal may hang up on its sender, who is still sending. */
    @TestFactory
    Stream<DynamicTest> toATokenOfHugeLength() {
      return andThenServes(
          forge.ofHugeLength(),
          (kind, answers) -> {
            if (!answers.isEmpty()) {
              assertRefusedOnReceipt(
                  kind,
                  answers,
                  431,
                  "request_header_fields_too_large",
                  "The address is longer than 8 KiB, the headers are larger than 16 KiB, or there are"
                      + " more than 100 headers.");
            }
          });
    }
  }

  private interface Expectation {
    void check(String kind, List<Answer> answers);
  }

  private static Stream<DynamicTest> andThenServes(
      Map<String, String> tokens, Expectation expectation) {
    STRIPE.reset();
    return Stream.concat(
        tokens.entrySet().stream()
            .map(
                token ->
                    dynamicTest(
                        token.getKey(),
                        () -> expectation.check(token.getKey(), send(token.getValue())))),
        Stream.of(
            dynamicTest(
                "and then serves a valid token, without trace of the others",
                () -> assertServes(tokens))));
  }

  private static void assertServes(Map<String, String> refused) {
    assertThat(STRIPE.portalSessionRequests()).isEmpty();
    assertThat(trap.connections()).isZero();
    List<Answer> answers = send(forge.valid());
    assertThat(answers).extracting(Answer::status).containsExactly(200);
    assertThat(STRIPE.portalSessionRequests())
        .extracting(asked -> asked.getBodyAsString())
        .containsExactly(
            "customer=cus_ofForgedUser&return_url=https%3A%2F%2Fapp.example.com%2Fdashboard");
    String log = portal.log();
    assertThat(log).doesNotContain(" ERROR ", "\tat ");
    refused.forEach(
        (name, token) ->
            Stream.of(token.split("[.\\s\\x00-\\x1f]"))
                .filter(part -> part.length() >= 20)
                .forEach(part -> assertThat(log.contains(part)).as("Logs %s", name).isFalse()));
  }

  private static void assertUnauthorized(String kind, List<Answer> answers) {
    assertThat(answers).as(kind).extracting(Answer::status).containsExactly(401);
    Answer answer = answers.get(0);
    assertProblem(answer, 401, "unauthorized", "Invalid or missing token.");
    assertThat(answer.header("WWW-Authenticate"))
        .isEqualTo("Bearer realm=\"billing-portal\", error=\"invalid_token\"");
    assertThat(answer.headers().keySet())
        .containsExactlyInAnyOrder(
            "Cache-Control",
            "Connection",
            "Vary",
            "Content-Length",
            "Content-Type",
            "Date",
            "WWW-Authenticate",
            "X-Request-Id");
  }

  private static void assertMalformed(String kind, List<Answer> answers) {
    assertRefusedOnReceipt(
        kind,
        answers,
        400,
        "invalid_request",
        "The request is malformed, or its body is not a JSON object with the members of this"
            + " operation alone.");
  }

  private static void assertRefusedOnReceipt(
      String kind, List<Answer> answers, int status, String code, String detail) {
    assertThat(answers).as(kind).extracting(Answer::status).containsExactly(status);
    assertProblem(answers.get(0), status, code, detail);
    assertThat(answers.get(0).headers().keySet())
        .containsExactlyInAnyOrder(
            "Cache-Control",
            "Connection",
            "Content-Length",
            "Content-Type",
            "Date",
            "Vary",
            "X-Request-Id");
  }

  private static List<Answer> send(String token) {
    String request =
        "POST %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 0\r\n"
                .formatted(AS_USER)
            + "Authorization: Bearer "
            + token
            + "\r\n\r\n";
    return Wire.send(portal, request.getBytes(UTF_8));
  }
}
