package com.llmgenerator.billing;

import com.llmgenerator.billing.http.PromptHttpProtocol;
import com.llmgenerator.billing.problem.ProblemReportValve;
import com.llmgenerator.billing.stripe.ConfigurePortal;
import com.llmgenerator.billing.stripe.ReconcileAccounts;
import java.util.List;
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
    List<String> words = List.of(args);
    if (words.indexOf(ConfigurePortal.NAME) == 0) {
      System.exit(ConfigurePortal.run(words.subList(1, words.size()), System.out));
    }
    if (words.indexOf(ReconcileAccounts.NAME) == 0) {
      System.exit(ReconcileAccounts.run(words.subList(1, words.size()), System.out));
    }
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
