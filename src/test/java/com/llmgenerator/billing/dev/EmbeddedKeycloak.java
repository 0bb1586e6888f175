package com.llmgenerator.billing.dev;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A real Keycloak server on this machine, with the realms {@code llmgenerator} and {@code
 * another-realm}. It runs as a child process, listens on 127.0.0.1 only, and ends with this JVM.
 *
 * <pre>{@code
 * try (EmbeddedKeycloak keycloak = EmbeddedKeycloak.start(0)) {
 *   String token = keycloak.login("demo").accessToken();
 * }
 * }</pre>
 */
public final class EmbeddedKeycloak implements AutoCloseable {
  /** User with the password {@code demo}; also known to the other realm. */
  public static final String DEMO = "demo";

  /** The {@code sub} of {@link #DEMO}'s tokens. */
  public static final String DEMO_ID = "11111111-1111-4111-8111-111111111111";

  /** User with the password {@code newcomer}. */
  public static final String NEWCOMER = "newcomer";

  /** The {@code sub} of {@link #NEWCOMER}'s tokens. */
  public static final String NEWCOMER_ID = "22222222-2222-4222-8222-222222222222";

  /** The public client of the demo application: authorization code with PKCE, and no password. */
  public static final String DEMO_CLIENT = "llmgenerator-demo";

  private static final Logger LOG = LoggerFactory.getLogger(EmbeddedKeycloak.class);

  private static final int DEMO_PORT = 3000;
  private static final String REALM = "llmgenerator";
  private static final String CLIENT = "llmgenerator-settings-page";
  private static final Duration START_TIMEOUT = Duration.ofSeconds(120);
  private static final int POLL_MILLIS = 100;

  private final HttpClient http =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
  private final ObjectMapper json = new ObjectMapper();
  private final Thread hook = new Thread(this::kill, "stop-keycloak");
  private final KeycloakHome home;
  private final int port;
  private final int demoPort;
  private final Path folder;
  private final Path log;
  private Process process;

  private EmbeddedKeycloak(KeycloakHome home, int port, int demoPort) {
    this.home = home;
    this.port = port;
    this.demoPort = demoPort;
    this.folder = home.serverFolder(port);
    this.log = folder.resolve("keycloak.log");
  }

  /**
   * What a login returns, as compact JWTs.
   *
   * @param accessToken {@code typ} is {@code Bearer}, for one hour
   * @param idToken {@code typ} is {@code ID}
   * @param refreshToken {@code typ} is {@code Refresh}, or {@code Offline} of {@link #loginOffline}
   */
  public record Tokens(String accessToken, String idToken, String refreshToken) {}

  /**
   * Starts a server and waits until it answers. The first time in a working tree it is unpacked and
   * built, which takes about half a minute longer.
   *
   * @param port 0 for any free port
   * @throws IllegalStateException if the port is in use, or the server ends or does not answer
   *     within 120 seconds; then the message has the end of its log
   */
  public static EmbeddedKeycloak start(int port) {
    return start(port, DEMO_PORT);
  }

  private static EmbeddedKeycloak start(int port, int demoPort) {
    if (port != 0) {
      requireFree(port);
    }
    KeycloakHome home = KeycloakHome.prepare();
    EmbeddedKeycloak keycloak =
        new EmbeddedKeycloak(home, port == 0 ? Ports.free() : port, demoPort);
    Runtime.getRuntime().addShutdownHook(keycloak.hook);
    try {
      keycloak.start();
      return keycloak;
    } catch (RuntimeException e) {
      keycloak.close();
      throw e;
    }
  }

  /**
   * As {@link #start(int)}, while others start.
   *
   * @param demoPort the port of the demo application, to which alone users are sent back
   */
  public static CompletableFuture<EmbeddedKeycloak> starting(int port, int demoPort) {
    return CompletableFuture.supplyAsync(() -> start(port, demoPort));
  }

  /** Starts the server again after {@link #stop}: same port, same signing keys. */
  public void start() {
    Instant begin = Instant.now();
    LOG.info("Starting Keycloak on port {} and waiting for its signing keys", port);
    awaitSigningKeys(launch(), begin);
    double seconds = Duration.between(begin, Instant.now()).toMillis() / 1000.0;
    LOG.info("Keycloak answers after {} s", String.format(Locale.ROOT, "%.1f", seconds));
  }

  /** Kills the server, as an outage would: connections are refused from now on. */
  public void stop() {
    kill();
  }

  /**
   * Stops the server's clock: connections are accepted, but nothing is answered. Not on Windows.
   */
  public void suspend() {
    signal("-STOP");
  }

  /** Lets the server go on after {@link #suspend}. */
  public void resume() {
    signal("-CONT");
  }

  /** What {@code iss} of this realm's tokens is. */
  public String issuer() {
    return issuer(REALM);
  }

  /** The process id of the server that was started last. */
  public synchronized long pid() {
    return process.pid();
  }

  /** Logs a user in with the password, as the settings page of LLMGenerator. */
  public Tokens login(String username) {
    return login(REALM, CLIENT, username, "openid");
  }

  /** As {@link #login}, but with a refresh token that outlives the session. */
  public Tokens loginOffline(String username) {
    return login(REALM, CLIENT, username, "openid offline_access");
  }

  /** As {@link #login}, but to an application whose tokens are not meant for the billing portal. */
  public Tokens loginToAnotherApplication(String username) {
    return login(REALM, "another-application", username, "openid");
  }

  /** As {@link #login}, but to an application whose access tokens are signed by Ed25519. */
  public Tokens loginByEd25519(String username) {
    return login(REALM, "ed25519-application", username, "openid");
  }

  /** As {@link #login}, but to another realm of this server, with the same audience. */
  public Tokens loginToAnotherRealm(String username) {
    return login("another-realm", CLIENT, username, "openid");
  }

  /** Kills the server for good. Its log stays in {@code target/keycloak}. */
  @Override
  public void close() {
    kill();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      LOG.trace("The hook is running, since this JVM ends", e);
    }
  }

  private synchronized Process launch() {
    requireFree(port);
    process =
        home.launch(
            log,
            List.of(
                "start",
                "--optimized",
                "--cache=local",
                "--http-enabled=true",
                "--http-host=127.0.0.1",
                "--http-port=" + port,
                "--hostname=http://localhost:" + port,
                // The realm's ${authAdminUrl}, where the demo application is: no other address of
                // an imported client is set at a start. Keycloak's own console has no user here.
                "--hostname-admin=http://localhost:" + demoPort,
                "--db-url=jdbc:h2:file:" + folder.resolve("keycloakdb") + ";NON_KEYWORDS=VALUE"));
    return process;
  }

  private synchronized void kill() {
    if (process != null) {
      process.destroyForcibly().onExit().join();
    }
  }

  private void awaitSigningKeys(Process started, Instant begin) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(issuer() + "/protocol/openid-connect/certs"))
            .timeout(Duration.ofSeconds(5))
            .build();
    try {
      while (!started.waitFor(POLL_MILLIS, TimeUnit.MILLISECONDS)) {
        if (isAnswered(request)) {
          return;
        }
        if (Duration.between(begin, Instant.now()).compareTo(START_TIMEOUT) > 0) {
          throw new IllegalStateException(
              "Keycloak did not answer within "
                  + START_TIMEOUT.toSeconds()
                  + " s. "
                  + KeycloakHome.tail(log));
        }
      }
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
    throw new IllegalStateException(
        "Keycloak ended with exit code " + started.exitValue() + ". " + KeycloakHome.tail(log));
  }

  private boolean isAnswered(HttpRequest request) throws InterruptedException {
    try {
      return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException e) {
      return false;
    }
  }

  private Tokens login(String realm, String client, String username, String scope) {
    // Each user's password is the name.
    String form =
        "grant_type=password&client_id=%s&username=%s&password=%s&scope=%s"
            .formatted(client, username, username, scope.replace(' ', '+'));
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(issuer(realm) + "/protocol/openid-connect/token"))
            .timeout(Duration.ofSeconds(20))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(HttpRequest.BodyPublishers.ofString(form))
            .build();
    try {
      HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
      if (response.statusCode() != 200) {
        throw new IllegalStateException(
            "Keycloak refused the login of " + username + ": " + response.body());
      }
      JsonNode answer = json.readTree(response.body());
      return new Tokens(
          answer.required("access_token").textValue(),
          answer.required("id_token").textValue(),
          answer.required("refresh_token").textValue());
    } catch (IOException e) {
      throw new UncheckedIOException("Keycloak does not answer a login", e);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private void signal(String signal) {
    try {
      int exit = new ProcessBuilder("kill", signal, Long.toString(pid())).start().waitFor();
      if (exit != 0) {
        throw new IllegalStateException("kill " + signal + " ended with exit code " + exit);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot send " + signal + " to Keycloak", e);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private String issuer(String realm) {
    return "http://localhost:" + port + "/realms/" + realm;
  }

  private static void requireFree(int port) {
    Ports.requireFree(port, "stop what listens there");
  }

  private static IllegalStateException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new IllegalStateException("Interrupted while waiting for Keycloak", e);
  }
}
