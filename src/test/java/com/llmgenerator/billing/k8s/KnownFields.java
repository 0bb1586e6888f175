package com.llmgenerator.billing.k8s;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.openshift.api.model.monitoring.v1.PodMonitor;
import io.fabric8.openshift.api.model.monitoring.v1.PrometheusRule;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What of a manifest the API server, or the operator, would not know and silently drop. */
final class KnownFields {
  /** Of the release that runs, where the steering repository lies beside this one. */
  private static final Path CRD = Path.of("../shared/camel-k/integrations-crd-v2.10.1.yaml");

  private static final Map<String, Class<?>> KINDS =
      Map.of(
          "v1 ConfigMap", ConfigMap.class,
          "v1 ServiceAccount", ServiceAccount.class,
          "autoscaling/v2 HorizontalPodAutoscaler", HorizontalPodAutoscaler.class,
          "networking.k8s.io/v1 NetworkPolicy", NetworkPolicy.class,
          "gateway.networking.k8s.io/v1 HTTPRoute", HTTPRoute.class,
          "monitoring.coreos.com/v1 PodMonitor", PodMonitor.class,
          "monitoring.coreos.com/v1 PrometheusRule", PrometheusRule.class);

  /** Of Camel K 2.10, which the newest published classes (2.4.0) lack. */
  private static final Map<String, Set<String>> NEWER_TRAITS =
      Map.of(
          "container", Set.of("ports"),
          "health", Set.of("livenessPort", "readinessPort", "startupPort"),
          "ingress", Set.of("ingressClassName", "paths"));

  private static final JsonMapper STRICT =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .annotationIntrospector(new WithoutAnySetters())
          .build();

  private KnownFields() {}

  /** What is unknown in a manifest; nothing if all is known. */
  static List<String> faults(JsonNode manifest) {
    String kind = manifest.path("apiVersion").asText() + " " + manifest.path("kind").asText();
    List<String> faults = new ArrayList<>();
    if (kind.equals("camel.apache.org/v1 Integration")) {
      check(manifest.at("/spec/template/spec"), PodSpec.class, faults);
      check(knownToTheClasses(manifest.path("spec")), integrationSpec(), faults);
      checkSchema(manifest, faults);
    } else if (KINDS.containsKey(kind)) {
      check(manifest, KINDS.get(kind), faults);
    } else {
      faults.add("No model of " + kind);
    }
    return faults;
  }

  private static void check(JsonNode value, Class<?> type, List<String> faults) {
    try {
      STRICT.treeToValue(value, type);
    } catch (JsonProcessingException e) {
      faults.add(e.getOriginalMessage());
    }
  }

  private static JsonNode knownToTheClasses(JsonNode spec) {
    ObjectNode known = spec.deepCopy();
    // The operator merges it into the pod: PodSpec knows its fields.
    known.remove("template");
    NEWER_TRAITS.forEach(
        (trait, fields) -> {
          if (known.path("traits").path(trait) instanceof ObjectNode found) {
            found.remove(fields);
          }
        });
    return known;
  }

  /** By its name: its annotations are not on the class path, which the compiler complains of. */
  private static Class<?> integrationSpec() {
    try {
      return Class.forName("org.apache.camel.v1.IntegrationSpec");
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void checkSchema(JsonNode manifest, List<String> faults) {
    if (Files.exists(CRD)) {
      JsonNode schema =
          Manifests.yaml(CRD).at("/spec/versions/0/schema/openAPIV3Schema/properties/spec");
      forbidOthers(schema);
      SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_4)
          .getSchema(schema)
          .validate(manifest.path("spec"))
          .forEach(error -> faults.add(error.getInstanceLocation() + " " + error.getMessage()));
    }
  }

  private static void forbidOthers(JsonNode schema) {
    if (schema.path("type").asText().equals("object")
        && schema.has("properties")
        && schema instanceof ObjectNode object
        && !schema.path("x-kubernetes-preserve-unknown-fields").asBoolean()) {
      object.put("additionalProperties", false);
    }
    schema.forEach(KnownFields::forbidOthers);
  }

  /** The models keep what they do not know; here it is a fault. */
  private static final class WithoutAnySetters extends JacksonAnnotationIntrospector {
    private static final long serialVersionUID = 1;

    @Override
    public Boolean hasAnySetter(Annotated annotated) {
      return false;
    }
  }
}
