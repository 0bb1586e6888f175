package com.llmgenerator.billing.dev;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.Map;
import java.util.Properties;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.ContextHandler;
import org.eclipse.jetty.server.handler.ContextHandlerCollection;
import org.eclipse.jetty.server.handler.ResourceHandler;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.resource.ResourceFactory;

/**
 * The web server of the demo application, which is of another origin than the portal: the pages of
 * {@code src/test/resources/demo}, keycloak-js, Swagger UI, and {@code /config.json}. It listens on
 * 127.0.0.1 only, and its Content Security Policy lets pages load nothing from elsewhere.
 */
public final class DemoServer implements AutoCloseable {
  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'%3$s; img-src 'self'%4$s;"
          + " connect-src 'self' %1$s %2$s;"
          + " form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

  private final Server server;

  private DemoServer(Server server) {
    this.server = server;
  }

  /**
   * What the pages need to know, as {@code /config.json} has it.
   *
   * @param issuer Keycloak's realm
   * @param clientId the application, to Keycloak
   * @param portal the origin of the billing portal
   * @param paymentLink where a user buys; null where there is nothing to buy
   */
  public record Config(String issuer, String clientId, String portal, String paymentLink) {}

  /**
   * Starts it.
   *
   * @param folders what else is served, by its path
   * @throws IllegalStateException if it cannot listen on the port
   */
  public static DemoServer start(int port, Config config, Map<String, URI> folders) {
    Server server = new Server();
    ServerConnector connector = new ServerConnector(server, 1, 1);
    connector.setHost("127.0.0.1");
    connector.setPort(port);
    server.addConnector(connector);
    ContextHandlerCollection contexts = new ContextHandlerCollection();
    server.setHandler(new Pages(contexts, config));
    contexts.addHandler(folder(server, "/", folderOf("/demo/index.html")));
    contexts.addHandler(folder(server, "/keycloak-js", folderOf("/keycloak.js")));
    contexts.addHandler(folder(server, "/reference/swagger-ui", folderOf(swaggerUi())));
    folders.forEach((path, folder) -> contexts.addHandler(folder(server, path, folder)));
    try {
      server.start();
    } catch (Exception e) {
      throw new IllegalStateException("The demo application cannot listen on port " + port, e);
    }
    return new DemoServer(server);
  }

  /** Where Stripe's checkout page sends a buyer, as a Payment Link is told. */
  public static String afterCheckout(int port) {
    return "http://localhost:" + port + "/thank-you.html?session_id={CHECKOUT_SESSION_ID}";
  }

  /** Its files are below its version. */
  private static String swaggerUi() {
    try (InputStream pom =
        DemoServer.class.getResourceAsStream(
            "/META-INF/maven/org.webjars/swagger-ui/pom.properties")) {
      Properties properties = new Properties();
      properties.load(pom);
      return "/META-INF/resources/webjars/swagger-ui/%s/swagger-ui.css"
          .formatted(properties.getProperty("version"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The folder of a file of the class path, or the root of its jar. */
  private static URI folderOf(String file) {
    return URI.create(DemoServer.class.getResource(file).toString().replaceFirst("[^/]+$", ""));
  }

  private static ContextHandler folder(Server server, String path, URI folder) {
    ResourceHandler files = new ResourceHandler();
    files.setDirAllowed(false);
    files.setCacheControl("no-cache");
    ContextHandler context = new ContextHandler(files, path);
    context.setBaseResource(ResourceFactory.of(server).newResource(folder));
    return context;
  }

  /** Stops it at once. */
  @Override
  public void close() {
    try {
      server.stop();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** Adds the headers that protect a page, and answers {@code /config.json}. */
  private static final class Pages extends Handler.Wrapper {
    private final String json;
    private final String policy;
    private final String policyOfReference;

    Pages(Handler files, Config config) {
      super(files);
      String keycloak = config.issuer().replaceFirst("/realms/.*", "");
      this.policy = POLICY.formatted(config.portal(), keycloak, "", "");
      // Swagger UI sets styles of its own and has its icons in them.
      this.policyOfReference =
          POLICY.formatted(config.portal(), keycloak, " 'unsafe-inline'", " data:");
      try {
        this.json = new ObjectMapper().writeValueAsString(config);
      } catch (JsonProcessingException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
      String path = Request.getPathInContext(request);
      HttpFields.Mutable headers = response.getHeaders();
      headers.put(
          "Content-Security-Policy", path.startsWith("/reference/") ? policyOfReference : policy);
      headers.put("X-Content-Type-Options", "nosniff");
      headers.put("Referrer-Policy", "no-referrer");
      if (path.equals("/config.json")) {
        headers.put(HttpHeader.CONTENT_TYPE, "application/json");
        headers.put(HttpHeader.CACHE_CONTROL, "no-cache");
        Content.Sink.write(response, true, json, callback);
        return true;
      }
      return super.handle(request, response, callback);
    }
  }
}
