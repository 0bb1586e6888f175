package com.llmgenerator.billing.apikeys;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.llmgenerator.billing.OpenApiContract;
import com.llmgenerator.billing.config.JsonConfiguration;
import com.llmgenerator.billing.problem.BadRequestException;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What is asked over a socket is in {@code ApiKeysIT}. */
class ApiKeyFactoryTest {
  private final ObjectMapper json = new JsonConfiguration().json();
  private final ApiKeyFactory keys = new ApiKeyFactory(json);
  private final Predicate<String> allowed =
      OpenApiContract.load().allowedBodies("POST", "/api/v1/api-keys");

  /** Every character before and after the ideographs of the first plane, and some of the others. */
  @Test
  void takeTheNamesThatTheDocumentAllows() {
    List<String> differing =
        IntStream.iterate(0, c -> c <= Character.MAX_CODE_POINT, c -> c + step(c))
            .mapToObj(Character::toString)
            .flatMap(character -> Stream.of(character, "a" + character))
            .filter(name -> takes(name) != allowed.test(body(name)))
            .map(name -> name.codePoints().mapToObj("%04x"::formatted).toList().toString())
            .toList();
    assertThat(differing).isEmpty();
  }

  private static int step(int character) {
    return character < 0x3400 || 0xd700 <= character && character < 0x10000 ? 1 : 251;
  }

  private boolean takes(String name) {
    try {
      return keys.make(body(name)).name().equals(name);
    } catch (BadRequestException e) {
      return false;
    }
  }

  private String body(String name) {
    return json.createObjectNode().put("name", name).toString();
  }
}
