package com.llmgenerator.billing.startup;

import com.llmgenerator.billing.config.Must;
import com.llmgenerator.billing.config.Secret;
import jakarta.validation.Validator;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.springframework.boot.context.properties.bind.AbstractBindHandler;
import org.springframework.boot.context.properties.bind.BindContext;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.DataObjectPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.boot.convert.ApplicationConversionService;
import org.springframework.core.convert.ConversionException;
import org.springframework.core.convert.ConversionService;
import org.springframework.core.env.PropertyResolver;

/**
 * Binds settings to records and validates them, and tells of all that is wrong, where Spring Boot
 * stops at the first value that does not convert: which variable, what it {@link Must} be, and what
 * was found. A blank setting is one that is not set. What no constraint of Jakarta's can say, a
 * method {@code is…} says, which they take for the component of that name.
 */
final class SettingsBinder extends AbstractBindHandler {
  private static final ConversionService CONVERSION =
      ApplicationConversionService.getSharedInstance();

  private final PropertyResolver properties;
  private final Validator validator;
  private final List<String> problems = new ArrayList<>();

  /** By the names of the properties, as text or list of texts. */
  private final Map<String, Object> values = new HashMap<>();

  /** Of these, what does not convert. */
  private final Map<String, List<String>> unconverted = new HashMap<>();

  SettingsBinder(PropertyResolver properties, Validator validator) {
    this.properties = properties;
    this.validator = validator;
  }

  List<String> problems() {
    return problems;
  }

  /** A value that does not convert is null, and is left out of a list. */
  <T extends Record> T bind(String prefix, Class<T> type) {
    for (RecordComponent component : type.getRecordComponents()) {
      String text = text(name(prefix, component));
      if (!text.isBlank()) {
        values.put(name(prefix, component), split(text, component.getType()));
      }
    }
    T settings =
        new Binder(new MapConfigurationPropertySource(values))
            .bindOrCreate(prefix, Bindable.of(type), this);
    for (RecordComponent component : type.getRecordComponents()) {
      String name = name(prefix, component);
      List<String> wrong = unconverted.getOrDefault(name, invalid(settings, component, text(name)));
      boolean secret = component.getGenericType().getTypeName().contains(Secret.class.getName());
      wrong.stream()
          .map(found -> secret && !found.isBlank() ? "a value of another form" : found)
          .forEach(found -> report(name, component.getAnnotation(Must.class).value(), found));
    }
    return settings;
  }

  /** What follows the last comma counts where several secrets are listed. */
  private static Object split(String text, Class<?> type) {
    return Collection.class.isAssignableFrom(type)
        ? Stream.of(text.split(",", type == List.class ? -1 : 0)).map(String::strip).toList()
        : text;
  }

  @Override
  public Object onFailure(
      ConfigurationPropertyName name, Bindable<?> target, BindContext context, Exception failure)
      throws Exception {
    Object value = values.get(name.toString());
    List<String> wrong = unconverted.computeIfAbsent(name.toString(), any -> new ArrayList<>());
    if (value instanceof String text) {
      wrong.add(text);
      return null;
    }
    if (value instanceof List<?> entries) {
      Set<Object> right = new LinkedHashSet<>();
      for (Object entry : entries) {
        try {
          right.add(CONVERSION.convert(entry, target.getType().resolveGeneric()));
        } catch (ConversionException e) {
          wrong.add(entry.toString());
        }
      }
      return right;
    }
    throw failure;
  }

  private <T> List<String> invalid(T settings, RecordComponent component, String text) {
    return validator.validateProperty(settings, component.getName()).stream()
        .map(violation -> violation.getInvalidValue() instanceof String entry ? entry : text)
        .distinct()
        .sorted()
        .toList();
  }

  /** Whatever it is that was set by mistake, a key or a password in it is not printed. */
  void report(String name, String must, String found) {
    String shown =
        found.isBlank()
            ? "nothing"
            : found.replaceAll("//[^/@]*@", "//…@").replaceAll("\\b(sk|rk|whsec)_\\w+", "$1_…");
    String variable = name.toUpperCase(Locale.ROOT).replaceAll("[.-]", "_");
    problems.add(variable + " must " + must + ". Found: " + shown);
  }

  private String text(String name) {
    return properties.getProperty(name, "");
  }

  private static String name(String prefix, RecordComponent component) {
    return prefix + "." + DataObjectPropertyName.toDashedForm(component.getName());
  }
}
