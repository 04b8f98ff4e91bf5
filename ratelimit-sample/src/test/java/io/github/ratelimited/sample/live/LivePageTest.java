package io.github.ratelimited.sample.live;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser.NewContextOptions;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions.HasTextOptions;
import com.microsoft.playwright.options.BoundingBox;
import com.microsoft.playwright.options.ColorScheme;
import io.github.ratelimited.Limit;
import io.github.ratelimited.RateLimiterRegistry;
import io.github.ratelimited.autoconfigure.actuate.RateLimitsEndpoint;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;

/** The page as a person uses it, in a real browser and in real time. */
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT)
@Timeout(120)
class LivePageTest {

    private static final String DRAWN = "name => Chart.getChart('chart').data.datasets.find(d => d.label === name)"
            + ".data.reduce((a, b) => a + b, 0)";

    private static Chromium chromium;

    private final Queue<String> requested = new ConcurrentLinkedQueue<>();

    @LocalServerPort
    private int port;

    @Autowired
    private RateLimiterRegistry registry;

    @Autowired
    private RateLimitsEndpoint operator;

    @Autowired
    private Traffic traffic;

    private BrowserContext context;
    private Page page;

    @BeforeAll
    static void startBrowser() {
        chromium = Chromium.start();
    }

    @AfterAll
    static void stopBrowser() {
        if (chromium != null) {
            chromium.close();
        }
    }

    @BeforeEach
    void open() {
        traffic.change(new TrafficWish("token-bucket", 0, false));
        registry.replace("token-bucket", Limit.of(5, Duration.ofSeconds(1)));
        operator.change("token-bucket", null, null, null, null, "0s", null, null);
        registry.get("token-bucket").reset();
        open(new NewContextOptions().setViewportSize(1280, 900));
    }

    private void open(NewContextOptions options) {
        close();
        context = chromium.browser().newContext(options);
        page = context.newPage();
        page.onRequest(request -> requested.add(request.url()));
        page.navigate("http://localhost:" + port + "/");
    }

    @AfterEach
    void close() {
        if (context != null) {
            context.close();
        }
    }

    @Test
    void showsABurstAboveTheLimitAndTheDenialsStopWhenTheLimitIsDraggedUp() {
        assertThat(page.locator("#connection")).hasText("Live");

        page.locator("#burst").click();

        page.waitForFunction("() => (" + DRAWN + ")('denied') >= 15");
        assertThat(((Number) page.evaluate(DRAWN, "allowed")).intValue()).isBetween(5, 6);
        assertThat(page.locator("#response-status")).containsText("429 Too Many Requests");
        assertThat(page.locator("#response-headers")).containsText("\"token-bucket\";q=5;w=1");
        assertThat(page.locator("#response-headers")).containsText("Retry-After");
        assertThat(page.locator("#response-body")).containsText("Rate limit 'token-bucket' exceeded");

        drag("#rate", 0.6);
        assertThat(page.locator("#last-denied")).not().hasText("0");
        drag("#permits", 0.99);

        assertThat(page.locator("#last-denied")).hasText("0");
        assertThat(page.locator("#last-allowed")).hasText(Pattern.compile("2[0-9]|3[0-9]"));
        assertThat(registry.get("token-bucket").limit().permits()).isGreaterThan(45);
        assertThat(page.locator("#response-status")).containsText("200 OK");
    }

    @Test
    void showsWhoWaitsAndForHowLong() {
        page.getByLabel("Wait up to 10 s").check();
        assertThat(page.locator("#annotation")).containsText("maxWait = \"10s\"");
        page.locator("#burst").click();

        assertThat(page.locator("#line li").first()).hasText(Pattern.compile("call #\\d+\\s*\\d\\.\\d s"));
        page.screenshot(new Page.ScreenshotOptions().setPath(Path.of("target/screenshots/page-waiting.png")));
        page.waitForFunction("() => (" + DRAWN + ")('waited') >= 10");
        assertThat(page.locator("#waiting")).hasText("0");
        assertThat(page.locator("#response-status")).containsText("200 OK");
    }

    @Test
    void isUsedByKeyboardAlone() {
        assertThat(page.locator("#connection")).hasText("Live");
        page.locator("#permits").focus();
        page.keyboard().press("ArrowRight");
        assertThat(page.locator("#annotation")).containsText("permits = 6");
        page.waitForCondition(() -> registry.get("token-bucket").limit().permits() == 6);

        page.keyboard().press("Tab");
        page.keyboard().press("ArrowRight");
        page.waitForCondition(
                () -> registry.get("token-bucket").limit().period().equals(Duration.ofSeconds(2)));
    }

    @Test
    void aSliderChangesItsOwnNumberOfTheLimitThatItWasMovedFor() {
        registry.replace("token-bucket", Limit.of(5, Duration.ofMillis(1500)));
        assertThat(page.locator("#per-value")).hasText("1500ms");

        page.evaluate("() => { const permits = document.getElementById('permits'); permits.value = 9;"
                + " permits.dispatchEvent(new Event('input', {bubbles: true}));"
                + " document.querySelector('[value=sliding-window]').click(); }");

        page.waitForCondition(() -> traffic.wish().limit().equals("sliding-window"));
        assertThat(page.locator("#permits-value")).hasText("5");
        assertThat(registry.get("token-bucket").limit()).isEqualTo(Limit.of(9, Duration.ofMillis(1500)));
        assertThat(registry.get("sliding-window").limit().permits()).isEqualTo(5);
    }

    @Test
    void showsTheAnnotationThatSaysWhatHolds() {
        registry.replace("token-bucket", Limit.of(80, Duration.ofMillis(1500)).withBurst(100));
        operator.change("token-bucket", null, null, null, null, "3s", null, null);
        Locator annotation = page.locator("#annotation");
        assertThat(annotation).hasText("@RateLimited(permits = 80, per = \"1500ms\", burst = 100, maxWait = \"3s\")");

        page.getByLabel("Sliding window").check();
        assertThat(annotation).hasText("@RateLimited(permits = 5, per = \"1s\", algorithm = Algorithm.SLIDING_WINDOW)");
    }

    @Test
    void fetchesUrlsAsATimeline() {
        page.locator("#paths").fill("/item/1\n/item/2\n/item/3\n/item/4\n/item/5\n/item/6");
        page.getByText("Fetch", new Page.GetByTextOptions().setExact(true)).click();

        assertThat(page.locator("#fetch-status")).containsText("6 requests, 0 failed, ");
        assertThat(page.locator("#timeline-table tbody tr")).hasCount(6);
        String rate = page.locator("#fetch-status").textContent().replaceAll(".*failed, | a second", "");
        assertThat(Double.parseDouble(rate)).isBetween(1.0, 5.1);
    }

    @Test
    void waitsForThoseThatAreNotFetchedYetWhateverTheyAreCalled() {
        page.locator("#paths").fill("/a%20b?c=%26\n/d#e\n/a%20b?c=%26\n/ä\n/f");
        page.getByText("Fetch", new Page.GetByTextOptions().setExact(true)).click();

        page.waitForFunction(
                "() => Chart.getChart('timeline').data.labels.join(' ') === '/a%20b?c=%26 /d /a%20b?c=%26 /ä /f'"
                        + " && document.getElementById('timeline-table').tBodies[0].rows.length === 2");
        assertThat(page.locator("#fetch-status")).containsText("5 requests, 0 failed, ");
    }

    @Test
    void takesWhatPeopleTypeAsText() {
        page.locator("#paths").fill("<img src=x onerror=document.title='hacked'>");
        page.getByText("Fetch", new Page.GetByTextOptions().setExact(true)).click();

        assertThat(page.locator("#fetch-status")).containsText("<img src=x");
        assertThat(page.locator("img")).hasCount(0);
        assertThat(page.title()).isEqualTo("Ratelimit, live");
    }

    @Test
    void saysSoWhenTheServerKeepsItWaiting() {
        page.route(Pattern.compile("/demo/(call|burst)"), neverAnswered -> {});
        page.locator("#once").click();
        page.locator("#burst").click();
        assertThat(page.locator("#problem"))
                .hasText(
                        "The server has not answered for 6 s; whether something was changed is not known.",
                        new HasTextOptions().setTimeout(15_000));
        assertThat(page.locator("#response-status"))
                .hasText("No response in 20 s: given up.", new HasTextOptions().setTimeout(30_000));
    }

    @Test
    void setsNoTextAgainThatAScreenReaderWouldReadAloudAgain() {
        page.route(Pattern.compile("/demo/(burst|call)"), route -> route.abort());
        page.locator("#burst").click();
        assertThat(page.locator("#problem")).hasText("The server does not answer; nothing was changed.");
        assertThat(page.locator("#connection")).hasText("Live");
        page.waitForTimeout(2000);
        page.evaluate("() => { window.said = []; const hear = new MutationObserver(changes => changes.forEach("
                + "change => said.push(change.target.textContent)));"
                + " document.querySelectorAll('output, [role=status], [role=alert], [aria-live]').forEach("
                + "each => hear.observe(each, {childList: true, characterData: true, subtree: true})); }");

        page.locator("#burst").click();
        page.waitForTimeout(1500);

        assertThat((List<?>) page.evaluate("() => said")).isEmpty();
    }

    @Test
    void asksNobodyButItsOwnServer() {
        assertThat(page.locator("#connection")).hasText("Live");
        assertThat(requested).isNotEmpty().allMatch(url -> url.startsWith("http://localhost:" + port + "/"));
    }

    @Test
    void saysSoWhereScriptsAreSwitchedOff() {
        open(new NewContextOptions().setJavaScriptEnabled(false));
        assertThat(page.locator("noscript p")).isVisible();
        assertThat(page.locator("noscript p").textContent())
                .contains("This page draws with JavaScript, which is switched off here");
    }

    @Test
    void saysSoWhenAPartOfItIsMissingAndGoesOn() {
        page.route("**/chart.umd.min.js", route -> route.abort());
        page.reload();
        assertThat(page.locator("#problem")).containsText("could not be loaded");
        assertThat(page.locator("#connection")).hasText("Live");
        page.locator("#burst").click();
        page.locator("#chart-details summary").click();
        page.waitForFunction("() => [...document.querySelectorAll('#chart-table tbody td:last-child')]"
                + ".reduce((sum, denied) => sum + Number(denied.textContent), 0) >= 10");
    }

    @Test
    void looksWell() {
        registry.replace("token-bucket", Limit.of(8, Duration.ofSeconds(1)));
        for (ColorScheme scheme : List.of(ColorScheme.LIGHT, ColorScheme.DARK)) {
            open(new NewContextOptions().setViewportSize(1280, 900).setColorScheme(scheme));
            fillAndTake("page-" + scheme.name().toLowerCase(Locale.ROOT));
        }
        open(new NewContextOptions().setViewportSize(390, 844).setDeviceScaleFactor(2));
        fillAndTake("page-phone");
        assertThat((Boolean) page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"))
                .as("nothing is wider than a phone")
                .isTrue();
    }

    private void fillAndTake(String name) {
        assertThat(page.locator("#connection")).hasText("Live");
        page.getByLabel("Wait up to 10 s").check();
        page.locator("#burst").click();
        page.getByText("Fetch", new Page.GetByTextOptions().setExact(true)).click();
        assertThat(page.locator("#fetch-status")).containsText("20 requests, 0 failed");
        page.getByLabel("Reject").check();
        page.waitForCondition(() -> registry.get("token-bucket").maxWait().isZero());
        page.locator("#burst").click();
        page.waitForFunction("() => (" + DRAWN + ")('denied') >= 10");
        assertThat(page.locator("#response-status")).containsText("429");
        page.screenshot(new Page.ScreenshotOptions()
                .setPath(Path.of("target/screenshots", name + ".png"))
                .setFullPage(true));
    }

    /** By the mouse, from where the slider stands to that part of its width. */
    private void drag(String slider, double to) {
        Locator range = page.locator(slider);
        range.scrollIntoViewIfNeeded();
        BoundingBox box = range.boundingBox();
        double at = (double) page.evaluate(
                "id => { const r = document.querySelector(id); return (r.value - r.min) / (r.max - r.min) + 0.0001; }",
                slider);
        double y = box.y + box.height / 2;
        page.mouse().move(box.x + 8 + (box.width - 16) * at, y);
        page.mouse().down();
        page.mouse().move(box.x + 8 + (box.width - 16) * (at + to) / 2, y);
        page.mouse().move(box.x + 8 + (box.width - 16) * to, y);
        page.mouse().up();
    }
}
