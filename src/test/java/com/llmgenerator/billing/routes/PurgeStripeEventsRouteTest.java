package com.llmgenerator.billing.routes;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** What it deletes is shown with PostgreSQL: StripeEventsIT. */
class PurgeStripeEventsRouteTest extends RouteTest {
  @Test
  void deletesAsManyAsCanCome() throws IOException {
    JsonNode clock =
        new YAMLMapper()
            .readTree(Path.of("routes/42-purge-stripe-events.camel.yaml").toFile())
            .at("/0/route/from");
    assertThat(clock.path("uri").asText()).isEqualTo("timer");
    assertThat(clock.at("/parameters/period").asLong()).isEqualTo(10_000);
  }
}
