package com.llmgenerator.billing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.swagger.v3.parser.OpenAPIV3Parser;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OpenApiContractTest {
  private static final String PATH = "/api/v1/subscriptions/portal";
  private static final String URL = "{\"url\":\"https://billing.stripe.com/p/session/test_x\"}";
  private static final String PROBLEM =
      """
      {"type":"about:blank","title":"Unauthorized","status":401,"code":"unauthorized",\
      "detail":"Invalid or missing token.","requestId":"id-1"}""";

  private final OpenApiContract contract = OpenApiContract.load();
  private final Map<String, List<String>> request =
      new HashMap<>(
          Map.of(
              "Authorization", List.of("Bearer x"), "Content-Type", List.of("application/json")));
  private final Map<String, List<String>> response =
      new HashMap<>(
          Map.of(
              "x-request-id", List.of("id-1"),
              "cache-control", List.of("no-store"),
              "www-authenticate", List.of("Bearer realm=\"billing-portal\""),
              "content-type", List.of("application/problem+json")));

  @Nested
  class TheDocument {

    @Test
    void isValidOpenApi31() {
      assertThat(OpenApiContract.text()).startsWith("openapi: 3.1.0\n");
      assertThat(messages(OpenApiContract.text())).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        textBlock =
            """
            operationId: openPortalAsUser   | operation: openPortalAsUser     | is unexpected
            title: LLMGenerator billing     | titel: LLMGenerator billing     | info.title is missing
            type: [string, 'null']          | type: [strin, 'null']           | invalid type strin
            operationId: openPortalAsUser   | operationId: getOpenApiDocument | is repeated
            """)
    void isReadByAParserThatSeesFaults(String right, String wrong, String message) {
      assertThat(OpenApiContract.text()).contains(right);
      assertThat(String.join("\n", messages(OpenApiContract.text().replace(right, wrong))))
          .contains(message);
    }

    @Test
    void pointsOnlyToWhatItHas() {
      String broken = OpenApiContract.text().replace("responses/BadGateway'", "responses/None'");
      assertThatThrownBy(() -> OpenApiContract.parse(broken))
          .hasMessage("openapi.yaml has no #/components/responses/None");
    }

    @Test
    void hasExamplesThatFitTheirSchemas() {
      List<String> faults = new ArrayList<>();
      Set<String> seen = new LinkedHashSet<>();
      for (JsonNode media : contract.document().findValues("content")) {
        for (JsonNode content : media) {
          content
              .path("examples")
              .properties()
              .forEach(
                  example -> {
                    seen.add(example.getKey());
                    JsonNode value = example.getValue().path("value");
                    faults.addAll(
                        OpenApiContract.faults(example.getKey(), content.path("schema"), value));
                  });
        }
      }
      for (JsonNode header : contract.document().at("/components/headers")) {
        faults.addAll(
            OpenApiContract.faults("header", header.path("schema"), header.path("example")));
      }
      assertThat(faults).isEmpty();
      List<String> codes = new ArrayList<>();
      contract
          .document()
          .at("/components/schemas/Problem/properties/code/enum")
          .forEach(code -> codes.add(code.asText()));
      assertThat(seen).as("every code has an example").containsAll(codes);
    }

    @Test
    void namesOnlySecuritySchemesThatItHas() {
      JsonNode schemes = contract.document().at("/components/securitySchemes");
      for (JsonNode security : contract.document().findValues("security")) {
        security.forEach(
            any -> any.fieldNames().forEachRemaining(n -> assertThat(schemes.has(n)).isTrue()));
      }
    }

    private static List<String> messages(String yaml) {
      return new OpenAPIV3Parser().readContents(yaml, null, null).getMessages();
    }
  }

  @Nested
  class AcceptsAnExchange {

    @Test
    void withoutBody() {
      checkOk(null);
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "{}",
          "null",
          "{\"returnUrl\":null}",
          "{\"returnUrl\":\"https://app.example.com/[a]?{b}|c^`d%#e#%\"}",
          "{\"locale\":\"zh-Hant-HK-u-ca-chinese\"}",
          "{\"locale\":null}",
          "{\"returnUrl\":\"https://app.example.com/account?a=b\"}"
        })
    void withBody(String body) {
      checkOk(body);
    }

    @Test
    void withProblem() {
      contract.check("POST", PATH + "?a=b", request, null, 401, response, PROBLEM);
    }

    @Test
    void withRetryAfter() {
      response.put("Retry-After", List.of("5"));
      contract.checkResponse("POST", PATH, 503, response, unavailable());
    }

    @Test
    void withoutOperation() {
      contract.checkResponse(
          "POST", "/nothing", 404, response, problem(404, "Not Found", "not_found"));
      response.put("Allow", List.of("POST"));
      contract.checkResponse(
          "PUT", PATH, 405, response, problem(405, "Method Not Allowed", "method_not_allowed"));
    }

    @Test
    void withAParameterInThePath() {
      checkDelete("/api/v1/api-keys/5b1f0d5e-3c8e-4d52-9d0c-7a3f1b2c4d5e");
      contract.checkResponse(
          "DELETE", "/api/v1/api-keys/x", 404, response, problem(404, "Not Found", "not_found"));
      response.put("Allow", List.of("DELETE"));
      contract.checkResponse(
          "GET",
          "/api/v1/api-keys/x?a=b",
          405,
          response,
          problem(405, "Method Not Allowed", "method_not_allowed"));
    }

    @Test
    void ofTheDocumentItself() {
      response.put("content-type", List.of("application/yaml"));
      contract.check("GET", "/openapi.yaml", Map.of(), null, 200, response, OpenApiContract.text());
    }
  }

  @Nested
  class RefusesARequest {

    @Test
    void withoutCredential() {
      request.remove("Authorization");
      refusesRequest(null, "request: needs exactly one header Authorization: Bearer …");
    }

    @Test
    void ofAnotherType() {
      request.put("Content-Type", List.of("text/plain"));
      refusesRequest(
          "{}", "request content type: text/plain is not documented here, only [application/json]");
    }

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        quoteCharacter = '`',
        textBlock =
            """
            []                  | request body : array found, [object, null] expected
            {"x":1}             | request body : property 'x' is not defined in the schema and
            {"returnUrl":1}     | request body /returnUrl: integer found, [string, null] expected
            {"returnUrl":"a b"} | request body /returnUrl: does not match the regex pattern
            {"locale":"en_US"}  | request body /locale: does not match the regex pattern
            {} {}               | request body: is not JSON: Trailing token
            """)
    void withBody(String body, String message) {
      refusesRequest(body, message);
    }

    @Test
    void withoutABodyThatIsNeeded() {
      assertThatThrownBy(
              () ->
                  contract.check("POST", "/api/v1/api-keys", request, null, 401, response, PROBLEM))
          .hasMessageContaining("- request body: is missing");
    }

    @Test
    void withAnotherParameterInThePath() {
      assertThatThrownBy(() -> checkDelete("/api/v1/api-keys/x"))
          .hasMessageContaining("- request path id : does not match the uuid pattern");
    }

    @Test
    void withOddRequestId() {
      request.put("x-request-id", List.of("a b"));
      refusesRequest(null, "request header X-Request-Id : does not match the regex pattern");
    }

    private void refusesRequest(String body, String message) {
      assertThatThrownBy(() -> contract.check("POST", PATH, request, body, 401, response, PROBLEM))
          .isInstanceOf(AssertionError.class)
          .hasMessageStartingWith("POST " + PATH + " answered 401, not as openapi.yaml says:")
          .hasMessageContaining("- " + message);
      contract.checkResponse("POST", PATH, 401, response, PROBLEM);
    }
  }

  @Nested
  class RefusesAResponse {

    @Test
    void withUnknownMember() {
      refuses(
          401,
          PROBLEM.replace("\"status\"", "\"trace\":\"x\",\"status\""),
          "response body : property 'trace' is not defined in the schema");
    }

    @Test
    void withAProblemOfManyBytes() {
      refuses(
          401,
          PROBLEM + " ".repeat(1024 - PROBLEM.length()),
          "response body: has 1024 bytes, a problem less than 1024");
    }

    @Test
    void withoutRequestId() {
      refuses(
          401,
          PROBLEM.replace(",\"requestId\":\"id-1\"", ""),
          "response body : required property 'requestId' not found");
    }

    @Test
    void withRequestIdOfAnother() {
      refuses(
          401,
          PROBLEM.replace("id-1", "id-2"),
          "response body: requestId is not the X-Request-Id of the response");
    }

    @Test
    void withCodeOfAnotherStatus() {
      refuses(
          401,
          PROBLEM.replace("unauthorized", "internal_error"),
          "response body /code: must be the constant value 'unauthorized'");
    }

    @Test
    void withStatusOfAnother() {
      refuses(
          401,
          PROBLEM.replace("401", "400"),
          "response body /status: must be the constant value '401'");
    }

    @Test
    void withDetailThatTellsMore() {
      refuses(
          401,
          PROBLEM.replace("Invalid or missing token.", "Token expired."),
          "response body /detail: must be the constant value 'Invalid or missing token.'");
    }

    @Test
    void withUndocumentedStatus() {
      refuses(
          418,
          PROBLEM,
          "status: 418 is not documented here, only [200, 400, 401, 404, 405, 406, 413, 415, 429, 431, 500, 502, 503, 504]");
    }

    @Test
    void withUndocumentedType() {
      response.put("content-type", List.of("text/html;charset=utf-8"));
      refuses(
          401,
          PROBLEM,
          "response content type: text/html;charset=utf-8 is not documented here, only"
              + " [application/problem+json]");
    }

    @Test
    void withoutType() {
      response.remove("content-type");
      refuses(401, PROBLEM, "response content type: none is not documented here");
    }

    @ParameterizedTest
    @ValueSource(strings = {"x-request-id", "cache-control", "www-authenticate"})
    void withoutHeader(String name) {
      response.remove(name);
      assertThatThrownBy(() -> contract.checkResponse("POST", PATH, 401, response, PROBLEM))
          .message()
          .containsIgnoringCase("- response header " + name + ": is missing");
    }

    @Test
    void withRetryAfterThatIsNoNumber() {
      response.put("Retry-After", List.of("soon"));
      refuses(503, unavailable(), "response header Retry-After : string found, integer expected");
    }

    @Test
    void withHeaderTwice() {
      response.put("X-REQUEST-ID", List.of("id-1"));
      refuses(401, PROBLEM, "response header X-Request-Id: is there 2 times");
    }

    @Test
    void withBodyThatIsNotJson() {
      refuses(401, "<html>", "response body: is not JSON: Unexpected character ('<'");
    }

    @Test
    void withoutBody() {
      refuses(401, null, "response body: is empty");
    }

    @ParameterizedTest
    @CsvSource({"content-type, x", "content-type, ''", "x, x"})
    void withABodyOrATypeWhereNoneIsDocumented(String header, String body) {
      response.remove("content-type");
      response.put(header, List.of("text/plain"));
      assertThatThrownBy(
              () -> contract.checkResponse("DELETE", "/api/v1/api-keys/x", 204, response, body))
          .hasMessageContaining("- response body: there is one, where none is documented");
    }

    @Test
    void withMemberTwice() {
      refuses(
          401,
          PROBLEM.replace("{", "{\"status\":401,"),
          "response body: is not JSON: Duplicate field 'status'");
    }

    @Test
    void withAnythingButTheUrl() {
      response.put("content-type", List.of("application/json"));
      refuses(
          200,
          URL.replace("{", "{\"customer\":\"cus_1\","),
          "response body : property 'customer' is not defined in the schema");
    }

    @Test
    void thatSaysOtherThanNotFoundWhereNothingIs() {
      assertThatThrownBy(() -> contract.checkResponse("POST", "/nothing", 401, response, PROBLEM))
          .hasMessageContaining("- status: 401 is not documented here, only [404]");
    }

    private void refuses(int status, String body, String message) {
      assertThatThrownBy(() -> contract.checkResponse("POST", PATH, status, response, body))
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining("- " + message);
    }
  }

  private void checkOk(String body) {
    response.put("content-type", List.of("application/json"));
    contract.check("POST", PATH, request, body, 200, response, URL);
  }

  private void checkDelete(String path) {
    List<String> type = response.remove("content-type");
    contract.check("DELETE", path, request, null, 204, response, "");
    response.put("content-type", type);
  }

  private static String unavailable() {
    return problem(503, "Service Unavailable", "temporarily_unavailable");
  }

  private static String problem(int status, String title, String code) {
    return """
        {"type":"about:blank","title":"%s","status":%d,"code":"%s","detail":"x","requestId":"id-1"}\
        """
        .formatted(title, status, code);
  }
}
