package com.llmgenerator.billing;

import com.llmgenerator.billing.http.PromptHttpProtocol;
import com.llmgenerator.billing.problem.ProblemReportValve;
import org.apache.catalina.core.StandardHost;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.autoconfigure.web.servlet.error.ErrorMvcAutoConfiguration;
import org.springframework.boot.web.embedded.tomcat.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;

/** Runs the routes of the billing portal. */
@SpringBootApplication(exclude = ErrorMvcAutoConfiguration.class)
public class BillingPortalApplication {

  public static void main(String[] args) {
    SpringApplication.run(BillingPortalApplication.class, args);
  }

  @Bean
  WebServerFactoryCustomizer<TomcatServletWebServerFactory> promptHttp() {
    return tomcat -> tomcat.setProtocol(PromptHttpProtocol.class.getName());
  }

  @Bean
  WebServerFactoryCustomizer<TomcatServletWebServerFactory> problemReports() {
    return tomcat ->
        tomcat.addContextCustomizers(
            context ->
                ((StandardHost) context.getParent())
                    .setErrorReportValveClass(ProblemReportValve.class.getName()));
  }
}
