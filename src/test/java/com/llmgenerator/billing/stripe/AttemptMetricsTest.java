package com.llmgenerator.billing.stripe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.httpcomponents.hc5.ObservationExecChainHandler;
import io.micrometer.core.instrument.observation.DefaultMeterObservationHandler;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.stream.Collectors;
import org.apache.hc.client5.http.classic.ExecChainHandler;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@SuppressWarnings("deprecation") // Compared with what Micrometer has deprecated: see StripeClient.
class AttemptMetricsTest {
  private final MeterRegistry metrics = new SimpleMeterRegistry();
  private HttpServer server;
  private String url;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(
              Integer.parseInt(exchange.getRequestURI().getPath().substring(1)), -1);
          exchange.close();
        });
    server.start();
    url = "http://127.0.0.1:" + server.getAddress().getPort() + "/";
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  @Test
  void haveTheNamesAndTagsOfObservations() throws Exception {
    MeterRegistry observed = new SimpleMeterRegistry();
    ObservationRegistry observations = ObservationRegistry.create();
    observations
        .observationConfig()
        .observationHandler(new DefaultMeterObservationHandler(observed));
    ask(new ObservationExecChainHandler(observations));
    ask(new AttemptMetrics(metrics));
    assertThat(meters(metrics)).isEqualTo(meters(observed)).hasLineCount(4);
    assertThat(count("200")).isEqualTo(2);
    assertThat(count("503")).isEqualTo(1);
    assertThat(count("IO_ERROR")).isEqualTo(1);
  }

  private void ask(ExecChainHandler measurement) throws IOException {
    try (CloseableHttpClient client =
        HttpClientBuilder.create()
            .disableAutomaticRetries()
            .addExecInterceptorLast("measurement", measurement)
            .build()) {
      client.execute(new HttpGet(url + "200"), response -> null);
      client.execute(new HttpGet(url + "200"), response -> null);
      client.execute(new HttpGet(url + "503"), response -> null);
      assertThatThrownBy(() -> client.execute(new HttpGet(url + "no-status"), response -> null))
          .isInstanceOf(IOException.class);
    }
  }

  private long count(String status) {
    Timer timer = metrics.get("httpcomponents.httpclient.request").tag("status", status).timer();
    return timer.count();
  }

  private static String meters(MeterRegistry registry) {
    return registry.getMeters().stream()
        .map(Meter::getId)
        .map(id -> id.getName() + id.getTags() + id.getType())
        .sorted()
        .collect(Collectors.joining("\n"));
  }
}
