package com.llmgenerator.billing.routes;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import org.springframework.core.io.ClassPathResource;

class GetOpenapiRouteTest extends RouteTest {
  @Test
  void showsTheDocumentToAnybody() throws Exception {
    HttpResponse<String> answer = get(request("/openapi.yaml"));
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(header(answer, "Content-Type")).isEqualTo("application/yaml");
    assertThat(answer.body())
        .isEqualTo(new ClassPathResource("openapi.yaml").getContentAsString(UTF_8));
  }
}
