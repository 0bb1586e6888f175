package com.llmgenerator.billing.it;

import static com.llmgenerator.billing.it.Caller.API_KEYS;
import static com.llmgenerator.billing.it.Caller.WITH_API_KEY;
import static com.llmgenerator.billing.it.Caller.call;
import static com.llmgenerator.billing.it.Caller.post;
import static com.llmgenerator.billing.it.Problems.assertProblem;
import static com.llmgenerator.billing.it.Servers.DATABASE;
import static com.llmgenerator.billing.it.Servers.KEYCLOAK;
import static com.llmgenerator.billing.it.Servers.STRIPE;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.llmgenerator.billing.OpenApiContract;
import com.llmgenerator.billing.auth.ApiKey;
import com.llmgenerator.billing.dev.EmbeddedKeycloak;
import com.llmgenerator.billing.dev.StripeStandIn;
import com.llmgenerator.billing.it.Caller.Answer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The life of an API key: {@code /api/v1/api-keys}. Its users are {@code demo}, who has bought
 * something, and {@code newcomer}; each test begins without a key of theirs.
 */
class ApiKeysIT {
  private static final String REFUSED =
      "A key needs a name of 1 to 100 characters; it may have expiresAt, a future time, and"
          + " returnOrigins, at most 5 https origins.";
  private static final String NOT_FOUND = "There is nothing at this address.";
  private static final JsonMapper JSON = new JsonMapper();

  /**
   * Whether {@code openapi.yaml} allows a body; {@link Caller} sees that it allows what succeeds.
   */
  private static final Predicate<String> ALLOWED =
      OpenApiContract.load().allowedBodies("POST", API_KEYS);

  private static String demo;
  private static String newcomer;

  @BeforeAll
  static void logIn() {
    demo = KEYCLOAK.login(EmbeddedKeycloak.DEMO).accessToken();
    newcomer = KEYCLOAK.login(EmbeddedKeycloak.NEWCOMER).accessToken();
  }

  @BeforeEach
  void beginWithoutKeys() {
    forgetKeys();
  }

  @AfterAll
  static void forgetKeys() {
    DATABASE.update(
        "delete from api_key where user_id in (?, ?)",
        EmbeddedKeycloak.DEMO_ID,
        EmbeddedKeycloak.NEWCOMER_ID);
  }

  @Nested
  class Returns201 {
    @Test
    void withAKeyThatOpensItsOwnersPortal() {
      Instant asked = Instant.now().truncatedTo(ChronoUnit.SECONDS);
      Answer answer = create(demo, "{\"name\": \"CRM\"}");
      assertThat(answer.status()).isEqualTo(201);
      assertThat(answer.header("Cache-Control")).isEqualTo("no-store");
      JsonNode made = read(answer);
      assertThat(names(made))
          .containsExactly("id", "name", "key", "hint", "createdAt", "expiresAt", "returnOrigins");
      assertThat(made.get("name").asText()).isEqualTo("CRM");
      assertThat(made.get("key").asText()).endsWith(made.get("hint").asText());
      assertThat(Instant.parse(made.get("createdAt").asText())).isBetween(asked, Instant.now());
      assertThat(made.get("expiresAt").isNull()).isTrue();
      assertThat(made.get("returnOrigins")).isEmpty();
      STRIPE.reset();
      assertThat(open(made, null).status()).isEqualTo(200);
      assertThat(STRIPE.portalSessionRequests().get(0).getBodyAsString())
          .isEqualTo("customer=cus_demo&return_url=https%3A%2F%2Fapp.example.com%2Fdashboard");
    }

    @Test
    void andStoresNothingOfTheKeyButItsDigest() {
      JsonNode made = made(demo, "{\"name\": \"CRM\"}");
      String key = made.get("key").asText();
      Map<String, Object> row = row(made);
      assertThat(row.get("digest")).isEqualTo(new ApiKey(key).digest());
      assertThat(row.get("user_id")).isEqualTo(EmbeddedKeycloak.DEMO_ID);
      assertThat(row.toString()).doesNotContain(key.substring(7, 20));
      assertThat(Servers.PORTAL.log()).doesNotContain(key);
    }

    @Test
    void andTheLogTellsWhoMadeWhichKey() {
      Answer answer = create(demo, "{\"name\": \"CRM\"}");
      assertThat(Servers.PORTAL.answered(answer.header("X-Request-Id")))
          .contains(
              "operation=\"create-api-key\"",
              "userId=\"" + EmbeddedKeycloak.DEMO_ID + "\"",
              "managedApiKeyId=\"" + read(answer).get("id").asText() + "\"")
          .doesNotContain(" apiKeyId=");
    }

    @Test
    void forANameInEveryWriting() {
      for (String name :
          List.of(
              "x",
              "x".repeat(100),
              "\ud83d\ude00".repeat(100),
              "\u00dc\u00f1\u00ef \u65e5\u672c\u8a9e \u0645\u0631\u062d\u0628\u0627",
              "\ud83d\udc69\u200d\ud83d\udcbb",
              "'; drop table api_key; --",
              "Robert'); delete from api_key where ('1' = '1",
              "$1 :name :#name ? {{stripe.secret-key}} ${env.STRIPE_SECRET_KEY} %s %n",
              "<script>alert(1)</script>\\\"",
              " a ",
              "\u00a0\u3000a\u2003",
              "\u0065\u0301 \u00e9 \u212b",
              "\u0301",
              "\ud83c\udff4\udb40\udc67\udb40\udc62\udb40\udc65\udb40\udc6e\udb40\udc67\udb40\udc7f",
              "\u0646\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
              "\ufeffa\u00ad\u2060b\u200b",
              "\ufdd0\ufffe\uffff\ud83f\udfff\udbff\udfff",
              "\ue000\ud800\udc00\ud83e\udfff",
              "\u1160a\ufe0f",
              "\ud83d\ude00".repeat(99) + "\u200d")) {
        forgetKeys();
        JsonNode made = made(demo, JSON.createObjectNode().put("name", name).toString());
        assertThat(made.get("name").asText()).isEqualTo(name);
        assertThat(row(made).get("name")).isEqualTo(name);
        assertThat(listed(demo).get(0).get("name").asText()).isEqualTo(name);
      }
    }

    @Test
    void forATimeInTheFutureInEveryZone() {
      for (String[] time :
          new String[][] {
            {"2099-12-31T23:59:59Z", "2099-12-31T23:59:59Z"},
            {"2099-12-31T23:59:59.999999999Z", "2099-12-31T23:59:59Z"},
            {"2099-12-31T23:59:59." + "9".repeat(7_000) + "Z", "2099-12-31T23:59:59Z"},
            {"2099-12-31t23:59:59z", "2099-12-31T23:59:59Z"},
            {"2099-12-31t23:59:59.5-00:00", "2099-12-31T23:59:59Z"},
            {"2099-12-31T23:59:59+00:00", "2099-12-31T23:59:59Z"},
            {"2099-12-31T23:59:59+02:00", "2099-12-31T21:59:59Z"},
            {"2099-12-31T23:59:59-05:30", "2100-01-01T05:29:59Z"},
            {"2099-12-31T23:59:00+18:01", "2099-12-31T05:58:00Z"},
            {"2099-12-31T23:59:00+23:59", "2099-12-31T00:00:00Z"},
            {"2099-12-31T23:59:00-23:59", "2100-01-01T23:58:00Z"},
            {"2096-02-29T00:00:00Z", "2096-02-29T00:00:00Z"},
            {"2099-06-30T23:59:60Z", "2099-07-01T00:00:00Z"},
            {"2099-12-31T15:59:60.99-08:00", "2100-01-01T00:00:00Z"},
            {"2100-01-01T23:58:60+23:59", "2100-01-01T00:00:00Z"},
            {"9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"},
            {"9999-12-31T23:59:59.999+00:00", "9999-12-31T23:59:59Z"},
          }) {
        forgetKeys();
        JsonNode made = made(demo, "{\"name\":\"x\",\"expiresAt\":\"" + time[0] + "\"}");
        assertThat(made.get("expiresAt").asText()).isEqualTo(time[1]);
        assertThat(listed(demo).get(0).get("expiresAt").asText()).isEqualTo(time[1]);
        assertThat(open(made, null).status()).isEqualTo(200);
      }
    }

    @Test
    void forOriginsInEveryFormThatBrowsersWriteEachOnce() {
      String longest = "https://" + "a".repeat(253) + ":65535";
      for (String[] origins :
          new String[][] {
            {"https://a.example.com:443", "https://a.example.com"},
            {"https://a.example.com:1", "https://a.example.com:1"},
            {"https://a.example.com:65535", "https://a.example.com:65535"},
            {"https://a.example.com:80", "https://a.example.com:80"},
            {"https://xn--mnchen-3ya.example", "https://xn--mnchen-3ya.example"},
            {"https://203.0.113.7:8443", "https://203.0.113.7:8443"},
            {"https://localhost:3000", "https://localhost:3000"},
            {"https://crm", "https://crm"},
            {"https://a.example.com.", "https://a.example.com."},
            {longest, longest},
          }) {
        forgetKeys();
        JsonNode made =
            made(
                demo,
                "{\"name\":\"x\",\"returnOrigins\":[\"%1$s\",\"%1$s\"]}".formatted(origins[0]));
        assertThat(texts(made.get("returnOrigins"))).containsExactly(origins[1]);
        assertThat(texts(listed(demo).get(0).get("returnOrigins"))).containsExactly(origins[1]);
      }
    }

    @Test
    void forNullsAsForWhatIsAbsent() {
      JsonNode made = made(demo, "{\"name\":\"x\",\"expiresAt\":null,\"returnOrigins\":null}");
      assertThat(made.get("expiresAt").isNull()).isTrue();
      assertThat(made.get("returnOrigins")).isEmpty();
    }

    @Test
    void toAUserWhoHasBoughtNothingWhoseKeyOpensNothing() {
      assertProblem(
          open(made(newcomer, "{\"name\": \"x\"}"), null),
          400,
          "billing_account_not_found",
          "No billing account found. User must make a purchase first.");
    }

    @Test
    void onceOneOfTenWasRevoked() {
      List<JsonNode> keys = makeTen(demo);
      assertFull(create(demo, "{\"name\": \"x\"}"));
      revoke(demo, keys.get(3));
      made(demo, "{\"name\": \"x\"}");
      assertFull(create(demo, "{\"name\": \"x\"}"));
    }

    @Test
    void onceOneOfTenHasExpired() {
      List<JsonNode> keys = makeTen(demo);
      expire(keys.get(3));
      made(demo, "{\"name\": \"x\"}");
      assertFull(create(demo, "{\"name\": \"x\"}"));
    }
  }

  @Nested
  class LetsAKeysCallersReturn {
    private final String crm = "{\"returnUrl\": \"https://crm.example.com/x\"}";

    @Test
    void toItsOwnOriginsAndThoseOfAll() {
      JsonNode made =
          made(
              demo,
              "{\"name\":\"x\",\"returnOrigins\":[\"https://crm.example.com\","
                  + "\"https://crm.example.com:8443\",\"https://crm.example.com:443\"]}");
      List<String> origins = List.of("https://crm.example.com", "https://crm.example.com:8443");
      assertThat(texts(made.get("returnOrigins"))).isEqualTo(origins);
      assertThat(texts(listed(demo).get(0).get("returnOrigins"))).isEqualTo(origins);
      STRIPE.reset();
      for (String url :
          List.of(
              "https://crm.example.com/x",
              "https://crm.example.com:443/x",
              "https://crm.example.com:8443/x",
              Servers.DASHBOARD)) {
        assertThat(open(made, "{\"returnUrl\": \"" + url + "\"}").status()).isEqualTo(200);
      }
      assertThat(STRIPE.portalSessionRequests().get(0).getBodyAsString())
          .isEqualTo("customer=cus_demo&return_url=https%3A%2F%2Fcrm.example.com%2Fx");
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "https://crm.example.com:444/",
          "https://crm.example.com.evil.example.com/",
          "https://evil.example.com/?https://crm.example.com",
          "https://crm.example.com@evil.example.com/",
          "http://crm.example.com/",
          "https://example.com/",
          "https://b.example.com https://crm.example.com/",
          "",
        })
    void toNoOther(String url) {
      JsonNode made =
          made(
              demo,
              "{\"name\":\"x\",\"returnOrigins\":"
                  + "[\"https://crm.example.com\",\"https://b.example.com\"]}");
      assertNotThere(open(made, "{\"returnUrl\": \"" + url + "\"}"));
    }

    @Test
    void whileOtherKeysAndTheUserDoNot() {
      made(demo, "{\"name\":\"x\",\"returnOrigins\":[\"https://crm.example.com\"]}");
      assertNotThere(open(made(demo, "{\"name\":\"y\"}"), crm));
      assertNotThere(post(Caller.AS_USER, demo, crm));
    }

    private void assertNotThere(Answer answer) {
      assertProblem(
          answer,
          400,
          "invalid_return_url",
          "returnUrl must be an absolute URL on an allowed origin.");
    }
  }

  @Nested
  class Returns200 {
    @Test
    void withTheCallersOwnKeysAndNeverTheKeyItself() {
      JsonNode first = made(demo, "{\"name\":\"first\",\"expiresAt\":\"2099-01-01T00:00:00Z\"}");
      JsonNode second = made(demo, "{\"name\":\"second\"}");
      made(newcomer, "{\"name\":\"of another\"}");
      age(first);
      assertThat(open(second, null).status()).isEqualTo(200);
      Servers.PORTAL.await(() -> row(second).get("last_used_at") != null);
      Answer answer = call("GET", API_KEYS, demo, null);
      assertThat(answer.header("Cache-Control")).isEqualTo("no-store");
      assertThat(answer.header("Content-Type")).isEqualTo("application/json");
      JsonNode keys = read(answer).get("apiKeys");
      assertThat(keys).hasSize(2);
      assertThat(names(keys.get(0)))
          .containsExactly(
              "id", "name", "hint", "createdAt", "expiresAt", "lastUsedAt", "returnOrigins");
      assertThat(keys.get(0).get("id")).isEqualTo(second.get("id"));
      assertThat(keys.get(0).get("hint")).isEqualTo(second.get("hint"));
      assertThat(keys.get(0).get("createdAt")).isEqualTo(second.get("createdAt"));
      assertThat(Instant.parse(keys.get(0).get("lastUsedAt").asText()))
          .isBetween(Instant.now().minusSeconds(60), Instant.now());
      assertThat(keys.get(1).get("name").asText()).isEqualTo("first");
      assertThat(keys.get(1).get("expiresAt")).isEqualTo(first.get("expiresAt"));
      assertThat(keys.get(1).get("lastUsedAt").isNull()).isTrue();
      assertThat(answer.body()).doesNotContain("llmgen_", "digest", "user");
    }

    @Test
    void withAnEmptyListForAUserWithoutKeys() {
      assertThat(listed(newcomer)).isEmpty();
    }

    @Test
    void withExpiredKeysAfterThoseInForceAndWithoutRevokedOnes() {
      JsonNode expired = made(demo, "{\"name\":\"expired\"}");
      JsonNode revoked = made(demo, "{\"name\":\"revoked\"}");
      JsonNode inForce = made(demo, "{\"name\":\"in force\"}");
      age(inForce);
      expire(expired);
      revoke(demo, revoked);
      assertThat(listed(demo))
          .extracting(key -> key.get("name").asText())
          .containsExactly("in force", "expired");
    }

    @Test
    void withNoMoreThanFiftyKeysHoweverManyExpired() {
      JsonNode inForce = made(demo, "{\"name\":\"in force\"}");
      age(inForce);
      DATABASE.update(
          "insert into api_key (digest, user_id, name, hint, expires_at)"
              + " select sha256(('expired' || n)::bytea), ?, 'expired', 'xxxx', now()"
              + " from generate_series(1, 60) n",
          EmbeddedKeycloak.DEMO_ID);
      List<JsonNode> keys = listed(demo);
      assertThat(keys).hasSize(50);
      assertThat(keys.get(0).get("id")).isEqualTo(inForce.get("id"));
    }
  }

  @Nested
  class Returns204 {
    @Test
    void andRefusesTheKeyFromTheNextRequestOn() {
      JsonNode made = made(demo, "{\"name\": \"x\"}");
      assertThat(open(made, null).status()).isEqualTo(200);
      Answer revoked = revoke(demo, made);
      assertThat(revoked.body()).isEmpty();
      assertThat(revoked.header("Content-Type")).isNull();
      assertThat(revoked.header("Cache-Control")).isEqualTo("no-store");
      assertUnauthorized(open(made, null));
      assertThat(listed(demo)).isEmpty();
      assertThat(Servers.PORTAL.answered(revoked.header("X-Request-Id")))
          .contains(
              "operation=\"revoke-api-key\"",
              "managedApiKeyId=\"" + made.get("id").asText() + "\"");
    }

    @Test
    void forAnIdInCapitals() {
      JsonNode made = made(demo, "{\"name\": \"x\"}");
      String id = made.get("id").asText().toUpperCase(Locale.ROOT);
      assertThat(delete(demo, id).status()).isEqualTo(204);
    }

    @Test
    void forAnExpiredKey() {
      JsonNode made = made(demo, "{\"name\": \"x\"}");
      expire(made);
      revoke(demo, made);
      assertThat(listed(demo)).isEmpty();
    }

    /** Whatever was answered after the revocation belongs to a request that came before it. */
    @Test
    void whileRequestsRun() throws Exception {
      JsonNode made = made(demo, "{\"name\": \"x\"}");
      List<Answered> answers = Collections.synchronizedList(new ArrayList<>());
      Instant last = Instant.now().plusSeconds(20);
      ExecutorService callers = Executors.newFixedThreadPool(8);
      List<CompletableFuture<Void>> running =
          IntStream.range(0, 8)
              .mapToObj(
                  n ->
                      CompletableFuture.runAsync(
                          () -> {
                            Answered answered;
                            do {
                              Instant asked = Instant.now();
                              answered = new Answered(asked, open(made, null).status());
                              answers.add(answered);
                            } while (answered.status() == 200 && answered.asked().isBefore(last));
                          },
                          callers))
              .toList();
      Servers.PORTAL.await(() -> answers.size() >= 40);
      revoke(demo, made);
      Instant revoked = Instant.now();
      CompletableFuture.allOf(running.toArray(CompletableFuture[]::new)).join();
      callers.shutdown();
      assertThat(answers).extracting(Answered::status).containsOnly(200, 401);
      assertThat(answers)
          .filteredOn(answered -> answered.asked().isAfter(revoked))
          .extracting(Answered::status)
          .doesNotContain(200);
      assertUnauthorized(open(made, null));
    }

    private record Answered(Instant asked, int status) {}

    @Test
    void toOneOfManyWhoRevokeAtOnce() {
      JsonNode made = made(demo, "{\"name\": \"x\"}");
      assertThat(atOnce(12, () -> delete(demo, made.get("id").asText())))
          .extracting(Answer::status)
          .containsOnlyOnce(204)
          .containsOnly(204, 404);
    }
  }

  @Nested
  class Returns400 {
    static Stream<String> bodies() {
      return Stream.of(
          "",
          " ",
          "null",
          "[]",
          "\"x\"",
          "{}",
          "{",
          "{} {}",
          "{\"name\": null}",
          "{\"name\": 1}",
          "{\"name\": true}",
          "{\"name\": [\"x\"]}",
          "{\"name\": {\"x\": \"y\"}}",
          "{\"Name\": \"x\"}",
          "{\"name\": \"x\", \"name\": \"y\"}");
    }

    @ParameterizedTest
    @MethodSource("bodies")
    void toWhatAsksForNoKey(String body) {
      assertRefused(body);
    }

    /** What the answer and the table have besides is not the caller's to set. */
    @ParameterizedTest
    @ValueSource(
        strings = {
          "\"id\": \"11111111-1111-4111-8111-111111111111\"",
          "\"key\": \"llmgen_x\"",
          "\"digest\": \"00\"",
          "\"hint\": \"0000\"",
          "\"userId\": \"22222222-2222-4222-8222-222222222222\"",
          "\"user_id\": \"22222222-2222-4222-8222-222222222222\"",
          "\"createdAt\": \"2020-01-01T00:00:00Z\"",
          "\"lastUsedAt\": null",
          "\"revokedAt\": null",
          "\"revoked_at\": null",
          "\"expires_at\": null",
          "\"returnUrl\": null",
          "\"joinedOrigins\": \"https://evil.example.com\"",
          "\"@type\": \"x\"",
          "\"__proto__\": {}",
          "\"\": null",
        })
    void toMembersThatAreNotTheCallers(String member) {
      assertRefused("{\"name\": \"x\", " + member + "}");
    }

    static Stream<String> names() {
      return Stream.of(
          "",
          " ",
          "\u00a0\u3000",
          "\u200b\u200d",
          "\u1160\u3164\uffa0",
          "\u034f\ufe0f\u180b\u17b4",
          "\u2800\u00ad\ufeff",
          "\ufff0\ufff9\u2065",
          "x".repeat(101),
          " ".repeat(100) + "x",
          "x".repeat(1_300),
          "\ud83d\ude00".repeat(101),
          "a\u0000b",
          "a\nb",
          "a\rb",
          "a\tb",
          "a\u001b[31mb",
          "a\u007fb",
          "a\u0085b",
          "a\u2028b",
          "a\u2029b",
          "a\u202eb",
          "a\u2066b",
          "a\u061cb",
          "a\u200e",
          "\u200fa",
          "a\n",
          "a\u2028",
          "a\ud83d",
          "\ude00a",
          "\ud83da\ude00",
          "\ude00\ud83d");
    }

    @ParameterizedTest
    @MethodSource("names")
    void toOtherNames(String name) {
      StringBuilder escaped = new StringBuilder();
      name.chars().forEach(unit -> escaped.append("\\u%04x".formatted(unit)));
      assertRefused("{\"name\": \"" + escaped + "\"}");
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "\"\"",
          "\"2099-01-01\"",
          "\"2099-01-01T00:00Z\"",
          "\"2099-01-01T00:00:00\"",
          "\"2099-01-01 00:00:00Z\"",
          "\"2099-02-30T00:00:00Z\"",
          "\"2099-01-01T24:00:00Z\"",
          "\"2099-01-01T00:00:61Z\"",
          "\"2099-01-01T00:60:00Z\"",
          "\"2099-13-01T00:00:00Z\"",
          "\"2099-00-01T00:00:00Z\"",
          "\"2099-02-29T00:00:00Z\"",
          "\"2099-01-01T00:00:00+24:00\"",
          "\"2099-01-01T00:00:00+00:60\"",
          "\"2099-01-01T00:00:00+0100\"",
          "\"2099-01-01T00:00:00+01\"",
          "\"2099-01-01T00:00:00+01:00:00\"",
          "\"2099-01-01T00:00:00+01:00Z\"",
          "\"2099-01-01T00:00:00\u221201:00\"",
          "\"2099-01-01T00:00:00[UTC]\"",
          "\"2099-01-01T00:00:00Z[UTC]\"",
          "\"2099-01-01T00:00:00 Z\"",
          "\"2099-01-01T00:00:00.Z\"",
          "\"2099-01-01T00:00:00,5Z\"",
          "\"2099-01-01T00:00Z\"",
          "\"2099-01-01T00:00.5Z\"",
          "\"2099-01-01_00:00:00Z\"",
          "\"2099-01-01T00:00:60Z\"",
          "\"2099-12-31T23:58:60Z\"",
          "\"2099-12-30T23:59:60Z\"",
          "\"2099-12-31T23:59:60-08:00\"",
          "\"20990101T000000Z\"",
          "\"2099-W01-1T00:00:00Z\"",
          "\"2099-001T00:00:00Z\"",
          "\"99-01-01T00:00:00Z\"",
          "\"2099-1-1T00:00:00Z\"",
          "\" 2099-01-01T00:00:00Z\"",
          "\"2099-01-01T00:00:00Z\\n\"",
          "\"\u0662\u0660\u0669\u0669-01-01T00:00:00Z\"",
          "\"+12099-01-01T00:00:00Z\"",
          "\"-2099-01-01T00:00:00Z\"",
          "\"infinity\"",
          "\"now() + interval '1 day'\"",
          "4102444800",
          "4102444800.5",
          "true",
          "{}",
          "[2099, 1, 1]",
        })
    void toOtherTimes(String time) {
      assertRefused("{\"name\": \"x\", \"expiresAt\": " + time + "}");
    }

    /** A schema cannot say when a time has passed: the document's words do. */
    @Test
    void toATimeThatHasPassedOrIsTooFar() {
      for (String time :
          List.of(
              "2020-01-01T00:00:00Z",
              "0000-01-01T00:00:00Z",
              "0000-01-01T00:00:00+23:59",
              "1990-12-31T15:59:60-08:00",
              Instant.now().toString(),
              Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
              "9999-12-31T23:59:60Z",
              "9999-12-31T23:59:59-18:00",
              "9999-12-31T00:01:00-23:59")) {
        String body = "{\"name\": \"x\", \"expiresAt\": \"" + time + "\"}";
        assertThat(ALLOWED).as(time).accepts(body);
        assertRefusedAlone(body);
      }
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "\"https://a.example.com\"",
          "{}",
          "[null]",
          "[1]",
          "[[]]",
          "[\"\"]",
          "[\"*\"]",
          "[\"https://*.example.com\"]",
          "[\"http://a.example.com\"]",
          "[\"http://localhost\"]",
          "[\"http://localhost:3000\"]",
          "[\"javascript:alert(1)\"]",
          "[\"https://a.example.com/\"]",
          "[\"https://a.example.com/x\"]",
          "[\"https://a.example.com?x\"]",
          "[\"https://a.example.com#x\"]",
          "[\"https://user@a.example.com\"]",
          "[\"https://A.example.com\"]",
          "[\"https://a.example.com:0\"]",
          "[\"https://a.example.com:0443\"]",
          "[\"https://a.example.com:65536\"]",
          "[\"https://a.example.com:99999\"]",
          "[\"https://a.example.com:\"]",
          "[\"https://a.example.com:+1\"]",
          "[\"https://a_b.example.com\"]",
          "[\"https://[::1]\"]",
          "[\"https://\"]",
          "[\"https:///\"]",
          "[\"https:a.example.com\"]",
          "[\"HTTPS://a.example.com\"]",
          "[\" https://a.example.com\"]",
          "[\"https://a.example.com\\n\"]",
          "[\"https://a%2eexample.com\"]",
          "\"\"",
          "[\"https://a.example.com https://b.example.com\"]",
          "[\"https://a.example.com,https://b.example.com\"]",
          "[\"https://\\u0430.example.com\"]",
          "[\"https://a.example.com\\u0000\"]",
          "[\"https://a.example.com\", \"http://b.example.com\"]",
          "[\"https://1.a\",\"https://2.a\",\"https://3.a\",\"https://4.a\",\"https://5.a\",\"https://6.a\"]",
          "[\"https://1.a\",\"https://1.a\",\"https://1.a\",\"https://1.a\",\"https://1.a\",\"https://1.a\"]",
        })
    void toOtherOrigins(String origins) {
      assertRefused("{\"name\": \"x\", \"returnOrigins\": " + origins + "}");
    }

    @Test
    void toAnOriginThatIsTooLong() {
      assertRefused("{\"name\":\"x\",\"returnOrigins\":[\"https://" + "a".repeat(260) + "\"]}");
    }

    /** By the document as by the portal: what one takes the other takes. */
    private void assertRefused(String body) {
      assertThat(ALLOWED).rejects(body);
      assertRefusedAlone(body);
    }

    private void assertRefusedAlone(String body) {
      Answer answer = create(demo, body.isEmpty() ? null : body);
      assertProblem(answer, 400, "invalid_api_key_request", REFUSED);
      assertThat(listed(demo)).isEmpty();
    }
  }

  @Nested
  class Returns401 {
    @Test
    void toAKeyHoweverValid() {
      JsonNode made = made(demo, "{\"name\": \"x\"}");
      String key = made.get("key").asText();
      assertThat(open(made, null).status()).isEqualTo(200);
      assertUnauthorized(create(key, "{\"name\": \"another\"}"));
      assertUnauthorized(call("GET", API_KEYS, key, null));
      assertUnauthorized(delete(key, made.get("id").asText()));
      assertThat(listed(demo)).hasSize(1);
    }

    @Test
    void toOtherTokensAndNone() {
      JsonNode made = made(demo, "{\"name\": \"x\"}");
      List<String> tokens = new ArrayList<>();
      tokens.add(null);
      tokens.add("wrong");
      tokens.add(KEYCLOAK.login(EmbeddedKeycloak.DEMO).idToken());
      tokens.add(KEYCLOAK.login(EmbeddedKeycloak.DEMO).refreshToken());
      tokens.add(KEYCLOAK.loginToAnotherApplication(EmbeddedKeycloak.DEMO).accessToken());
      tokens.add(KEYCLOAK.loginToAnotherRealm(EmbeddedKeycloak.DEMO).accessToken());
      for (String token : tokens) {
        assertUnauthorized(create(token, "{\"name\": \"another\"}"));
        assertUnauthorized(call("GET", API_KEYS, token, null));
        assertUnauthorized(delete(token, made.get("id").asText()));
      }
      assertThat(listed(demo)).hasSize(1);
    }
  }

  @Nested
  class Returns404 {
    @Test
    void toTheKeyOfAnotherAndLeavesItInForce() {
      JsonNode made = made(demo, "{\"name\": \"x\"}");
      Answer answer = delete(newcomer, made.get("id").asText());
      assertProblem(answer, 404, "not_found", NOT_FOUND);
      assertThat(Servers.PORTAL.answered(answer.header("X-Request-Id")))
          .doesNotContain("managedApiKeyId");
      assertThat(open(made, null).status()).isEqualTo(200);
    }

    @Test
    void toAKeyThatWasRevokedBefore() {
      JsonNode made = made(demo, "{\"name\": \"x\"}");
      revoke(demo, made);
      Object when = row(made).get("revoked_at");
      assertNotFound(made.get("id").asText());
      assertThat(row(made).get("revoked_at")).isEqualTo(when);
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "00000000-0000-0000-0000-000000000000",
          "1",
          "-1",
          "null",
          "api",
          "x.json",
          "ID.json",
          "ID0",
          "0ID",
          "ID-",
          "11111111111141118111111111111111",
          "__proto__",
          "...",
        })
    void toOtherIds(String id) {
      JsonNode made = made(demo, "{\"name\": \"x\"}");
      assertNotFound(id.replace("ID", made.get("id").asText()));
      assertNotFound(made.get("key").asText());
      assertNotFound("x".repeat(7_000));
      assertThat(open(made, null).status()).isEqualTo(200);
      assertThat(Servers.PORTAL.log()).doesNotContain(made.get("key").asText());
    }

    /** Each as it is written: a client would mend some. */
    @ParameterizedTest
    @ValueSource(
        strings = {
          "/api/v1/api-keys/",
          "/api/v1/api-keys//ID",
          "/api/v1//api-keys/ID",
          "/api/v1/api-keys/ID/",
          "/api/v1/api-keys/ID/x",
          "/api/v1/api-keys/ID;x=y",
          "/api/v1/api-keys;x/ID",
          "/api/v1/api-keys/ID%20",
          "/api/v1/api-keys/%00ID",
          "/api/v1/api-keys/ID%0d%0aX:y",
          "/api/v1/api-keys/%7Bid%7D",
          "/api/v1/api-keys/'%20or%20'1'='1",
          "/api/v1/api-keys/ID'%20or%20true--",
          "/api/v1/api-keys/x%2f..%2fID",
          "/api/v1/api-keys/*",
          "/api/v1/api-keys/.",
          "/api/v1/api-keys/..",
          "/api/v1/api-keys/../api-keys/ID",
          "/api/v1/api-keys/./ID",
          "/api/v1/subscriptions/../api-keys/ID",
          "/api/v1/API-KEYS/ID",
        })
    void toTricksWithTheAddress(String target) {
      JsonNode made = made(demo, "{\"name\": \"x\"}");
      String request =
          "DELETE %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer %s\r\n\r\n"
              .formatted(target.replace("ID", made.get("id").asText()), demo);
      List<Answer> answers = Wire.send(Servers.PORTAL, request);
      assertThat(answers).hasSize(1);
      // What is no address is refused as such: 400.
      assertThat(answers.get(0).status()).isIn(400, 404);
      assertThat(answers.get(0).header("Content-Type")).isEqualTo("application/problem+json");
      assertThat(open(made, null).status()).isEqualTo(200);
    }

    private void assertNotFound(String id) {
      assertProblem(delete(demo, id), 404, "not_found", NOT_FOUND);
    }
  }

  @Nested
  class Returns405 {
    @Test
    void toOtherMethodsAndNamesTheRightOnes() {
      JsonNode made = made(demo, "{\"name\": \"x\"}");
      String key = API_KEYS + "/" + made.get("id").asText();
      for (String method : List.of("PUT", "PATCH", "DELETE")) {
        assertAllowed(call(method, API_KEYS, demo, null), "GET", "POST");
      }
      for (String method : List.of("GET", "POST", "PUT", "PATCH")) {
        assertAllowed(call(method, key, demo, null), "DELETE");
      }
      assertThat(open(made, null).status()).isEqualTo(200);
    }

    private void assertAllowed(Answer answer, String... methods) {
      assertProblem(answer, 405, "method_not_allowed", "This address does not take this method.");
      assertThat(answer.header("Allow").split(", ?")).containsExactlyInAnyOrder(methods);
    }
  }

  @Nested
  class Returns409 {
    @Test
    void toTheEleventhKeyInForceAndServesOthers() {
      makeTen(demo);
      assertFull(create(demo, "{\"name\": \"x\"}"));
      assertThat(listed(demo)).hasSize(10);
      made(newcomer, "{\"name\": \"x\"}");
    }

    /** Nobody's key is stored before everybody has counted the keys, or waits to do so. */
    @Test
    void toAllButOneOfThoseWhoAskForTheTenthAtOnce() throws SQLException {
      revoke(demo, makeTen(demo).get(0));
      int callers = 4;
      DATABASE.execute(
          "create function wait_at_the_gate() returns trigger language plpgsql as"
              + " 'begin perform pg_advisory_xact_lock_shared(42); return new; end'");
      DATABASE.execute(
          "create trigger gate before insert on api_key"
              + " for each row execute function wait_at_the_gate()");
      ExecutorService threads = Executors.newFixedThreadPool(callers);
      try (Connection gate = DATABASE.getDataSource().getConnection()) {
        gate.setAutoCommit(false);
        gate.createStatement().execute("select pg_advisory_xact_lock(42)");
        List<CompletableFuture<Answer>> answers =
            IntStream.range(0, callers)
                .mapToObj(
                    n ->
                        CompletableFuture.supplyAsync(
                            () -> create(demo, "{\"name\": \"x\"}"), threads))
                .toList();
        Servers.PORTAL.await(() -> waiting() == callers);
        gate.commit();
        assertThat(answers)
            .extracting(answer -> answer.join().status())
            .containsOnlyOnce(201)
            .containsOnly(201, 409);
      } finally {
        threads.shutdown();
        DATABASE.execute("drop function wait_at_the_gate() cascade");
      }
      assertThat(listed(demo)).hasSize(10);
    }

    private static int waiting() {
      return DATABASE.queryForObject(
          "select count(*) from pg_locks where locktype = 'advisory' and not granted",
          Integer.class);
    }

    @Test
    void toAllButTenOfThoseWhoAskAtOnce() {
      List<Answer> answers = atOnce(40, () -> create(demo, "{\"name\": \"x\"}"));
      assertThat(answers).filteredOn(answer -> answer.status() == 201).hasSize(10);
      answers.stream().filter(answer -> answer.status() != 201).forEach(ApiKeysIT::assertFull);
      assertThat(
              DATABASE.queryForObject(
                  "select count(*) from api_key where user_id = ?",
                  Integer.class,
                  EmbeddedKeycloak.DEMO_ID))
          .isEqualTo(10);
    }
  }

  @Nested
  class Returns429 {
    @Test
    void toAUserWhoCreatesTooOftenAndServesOthersAndTheOtherOperations() {
      Map<String, String> environment = Servers.environment();
      environment.keySet().removeIf(variable -> variable.startsWith("PORTAL_SESSIONS_"));
      try (StripeStandIn stripe = StripeStandIn.start(0)) {
        environment.put("STRIPE_API_BASE", stripe.url());
        try (PackagedPortal portal = PackagedPortal.start(environment)) {
          String body = "{\"name\": \"x\"}";
          Answer last = null;
          for (int i = 0; i < 5; i++) {
            last = call(portal, "POST", API_KEYS, demo, body);
            assertThat(last.status()).isEqualTo(201);
          }
          Answer refused = call(portal, "POST", API_KEYS, demo, body);
          assertProblem(
              refused,
              429,
              "rate_limited",
              "You ask too often. Try again after the seconds in Retry-After.");
          assertThat(Integer.parseInt(refused.header("Retry-After"))).isBetween(1, 6);
          assertThat(call(portal, "POST", API_KEYS, newcomer, body).status()).isEqualTo(201);
          assertThat(call(portal, "POST", Caller.AS_USER, demo, null).status()).isEqualTo(200);
          String id = read(last).get("id").asText();
          assertThat(call(portal, "DELETE", API_KEYS + "/" + id, demo, null).status())
              .isEqualTo(204);
          for (int i = 0; i < 5; i++) {
            assertThat(call(portal, "GET", API_KEYS, demo, null).status()).isEqualTo(200);
          }
          assertThat(call(portal, "GET", API_KEYS, demo, null).status()).isEqualTo(429);
        }
      }
    }
  }

  private static Answer create(String token, String body) {
    return call("POST", API_KEYS, token, body);
  }

  private static JsonNode made(String token, String body) {
    Answer answer = create(token, body);
    assertThat(answer.status()).as(answer.body()).isEqualTo(201);
    return read(answer);
  }

  private static List<JsonNode> makeTen(String token) {
    return IntStream.range(0, 10).mapToObj(n -> made(token, "{\"name\": \"x\"}")).toList();
  }

  private static List<JsonNode> listed(String token) {
    Answer answer = call("GET", API_KEYS, token, null);
    assertThat(answer.status()).isEqualTo(200);
    List<JsonNode> keys = new ArrayList<>();
    read(answer).get("apiKeys").forEach(keys::add);
    return keys;
  }

  private static Answer revoke(String token, JsonNode key) {
    Answer answer = delete(token, key.get("id").asText());
    assertThat(answer.status()).isEqualTo(204);
    return answer;
  }

  private static Answer delete(String token, String id) {
    return call("DELETE", API_KEYS + "/" + id, token, null);
  }

  private static Answer open(JsonNode key, String body) {
    return post(WITH_API_KEY, key.get("key").asText(), body);
  }

  private static void assertUnauthorized(Answer answer) {
    assertProblem(answer, 401, "unauthorized", "Invalid or missing token.");
  }

  private static void assertFull(Answer answer) {
    assertProblem(
        answer, 409, "too_many_api_keys", "You have 10 API keys in force. Revoke one first.");
  }

  /** As many calls as fit through, all under way together. */
  private static List<Answer> atOnce(int calls, Supplier<Answer> call) {
    ExecutorService callers = Executors.newFixedThreadPool(calls);
    try {
      return IntStream.range(0, calls)
          .mapToObj(n -> CompletableFuture.supplyAsync(call, callers))
          .toList()
          .stream()
          .map(CompletableFuture::join)
          .toList();
    } finally {
      callers.shutdown();
    }
  }

  private static void expire(JsonNode key) {
    update(key, "expires_at = now()");
  }

  /** Makes a key older than those of the same second. */
  private static void age(JsonNode key) {
    update(key, "created_at = created_at - interval '1 hour'");
  }

  private static void update(JsonNode key, String change) {
    DATABASE.update("update api_key set " + change + " where id = ?", id(key));
  }

  private static Map<String, Object> row(JsonNode key) {
    return DATABASE.queryForMap("select * from api_key where id = ?", id(key));
  }

  private static UUID id(JsonNode key) {
    return UUID.fromString(key.get("id").asText());
  }

  private static JsonNode read(Answer answer) {
    try {
      return JSON.readTree(answer.body());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> names(JsonNode object) {
    List<String> names = new ArrayList<>();
    object.fieldNames().forEachRemaining(names::add);
    return names;
  }

  private static List<String> texts(JsonNode list) {
    List<String> texts = new ArrayList<>();
    list.forEach(text -> texts.add(text.asText()));
    return texts;
  }
}
