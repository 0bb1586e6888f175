package com.llmgenerator.billing.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.llmgenerator.billing.dev.StripeStandIn;
import com.llmgenerator.billing.k8s.Manifests;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Alerts and the dashboard ask for what a pod that was called has. */
class MonitoringIT {
  /** A metric, maybe with its labels: no function, no operator, no list of labels. */
  private static final Pattern METRIC =
      Pattern.compile("\\b([a-z]\\w*_\\w+)\\b(?!\\s*\\()(\\{[^}]*})?");

  private static final Pattern GROUPING =
      Pattern.compile("\\b(?:by|ignoring|on)\\s*\\(([^)]*)\\)(?:\\s*group_left\\b)?");
  private static final Pattern LABEL = Pattern.compile("(\\w+)(?:=~|!=|=)\"([^\"]*)\"");

  /** Prometheus and the dashboard have these. */
  private static final Set<String> OF_PROMETHEUS = Set.of("namespace", "pod");

  private static String scrape;

  @BeforeAll
  static void callAndScrape() {
    for (String customer : List.of("cus_demo", StripeStandIn.CUS_TWICE_FAILING)) {
      String key = Servers.addPayingUsers(Servers.DATABASE, 1, customer).get(0);
      assertThat(Caller.post(Caller.WITH_API_KEY, key, null).status()).isEqualTo(200);
    }
    scrape = "\n" + Servers.PORTAL.metrics();
  }

  @Test
  void findsEveryMetric() {
    Set<String> metrics = new TreeSet<>();
    for (MatchResult metric : metrics()) {
      metrics.add(metric.group(1));
    }
    assertThat(metrics).hasSizeGreaterThan(9);
    assertThat(metrics)
        .allSatisfy(metric -> assertThat(scrape).containsPattern("\n" + metric + "[ {]"));
  }

  @Test
  void findsEveryLabelAndValue() throws IOException {
    Properties problems = new Properties();
    try (InputStream texts = MonitoringIT.class.getResourceAsStream("/problems.properties")) {
      problems.load(texts);
    }
    Set<String> codes = new TreeSet<>(problems.stringPropertyNames());
    codes.add("ok");
    codes.add("billing_account_conflict");
    Set<String> labels = new TreeSet<>();
    for (MatchResult metric : metrics()) {
      String selector = metric.group(2) == null ? "" : metric.group(2);
      for (MatchResult label : LABEL.matcher(selector).results().toList()) {
        if (label.group(1).equals("code")) {
          assertThat(codes).anyMatch(code -> code.matches(label.group(2)));
        } else if (!OF_PROMETHEUS.contains(label.group(1))) {
          assertThat(scrape)
              .containsPattern("\n" + metric.group(1) + "\\{.*\\b" + Pattern.quote(label.group()));
          labels.add(label.group(1));
        }
      }
    }
    assertThat(labels).contains("name", "state");
  }

  @Test
  void groupsByLabelsThatThereAre() {
    Set<String> labels = new TreeSet<>();
    for (String query : queries()) {
      for (MatchResult grouping : GROUPING.matcher(query).results().toList()) {
        labels.addAll(List.of(grouping.group(1).split("\\s*,\\s*")));
      }
    }
    labels.remove("");
    labels.removeAll(OF_PROMETHEUS);
    assertThat(labels).contains("code", "le");
    assertThat(labels)
        .allSatisfy(label -> assertThat(scrape).containsPattern("[{,]" + label + "=\""));
  }

  private static List<String> queries() {
    return Manifests.render(Path.of(""), "production").queries();
  }

  private static List<MatchResult> metrics() {
    return queries().stream()
        .map(query -> GROUPING.matcher(query).replaceAll(" "))
        .flatMap(query -> METRIC.matcher(query.replace("$__rate_interval", "5m")).results())
        .toList();
  }
}
