package com.llmgenerator.billing;

import com.llmgenerator.billing.Settings.Portal;
import com.llmgenerator.billing.config.Origin;
import com.llmgenerator.billing.stripe.configuration.PortalConfigurationFile;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.URI;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.core.env.PropertyResolver;

/**
 * Reads settings and collects what is wrong with them, so that one start tells all of it: which
 * variable, what it must be, and what was found. A value that fails is read as null.
 */
final class SettingsReader {
  /** A host that only resolves inside a Kubernetes cluster. */
  private static final Pattern IN_CLUSTER =
      Pattern.compile("[a-z0-9-]+|[a-z0-9.-]+\\.svc(\\.cluster\\.local)?");

  private final PropertyResolver properties;
  private final List<String> problems = new ArrayList<>();

  SettingsReader(PropertyResolver properties) {
    this.properties = properties;
  }

  String text(String property, String wanted, String pattern) {
    return read(property, wanted, matching(pattern), found -> found).orElse(null);
  }

  Optional<String> optionalText(String property, String wanted, String pattern) {
    return value(property).isEmpty()
        ? Optional.empty()
        : read(property, wanted, matching(pattern), found -> found);
  }

  /** Text that no message may repeat. */
  String secret(String property, String wanted, String pattern) {
    return read(property, wanted, matching(pattern), found -> "a value of another form")
        .orElse(null);
  }

  /** A list of texts that no message may repeat. */
  List<String> optionalSecrets(String property, String wanted, String pattern) {
    return value(property).isEmpty()
        ? List.of()
        : read(
                property,
                wanted,
                found ->
                    Stream.of(found.split(",", -1))
                        .map(String::strip)
                        .map(matching(pattern))
                        .toList(),
                found -> "a value of another form")
            .orElse(null);
  }

  /** The driver of PostgreSQL decides; the address can hold a password. */
  void databaseUrl(String property) {
    String wanted = "be the JDBC address of PostgreSQL, as jdbc:postgresql://host:5432/database";
    read(
        property,
        wanted,
        found -> {
          try {
            return DriverManager.getDriver(found);
          } catch (SQLException e) {
            throw new IllegalArgumentException(e);
          }
        },
        found -> "a value of another form");
  }

  void port(String property) {
    text(
        property,
        "be a port number",
        "[0-5]?\\d{1,4}|6[0-4]\\d{3}|65[0-4]\\d{2}|655[0-2]\\d|6553[0-5]");
  }

  /** Nothing stands for all addresses of this machine. */
  void address(String property) {
    if (value(property).isPresent()) {
      read(
          property,
          "be an address of this machine, or nothing for all that it has",
          SettingsReader::ownAddress,
          found -> found);
    }
  }

  private static InetAddress ownAddress(String found) {
    try {
      InetAddress address = InetAddress.getByName(found);
      if (!address.isAnyLocalAddress() && NetworkInterface.getByInetAddress(address) == null) {
        throw new IllegalArgumentException("Not here: " + address);
      }
      return address;
    } catch (IOException e) {
      throw new IllegalArgumentException(e);
    }
  }

  Origin origin(String property) {
    String wanted = "be an https origin, as https://host or https://host:port";
    return read(property, wanted, Origin::of, found -> found).orElse(null);
  }

  String issuer(String property) {
    String wanted = "be the https address of the Keycloak realm, without a slash at its end";
    return read(
            property,
            wanted,
            found -> {
              Origin.ofUrl(found);
              URI uri = URI.create(found);
              if (found.endsWith("/")
                  || uri.getRawQuery() != null
                  || uri.getRawFragment() != null) {
                throw new IllegalArgumentException();
              }
              return found;
            },
            found -> found)
        .orElse(null);
  }

  /** By default where Keycloak publishes the keys of the issuer. */
  URI jwksUrl(String property, String issuer) {
    if (value(property).isEmpty()) {
      return issuer == null ? null : URI.create(issuer + "/protocol/openid-connect/certs");
    }
    String wanted = "be an https address, or an http address inside the cluster";
    return read(
            property,
            wanted,
            found -> {
              URI uri = URI.create(found);
              boolean inCluster =
                  "http".equals(uri.getScheme())
                      && uri.getHost() != null
                      && uri.getRawUserInfo() == null
                      && uri.getPort() <= 65_535
                      && IN_CLUSTER.matcher(uri.getHost()).matches();
              if (!inCluster) {
                Origin.ofUrl(found);
              }
              return uri;
            },
            found -> found)
        .orElse(null);
  }

  Duration duration(String property, String shortest, String longest) {
    return read(
            property,
            "be a time from " + shortest + " to " + longest,
            found -> {
              Duration time = DurationStyle.SIMPLE.parse(found);
              if (time.compareTo(DurationStyle.SIMPLE.parse(shortest)) < 0
                  || time.compareTo(DurationStyle.SIMPLE.parse(longest)) > 0) {
                throw new IllegalArgumentException();
              }
              return time;
            },
            found -> found)
        .orElse(null);
  }

  /** A whole number; 0 if there is none. */
  int number(String property, int least, int most) {
    String wanted = "be a whole number from " + least + " to " + most;
    return read(
            property,
            wanted,
            found -> {
              int number = Integer.parseInt(found.strip());
              if (number < least || number > most) {
                throw new IllegalArgumentException();
              }
              return number;
            },
            found -> found)
        .orElse(0);
  }

  Portal portal() {
    Set<Origin> returnOrigins = origins("portal.return-origins");
    if (returnOrigins.isEmpty() && value("portal.return-origins").isEmpty()) {
      refuse("portal.return-origins", "list https origins", "nothing");
    }
    String defaultReturnUrl =
        read(
                "portal.default-return-url",
                "be an address on an origin of PORTAL_RETURN_ORIGINS",
                found -> {
                  if (!returnOrigins.contains(Origin.ofUrl(found))) {
                    throw new IllegalArgumentException();
                  }
                  return found;
                },
                found -> found)
            .orElse(null);
    return new Portal(
        defaultReturnUrl,
        returnOrigins,
        origins("portal.cors-origins"),
        headerNames("portal.cors-headers"),
        duration("portal.deadline", "1s", "10s"),
        number("portal.requests-at-once", 1, 10_000),
        number("portal.sessions-per-minute", 1, 1_000_000),
        number("portal.sessions-in-burst", 1, 1_000_000));
  }

  /** What the portal shall offer is read where it is used: here it is only seen that it can be. */
  void offer(String property) {
    String wanted = "be a YAML file that declares what the portal offers";
    read(property, wanted, matching("(file|classpath):.+"), found -> found)
        .ifPresent(
            location -> {
              try {
                PortalConfigurationFile.read(location, properties);
              } catch (IllegalArgumentException e) {
                refuse(property, wanted, location + ", " + e.getMessage());
              }
            });
  }

  void failIfAnyIsInvalid() {
    if (!problems.isEmpty()) {
      throw new InvalidSettingsException(problems);
    }
  }

  private Set<Origin> origins(String property) {
    return list(property, "list https origins", Origin::of);
  }

  /** Tokens of RFC 9110 in lower case, without the star, by which some mean all names. */
  private Set<String> headerNames(String property) {
    return list(
        property,
        "list names of HTTP headers",
        matching("[\\w!#$%&'+.^`|~-]+").andThen(name -> name.toLowerCase(Locale.ROOT)));
  }

  /** What stands between commas, without the spaces around it; none is there twice. */
  private <T> Set<T> list(String property, String wanted, Function<String, T> parse) {
    Set<T> list = new LinkedHashSet<>();
    for (String entry : value(property).map(found -> found.split(",")).orElse(new String[0])) {
      try {
        list.add(parse.apply(entry.strip()));
      } catch (IllegalArgumentException e) {
        refuse(property, wanted, entry.isBlank() ? "nothing" : entry.strip());
      }
    }
    return list;
  }

  private static Function<String, String> matching(String pattern) {
    return found -> {
      if (!found.matches(pattern)) {
        throw new IllegalArgumentException();
      }
      return found;
    };
  }

  private <T> Optional<T> read(
      String property, String wanted, Function<String, T> parse, Function<String, String> show) {
    Optional<String> found = value(property);
    if (found.isEmpty()) {
      refuse(property, wanted, "nothing");
      return Optional.empty();
    }
    try {
      return found.map(parse);
    } catch (IllegalArgumentException e) {
      refuse(property, wanted, found.map(show).get());
      return Optional.empty();
    }
  }

  private Optional<String> value(String property) {
    return Optional.ofNullable(properties.getProperty(property)).filter(text -> !text.isBlank());
  }

  /** Whatever it is that was set by mistake, a key or a password in it is not printed. */
  private static String withoutSecrets(String found) {
    return found.replaceAll("//[^/@]*@", "//…@").replaceAll("\\b(sk|rk|whsec)_\\w+", "$1_…");
  }

  private void refuse(String property, String wanted, String found) {
    String variable = property.toUpperCase(Locale.ROOT).replaceAll("[.-]", "_");
    problems.add(variable + " must " + wanted + ". Found: " + withoutSecrets(found));
  }
}
