package com.llmgenerator.billing.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.springframework.boot.DefaultApplicationArguments;
import org.springframework.context.support.GenericApplicationContext;

class HttpPortsTest {
  private final GenericApplicationContext context = new GenericApplicationContext();
  private final HttpPorts ports =
      new HttpPorts(context, "localhost", 0, Duration.ZERO, null, null, "localhost", 0, null);

  @Test
  void openWhenTheApplicationHasStarted() {
    context.refresh();
    ports.run(new DefaultApplicationArguments());
    assertThat(ports.isRunning()).isTrue();
    ports.stop();
    assertThat(ports.isRunning()).isFalse();
  }

  @Test
  void stayClosedWhenTheEndHasBegunDuringTheStart() {
    context.refresh();
    context.close();
    ports.run(new DefaultApplicationArguments());
    assertThat(ports.isRunning()).isFalse();
  }
}
