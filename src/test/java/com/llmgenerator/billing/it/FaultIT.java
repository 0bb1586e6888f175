package com.llmgenerator.billing.it;

import static com.llmgenerator.billing.it.Caller.WITH_API_KEY;
import static com.llmgenerator.billing.it.Problems.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import com.llmgenerator.billing.it.Caller.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of a fault of ours, here of a query that fails when it runs. */
class FaultIT {
  @Nested
  class Returns500 {
    @Test
    void andLogsTheStackTraceUnderTheRequestId(@TempDir Path folder) throws IOException {
      StartIT.copyRoutes(folder);
      Path query = folder.resolve("find-billing-account.sql");
      Files.writeString(
          query, Files.readString(query).replace("stripe_customer_id", "(1 / 0)::text"));
      Map<String, String> environment = Servers.environment();
      environment.put("PORTAL_ROUTES", "file:" + folder);
      String key = Servers.addApiKey(UUID.randomUUID().toString()).text();
      try (PackagedPortal portal = PackagedPortal.start(environment)) {
        Answer answer = Caller.post(portal, WITH_API_KEY, key, null);
        assertProblem(answer, 500, "internal_error", "Something went wrong here.");
        assertThat(answer.body()).doesNotContain("division", "Exception", "\tat ");
        String id = answer.header("X-Request-Id");
        assertThat(portal.answered(id))
            .contains(
                "status=\"500\" code=\"internal_error\""
                    + " reason=\"DataIntegrityViolationException (SQLSTATE 22012)\"");
        assertThat(portal.log())
            .containsPattern("ERROR \\[%s\\] (?s:.*)division by zero(?s:.*)\\R\tat ".formatted(id));
      }
    }
  }
}
