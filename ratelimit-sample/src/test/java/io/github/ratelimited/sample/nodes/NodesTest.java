package io.github.ratelimited.sample.nodes;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.microsoft.playwright.Page;
import io.github.ratelimited.sample.SampleApplication;
import io.github.ratelimited.sample.live.Chromium;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.ConfigurableApplicationContext;

/** Two whole nodes, and the real servers that the sample starts for them. */
@Timeout(180)
class NodesTest {

    private static final Pattern COUNTED = Pattern.compile("\"allowed\":(\\d+),\"waited\":(\\d+),\"denied\":(\\d+)");

    private final HttpClient client = HttpClient.newHttpClient();
    private ConfigurableApplicationContext first;
    private String page;

    @AfterEach
    void stop() {
        if (first != null) {
            first.close();
        }
    }

    @ParameterizedTest
    @CsvSource({"redis, 10", "postgres, 10", "default, 20"})
    void keepOneLimitTogetherWhereTheyCountInOnePlace(String profile, int allowed) throws Exception {
        start(profile);
        post("", "actuator/ratelimits/token-bucket", "{\"permits\": 10, \"per\": \"1h\"}");
        post("nodes/2/", "actuator/ratelimits/token-bucket", "{\"permits\": 10, \"per\": \"1h\"}");

        post("", "demo/burst", "{\"calls\": 25}");
        post("nodes/2/", "demo/burst", "{\"calls\": 25}");

        int[] together = {0, 0};
        while (together[0] + together[1] < 50) { // a store's answers come when they come
            together = new int[] {0, 0};
            count("", together);
            count("nodes/2/", together);
        }
        assertThat(together).containsExactly(allowed, 50 - allowed);
        assertThat(get("actuator/health").body()).contains("\"status\":\"UP\"");
    }

    @Test
    void areShownSideBySideOnThePage() {
        start("redis");
        try (Chromium chromium = Chromium.start()) {
            Page shown = chromium.browser().newPage();
            shown.navigate(page);
            assertThat(shown.locator("#connection")).hasText("Live");
            shown.locator("#rate").fill("40");
            assertThat(shown.locator("#nodes-note")).containsText("All nodes count in the same Redis");
            assertThat(shown.locator("#nodes-table tbody tr")).hasCount(3);
            // Together: which of them gets the permits of a second is a matter of luck.
            shown.waitForFunction("() => { const [a, b] = Chart.getChart('nodes-chart').data.datasets.slice(1)"
                    + ".map(node => node.data);"
                    + " return a.filter((calls, i) => calls + b[i] > 0).length >= 4; }");
            // Of seconds after the first, whose bucket was full: the limit and what one second has of the next one's.
            int most = ((Number)
                            shown.evaluate("() => { const [a, b] = Chart.getChart('nodes-chart').data.datasets.slice(1)"
                                    + ".map(node => node.data); const sums = a.map((calls, i) => calls + b[i]);"
                                    + " const begin = sums.findIndex(sum => sum > 0);"
                                    + " return Math.max(...sums.slice(begin + 2)); }"))
                    .intValue();
            assertThat(most).isBetween(4, 6);
            shown.screenshot(new Page.ScreenshotOptions()
                    .setPath(Path.of("target/screenshots/page-nodes.png"))
                    .setFullPage(true));
        }
    }

    @Test
    void whatIsNoNodeIsNotFound() throws Exception {
        start("default");
        assertThat(get("nodes/3/demo/events").statusCode()).isEqualTo(404);
        assertThat(get("nodes/1/demo/events").statusCode()).isEqualTo(404);
    }

    @Test
    void areOneWhereNobodySaysHowMany() {
        assertThat(Nodes.count("--server.port=0")).isEqualTo(1);
        assertThat(Nodes.count("--nodes=2")).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"--nodes", "--nodes=", "--nodes=0", "--nodes=4", "--nodes=two"})
    void areAFewInNumber(String argument) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Nodes.count(argument))
                .withMessageContaining("is not a number from 1 to 3; write for example --nodes=2");
    }

    @Test
    void areNoMoreThanABrowserCanWatch() {
        Peers peers = new Peers(List.of(URI.create("http://a:8081"), URI.create("http://b:8082")));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> peers.add(URI.create("http://c:8083")))
                .withMessageContaining("'http://c:8083' is one too many; the page shows 3 nodes");
    }

    /** With stores that are waited for on a slow machine too, where calls were let in otherwise. */
    private void start(String profile) {
        first = Nodes.start(
                SampleApplication.class,
                2,
                "--server.port=0",
                "--spring.profiles.active=" + profile,
                "--ratelimit.redis.timeout=20s",
                "--ratelimit.jdbc.timeout=20s");
        page = "http://localhost:" + first.getEnvironment().getProperty("local.server.port") + "/";
    }

    private void post(String node, String path, String json) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(page + node + path))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(json))
                .build();
        HttpResponse<String> answer = client.send(request, BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isBetween(200, 204);
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return client.send(HttpRequest.newBuilder(URI.create(page + path)).build(), BodyHandlers.ofString());
    }

    /** Adds what the next event of a node says of the last minute. */
    private void count(String node, int[] together) throws IOException, InterruptedException {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(page + node + "demo/events")).build();
        try (var lines = client.send(request, BodyHandlers.ofLines()).body()) {
            String event =
                    lines.filter(line -> line.startsWith("data:")).findFirst().orElseThrow();
            Matcher counted = COUNTED.matcher(event);
            while (counted.find()) {
                together[0] += Integer.parseInt(counted.group(1));
                together[1] += Integer.parseInt(counted.group(3));
            }
        }
    }
}
