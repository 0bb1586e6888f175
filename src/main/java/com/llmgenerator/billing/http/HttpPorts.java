package com.llmgenerator.billing.http;

import java.time.Duration;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * The public port and the management port, which has threads of its own, so that it answers while
 * the public port has more callers than it can serve.
 */
@Configuration(proxyBeanMethods = false)
class HttpPorts {
  private static final long MOST_CONNECTIONS = 4000;

  /** Its address, its headers, as much again for reading them, and its body: up to 48 KiB. */
  private static final long HEAP_FOR_A_CONNECTION = 64 * 1024;

  private static final int MOST_MANAGEMENT_CONNECTIONS = 200;
  private static final int MANAGEMENT_THREADS = 4;
  private static final Duration MANAGEMENT_GRACE = Duration.ofSeconds(1);

  /** Ends after the routes, which answer what is in flight, and before the management port. */
  private static final int PUBLIC_PHASE = SmartLifecycle.DEFAULT_PHASE - 1024;

  private static final int MANAGEMENT_PHASE = SmartLifecycle.DEFAULT_PHASE - 2048;

  @Bean
  Answers answers(Cors cors) {
    return new Answers(cors::complete, true);
  }

  /** Is stopped also where the start of something else failed. */
  @Bean(destroyMethod = "stop")
  HttpPort publicPort(
      @Value("${server.address}") String address,
      @Value("${server.port}") int port,
      @Value("${spring.lifecycle.timeout-per-shutdown-phase}") Duration grace,
      PortalHandler handler,
      Answers answers) {
    return new HttpPort(
        "http",
        new HttpPort.Where(address, port),
        Runtime.getRuntime().availableProcessors(),
        (int) Math.min(MOST_CONNECTIONS, Runtime.getRuntime().maxMemory() / HEAP_FOR_A_CONNECTION),
        grace,
        PUBLIC_PHASE,
        handler,
        answers);
  }

  @Bean(destroyMethod = "stop")
  HttpPort managementPort(
      @Value("${management.server.address}") String address,
      @Value("${management.server.port}") int port,
      ManagementHandler handler) {
    return new HttpPort(
        "management",
        new HttpPort.Where(address, port),
        MANAGEMENT_THREADS,
        MOST_MANAGEMENT_CONNECTIONS,
        MANAGEMENT_GRACE,
        MANAGEMENT_PHASE,
        handler,
        Answers.OF_MANAGEMENT);
  }
}
