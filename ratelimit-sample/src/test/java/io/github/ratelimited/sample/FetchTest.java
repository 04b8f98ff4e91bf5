package io.github.ratelimited.sample;

import static io.github.ratelimited.test.RateLimitAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.RateLimiterRegistry;
import io.github.ratelimited.autoconfigure.test.AutoConfigureRateLimitTest;
import io.github.ratelimited.test.MutableTimeSource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;

/** Real HTTP on both sides; only the limit's time is virtual. */
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.NONE)
@AutoConfigureRateLimitTest
@Timeout(60)
class FetchTest {

    private final DemoUpstream upstream = DemoUpstream.start();
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

    @Autowired
    private Fetch fetch;

    @Autowired
    private RateLimiterRegistry limits;

    @Autowired
    private MutableTimeSource time;

    @AfterEach
    void stop() {
        upstream.close();
    }

    @Test
    void startsOneRequestEvery200Milliseconds() {
        List<URI> urls = items(11);

        FetchSummary summary = fetchAll(urls, Duration.ofSeconds(2));

        assertThat(summary).isEqualTo(new FetchSummary(11, 0, 2.0, 5.0));
        assertThat(printed.toString(StandardCharsets.UTF_8))
                .contains("   0.000  200  " + urls.get(0))
                .contains("   0.200  200  " + urls.get(1))
                .contains("   2.000  200  " + urls.get(10));
    }

    @Test
    void goesOnAfterARequestThatFails() throws IOException {
        URI nobody;
        try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nobody = URI.create("http://127.0.0.1:" + closed.getLocalPort() + "/");
        }

        FetchSummary summary = fetchAll(
                List.of(nobody, URI.create("http://127.0.0.1:99999/"), url("/item/1")), Duration.ofMillis(400));

        assertThat(summary.failed()).isEqualTo(2);
        assertThat(printed.toString(StandardCharsets.UTF_8))
                .contains("   0.000  ERR  " + nobody + "  java.net.ConnectException")
                .contains("   0.200  ERR  http://127.0.0.1:99999/  ")
                .contains("   0.400  200  " + url("/item/1"));
    }

    @Test
    void thoseThatWaitAreCancelledTogether() {
        CompletableFuture<FetchSummary> summary = fetch.start(items(50), fetched -> {});
        assertThat(limits.get("fetch").peek()).hasRetryAfter(Duration.ofSeconds(10));

        summary.cancel(true);

        assertThat(limits.get("fetch").peek()).hasRetryAfter(Duration.ofMillis(200));
    }

    @Test
    void whoWouldWaitLongerThanAMinuteIsDeniedOnThePageAlone() {
        List<Fetch.Fetched> done = new CopyOnWriteArrayList<>();
        CompletableFuture<FetchSummary> ofPage = fetch.start(items(303), done::add);
        assertThat(done)
                .filteredOn(Fetch.Fetched::failed)
                .hasSize(2)
                .allSatisfy(denied -> assertThat(denied.failure()).contains("Rate limit 'fetch' exceeded"));
        ofPage.cancel(true);

        limits.get("fetch").reset();
        assertThat(fetchAll(items(303), Duration.ofSeconds(61)).failed()).isZero();
    }

    private FetchSummary fetchAll(List<URI> urls, Duration virtualTime) {
        CompletableFuture<FetchSummary> summary =
                fetch.start(urls, new PrintStream(printed, true, StandardCharsets.UTF_8));
        time.advance(virtualTime);
        return summary.join();
    }

    private List<URI> items(int count) {
        return IntStream.rangeClosed(1, count)
                .mapToObj(number -> url("/item/" + number))
                .toList();
    }

    private URI url(String path) {
        return upstream.resolve(URI.create(path));
    }
}
