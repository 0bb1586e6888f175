package com.llmgenerator.billing.routes;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/**
 * That it asks Stripe, and what it tells, is shown with the packaged jar: PortalConfigurationIT.
 */
class CheckPortalConfigurationRouteTest extends RouteTest {
  @Test
  void isNotThereWhereItIsSwitchedOff() {
    assertThat(camel.getRoute("check-portal-configuration")).isNull();
  }

  @Test
  void looksAtStartAndEveryTenMinutes() throws IOException {
    JsonNode clock =
        new YAMLMapper()
            .readTree(Path.of("routes/60-check-portal-configuration.camel.yaml").toFile())
            .at("/0/route/from");
    assertThat(clock.path("uri").asText()).isEqualTo("timer");
    assertThat(clock.at("/parameters/delay").asLong()).isEqualTo(1000);
    assertThat(clock.at("/parameters/period").asLong()).isEqualTo(600_000);
  }
}
