package io.github.ratelimited.sample;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.RateLimiterRegistry;
import io.github.ratelimited.autoconfigure.test.AutoConfigureRateLimitTest;
import io.github.ratelimited.test.MutableTimeSource;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;

/** Real HTTP on both sides; only the limits' time is virtual. */
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT)
@AutoConfigureRateLimitTest
@Timeout(60)
class FetchControllerTest {

    private static final Duration TURN = Duration.ofMillis(200);

    private final HttpClient client = HttpClient.newHttpClient();

    @LocalServerPort
    private int port;

    @Autowired
    private RateLimiterRegistry limits;

    @Autowired
    private MutableTimeSource time;

    @Test
    void nobodyWaitsForAClientThatHasGone() throws Exception {
        String paths = IntStream.range(0, 100).mapToObj(i -> "/item/" + i).collect(Collectors.joining("\\n"));
        try (InputStream lines = post(paths).body()) {
            assertThat(lines.read()).isEqualTo('d'); // the first of them
        }
        for (int turns = 0; turns < 50 && untilATurn().compareTo(TURN) > 0; turns++) {
            time.advance(TURN); // one more is written, by which the server learns it
            Thread.sleep(100);
        }
        assertThat(untilATurn()).isLessThanOrEqualTo(TURN);
    }

    @Test
    void fewAreBegunInAMinute() throws Exception {
        try (InputStream lines = post("/item/1").body()) {
            assertThat(lines.read()).isEqualTo('d');
        }
        assertThat(limits.get("fetches").tryAcquire(19)).isTrue();
        assertThat(post("/item/1").statusCode()).isEqualTo(429);
    }

    private Duration untilATurn() {
        Duration retryAfter = limits.get("fetch").peek().retryAfter();
        assertThat(retryAfter).isNotNull();
        return retryAfter;
    }

    private HttpResponse<InputStream> post(String paths) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://localhost:" + port + "/demo/fetch"))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString("{\"paths\": \"" + paths + "\"}"))
                .build();
        return client.send(request, BodyHandlers.ofInputStream());
    }
}
