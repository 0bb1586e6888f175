package com.llmgenerator.billing.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.stream.Stream;
import org.openqa.selenium.By;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.WebDriverException;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.WindowType;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;
import org.openqa.selenium.support.ui.WebDriverWait;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A headless Chromium in French that resolves no name but {@code localhost}. It and its driver are
 * those of the {@code PATH}: nothing is downloaded.
 */
final class Browser implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Browser.class);
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(20);

  /** The narrowest page that WCAG 2.2 asks for (1.4.10, Reflow), in CSS pixels. */
  private static final int NARROWEST = 320;

  private static final String AXE = axe();

  private static final Optional<File> CHROMIUM =
      find("chromium", "chromium-browser", "google-chrome");
  private static final Optional<File> CHROMEDRIVER = find("chromedriver");

  private final ChromeDriver driver;

  private Browser(ChromeDriver driver) {
    this.driver = driver;
  }

  /** Skips the tests where there is none, or fails: {@code BROWSER_REQUIRED=true}. */
  static void require() {
    boolean required = "true".equals(System.getenv("BROWSER_REQUIRED"));
    boolean installed = CHROMIUM.isPresent() && CHROMEDRIVER.isPresent();
    if (!installed && !required) {
      LOG.warn("Skipping the tests of pages: no chromium and chromedriver in the PATH");
    }
    assumeTrue(installed || required);
    assertThat(installed).as("chromium and chromedriver are in the PATH").isTrue();
  }

  static Browser start() {
    ChromeOptions options = new ChromeOptions();
    options.setBinary(CHROMIUM.orElseThrow());
    options.addArguments(
        "--headless=new",
        "--hide-scrollbars",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
        "--disable-dev-shm-usage");
    if (System.getProperty("user.name").equals("root")) {
      options.addArguments("--no-sandbox");
    }
    options.setExperimentalOption("prefs", Map.of("intl.accept_languages", "fr"));
    LoggingPreferences logs = new LoggingPreferences();
    logs.enable(LogType.BROWSER, Level.ALL);
    options.setCapability(ChromeOptions.LOGGING_PREFS, logs);
    ChromeDriverService service =
        new ChromeDriverService.Builder().usingDriverExecutable(CHROMEDRIVER.orElseThrow()).build();
    return new Browser(new ChromeDriver(service, options));
  }

  private static Optional<File> find(String... names) {
    return Stream.of(names)
        .flatMap(
            name ->
                Stream.of(System.getenv("PATH").split(File.pathSeparator))
                    .map(folder -> new File(folder, name)))
        .filter(File::canExecute)
        .findFirst();
  }

  private static String axe() {
    try (InputStream script = Browser.class.getResourceAsStream("/axe.min.js")) {
      return new String(script.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void open(String url) {
    driver.get(url);
  }

  void back() {
    driver.navigate().back();
  }

  /** Is at an address that begins so, which may take some redirects. */
  void awaitAddress(String prefix) {
    await(() -> Stream.of(address()).filter(address -> address.startsWith(prefix)), prefix);
  }

  void awaitTitle(String title) {
    await(() -> Stream.of(driver.getTitle()).filter(title::equals), title);
  }

  String address() {
    return driver.getCurrentUrl();
  }

  /** The first element that is shown, once it is. */
  WebElement element(String css) {
    return await(() -> elements(css).filter(WebElement::isDisplayed), css);
  }

  void click(String css) {
    element(css).click();
  }

  void type(String css, String text) {
    element(css).sendKeys(text);
  }

  /** Waits until an element shows a text that matches, and returns it. */
  String awaitText(String css, String pattern) {
    return await(
        () -> elements(css).map(WebElement::getText).filter(text -> text.matches(pattern)),
        css + " with " + pattern);
  }

  boolean isShown(String css) {
    return elements(css).anyMatch(WebElement::isDisplayed);
  }

  /** Whether nobody has to scroll to an element, and nothing covers it. */
  boolean isInSight(String css) {
    return (Boolean)
        run(
            """
            const { x, y, width, height } = arguments[0].getBoundingClientRect();
            return document.elementFromPoint(x + width / 2, y + height / 2) === arguments[0];
            """,
            element(css));
  }

  private Stream<WebElement> elements(String css) {
    return driver.findElements(By.cssSelector(css)).stream();
  }

  WebElement focused() {
    return driver.switchTo().activeElement();
  }

  /** Runs a script in the page, which sees the arguments and may return something. */
  Object run(String script, Object... arguments) {
    return driver.executeScript(script, arguments);
  }

  /** Runs a script before those of each page that is opened meanwhile. */
  void withScript(String script, Runnable action) {
    Map<String, Object> added =
        command("Page.addScriptToEvaluateOnNewDocument", Map.of("source", script));
    try {
      action.run();
    } finally {
      command("Page.removeScriptToEvaluateOnNewDocument", added);
    }
  }

  /** Does something in another tab, and comes back. */
  void inAnotherTab(Runnable action) {
    String tab = driver.getWindowHandle();
    driver.switchTo().newWindow(WindowType.TAB);
    action.run();
    driver.close();
    driver.switchTo().window(tab);
  }

  void setOffline(boolean offline) {
    command("Network.enable", Map.of());
    command(
        "Network.emulateNetworkConditions",
        Map.of("offline", offline, "latency", 0, "downloadThroughput", -1, "uploadThroughput", -1));
  }

  /** Is signed in nowhere. */
  void forgetSessions() {
    command("Network.clearBrowserCookies", Map.of());
  }

  /**
   * Fails unless the page has no violation of WCAG 2.2 AA or of axe's best practices, in the light
   * and the dark scheme, and unless it fits a narrow screen.
   */
  void assertAccessible() {
    for (String scheme : List.of("dark", "light")) {
      Map<String, String> feature = Map.of("name", "prefers-color-scheme", "value", scheme);
      command("Emulation.setEmulatedMedia", Map.of("features", List.of(feature)));
      assertThat(violations()).as("%s, %s", address(), scheme).isEmpty();
    }
    command(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", NARROWEST, "height", 640, "deviceScaleFactor", 1, "mobile", false));
    assertThat((Long) run("return document.documentElement.scrollWidth"))
        .as(address())
        .isLessThanOrEqualTo(NARROWEST);
    command("Emulation.clearDeviceMetricsOverride", Map.of());
  }

  private List<?> violations() {
    run("if (!window.axe) {" + AXE + "}");
    return (List<?>)
        driver.executeAsyncScript(
            """
            const done = arguments[0];
            const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
            axe.run({ runOnly: { type: 'tag', values: tags } })
                .then(({ violations }) => done(violations.map(
                    ({ id, nodes }) => `${id}: ${nodes.map(({ failureSummary, html }) => html + failureSummary)}`)))
                .catch((error) => done([String(error)]));
            """);
  }

  /** What the browser blocked, and names that it was to resolve, since this was last asked. */
  List<String> blocked() {
    return driver.manage().logs().get(LogType.BROWSER).getAll().stream()
        .map(LogEntry::getMessage)
        .filter(
            message ->
                message.contains("Content Security Policy")
                    || message.contains("NAME_NOT_RESOLVED"))
        .toList();
  }

  /** Writes a picture of the upper part of the page. */
  void saveScreenshot(Path file, int width, int height) {
    command(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
    try {
      Files.createDirectories(file.getParent());
      Files.write(file, driver.getScreenshotAs(OutputType.BYTES));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      command("Emulation.clearDeviceMetricsOverride", Map.of());
    }
  }

  private Map<String, Object> command(String name, Map<String, Object> parameters) {
    return driver.executeCdpCommand(name, parameters);
  }

  /** The first of those that are there once there are some. */
  private <T> T await(Supplier<Stream<T>> those, String what) {
    return new WebDriverWait(driver, LONGEST_WAIT, Duration.ofMillis(50))
        // While the page changes, its driver has other errors than stale elements, too.
        .ignoring(WebDriverException.class)
        .withMessage(() -> "Not seen: %s\nin %s\n%s".formatted(what, address(), text()))
        .until(any -> those.get().findFirst().orElse(null));
  }

  /** All that the page shows. */
  String text() {
    return driver.findElement(By.tagName("body")).getText();
  }

  @Override
  public void close() {
    driver.quit();
  }
}
