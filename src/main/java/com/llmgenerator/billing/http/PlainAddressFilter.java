package com.llmgenerator.billing.http;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.regex.Pattern;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;

/**
 * There is nothing at an address that is spelled with escapes or path parameters: a proxy's rule
 * for {@code /portal/api} would not see {@code /portal;x/api} or {@code /portal/ap%69}, and Spring
 * fails on some of them. After the CORS filter, so that pages can read the answer.
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE + 1)
final class PlainAddressFilter extends HttpFilter {
  private static final Pattern PLAIN = Pattern.compile("[/\\w.-]+");

  @Override
  protected void doFilter(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    if (PLAIN.matcher(request.getRequestURI()).matches()) {
      chain.doFilter(request, response);
    } else {
      response.sendError(HttpServletResponse.SC_NOT_FOUND);
    }
  }
}
