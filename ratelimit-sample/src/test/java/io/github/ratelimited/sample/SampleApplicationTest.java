package io.github.ratelimited.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.github.ratelimited.autoconfigure.test.AutoConfigureRateLimitTest;
import io.github.ratelimited.test.MutableTimeSource;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;

/** A real server and a real client; only the limits' time is virtual. */
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT)
@AutoConfigureRateLimitTest
@Timeout(60)
class SampleApplicationTest {

    private final HttpClient client = HttpClient.newHttpClient();

    @Autowired
    private MutableTimeSource time;

    @LocalServerPort
    private int port;

    @Nested
    class Orders {

        @Test
        void areDeniedWith429WhenThePermitsAreUsedUp() {
            assertThat(statuses("/orders", 3)).containsExactly(200, 200, 429);
        }

        @Test
        void areAllowedAgainAfterRetryAfter() {
            statuses("/orders", 2);
            assertThat(get("/orders").headers().firstValueAsLong("Retry-After")).hasValue(5);

            time.advance(Duration.ofSeconds(5));
            assertThat(statuses("/orders", 2)).containsExactly(200, 429);
        }

        @Test
        void areNeverToldToRetryTooEarly() {
            statuses("/orders", 2);
            time.advance(Duration.ofMillis(3999));
            assertThat(get("/orders").headers().firstValueAsLong("Retry-After")).hasValue(2);

            time.advance(Duration.ofSeconds(1));
            assertThat(get("/orders").headers().firstValueAsLong("Retry-After")).hasValue(1);
        }

        @Test
        void areDeniedWithAProblem() {
            statuses("/orders", 2);

            HttpResponse<String> denied = get("/orders");
            assertThat(denied.headers().firstValue("Content-Type")).hasValue("application/problem+json");
            assertThat(denied.body())
                    .contains("\"type\":\"https://iana.org/assignments/http-problem-types#quota-exceeded\"")
                    .contains("\"status\":429")
                    .contains("\"detail\":\"Rate limit 'orders' exceeded: 2 per 10s; retry after 5s\"")
                    .contains("\"violated-policies\":[\"orders\"]");
        }
    }

    @Nested
    class Greetings {

        @Test
        void ofOneUserDoNotUseUpThoseOfAnother() {
            assertThat(statuses("/hello/anna", 3)).containsExactly(200, 200, 429);
            assertThat(statuses("/hello/ben", 2)).containsExactly(200, 200);
            assertThat(get("/hello/anna").statusCode()).isEqualTo(429);
        }

        @Test
        void areForTheUserOfThePath() {
            assertThat(get("/hello/carla").body()).isEqualTo("Hello, carla");
        }
    }

    @Nested
    class TheSlowCall {

        @Test
        void waitsForItsTurnWhenItIsOverTheLimit() {
            List<CompletableFuture<HttpResponse<String>>> calls =
                    Stream.generate(() -> getAsync("/slow")).limit(5).toList();
            time.awaitParkedThreads(4);
            long waitBegins = time.nanoTime();

            CompletableFuture<Void> all = CompletableFuture.allOf(calls.toArray(CompletableFuture<?>[]::new));
            while (!all.isDone()) {
                time.advance(Duration.ofMillis(10));
                Thread.onSpinWait();
            }

            assertThat(calls).extracting(call -> call.join().statusCode()).containsOnly(200);
            assertThat(time.nanoTime() - waitBegins)
                    .isGreaterThanOrEqualTo(Duration.ofMillis(800).toNanos());
        }
    }

    @Test
    void isReachedFromItsOwnMachineAlone() throws SocketException {
        List<InetAddress> others = NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(address -> !address.isLoopbackAddress())
                .toList();
        for (InetAddress other : others) {
            assertThatIOException().as("%s", other).isThrownBy(() -> new Socket(other, port).close());
        }
    }

    private List<Integer> statuses(String path, int calls) {
        return Stream.generate(() -> get(path).statusCode()).limit(calls).toList();
    }

    private HttpResponse<String> get(String path) {
        return getAsync(path).join();
    }

    private CompletableFuture<HttpResponse<String>> getAsync(String path) {
        URI url = URI.create("http://localhost:" + port + path);
        return client.sendAsync(HttpRequest.newBuilder(url).build(), HttpResponse.BodyHandlers.ofString());
    }
}
