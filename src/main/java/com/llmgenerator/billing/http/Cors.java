package com.llmgenerator.billing.http;

import com.llmgenerator.billing.Settings;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.http.HttpHeaders;
import org.springframework.http.server.ServerHttpResponse;
import org.springframework.web.cors.CorsConfiguration;
import org.springframework.web.cors.DefaultCorsProcessor;
import org.springframework.web.filter.CorsFilter;

/**
 * Lets the pages of {@code PORTAL_CORS_ORIGINS} read the answers, failures included. Other origins
 * get the same answers without the headers, so that browsers keep them from their pages; whether a
 * request is allowed is a matter of its credential alone.
 */
@Configuration(proxyBeanMethods = false)
class Cors {
  @Bean
  FilterRegistrationBean<CorsFilter> corsFilter(Settings settings) {
    List<String> origins = settings.portal().corsOrigins().stream().map(Object::toString).toList();
    CorsConfiguration pages = new CorsConfiguration();
    pages.setAllowedOrigins(origins);
    pages.addAllowedMethod(CorsConfiguration.ALL);
    pages.setAllowedHeaders(List.of("Authorization", "Content-Type", "X-Request-Id"));
    pages.setExposedHeaders(List.of("Retry-After", "WWW-Authenticate", "X-Request-Id"));
    pages.setMaxAge(Duration.ofHours(1));

    CorsFilter filter =
        new CorsFilter(request -> origins.contains(request.getHeader("Origin")) ? pages : null);
    filter.setCorsProcessor(new SilentCorsProcessor());
    FilterRegistrationBean<CorsFilter> registration = new FilterRegistrationBean<>(filter);
    registration.setOrder(Ordered.HIGHEST_PRECEDENCE);
    return registration;
  }

  /**
   * Answers a refused preflight without CORS headers, which is all that a browser looks at, and
   * does not read origins that are not allowed: the library fails on some.
   */
  private static final class SilentCorsProcessor extends DefaultCorsProcessor {
    @Override
    public boolean processRequest(
        CorsConfiguration pages, HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      if (pages == null) {
        response.addHeader(HttpHeaders.VARY, HttpHeaders.ORIGIN);
        return true;
      }
      return super.processRequest(pages, request, response);
    }

    @Override
    protected void rejectRequest(ServerHttpResponse response) {}
  }
}
