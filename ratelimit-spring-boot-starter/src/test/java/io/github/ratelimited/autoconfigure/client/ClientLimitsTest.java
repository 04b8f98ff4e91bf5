package io.github.ratelimited.autoconfigure.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.github.ratelimited.Limit;
import io.github.ratelimited.LimitMode;
import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.autoconfigure.RateLimitAutoConfiguration;
import io.github.ratelimited.store.Admission;
import io.github.ratelimited.store.CallCounts;
import io.github.ratelimited.store.CallCounts.Outcome;
import io.github.ratelimited.store.HeldStore;
import io.github.ratelimited.store.Holds;
import io.github.ratelimited.store.LimitChange;
import io.github.ratelimited.store.LimitName;
import io.github.ratelimited.store.LimitPolicies;
import io.github.ratelimited.store.LimiterStore;
import io.github.ratelimited.store.StoreRateLimiter;
import io.github.ratelimited.store.StoreRateLimiterRegistry;
import io.github.ratelimited.store.memory.MemoryLimiterStore;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
import org.springframework.web.client.ResourceAccessException;
import org.springframework.web.client.RestClient;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.core.Disposable;

/** Clients of a real server, which says when it wants to be asked again. */
class ClientLimitsTest {

    private final ApplicationContextRunner application = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(RateLimitAutoConfiguration.class))
            .withBean(TimeSource.class, WatchedTime::new)
            .withBean(CallCounts.class, CallCounts::new)
            .withPropertyValues(
                    "ratelimit.limits.partner.permits=2",
                    "ratelimit.limits.partner.per=1m",
                    "ratelimit.limits.partner.obey-retry-after=true",
                    "ratelimit.limits.patient.permits=2",
                    "ratelimit.limits.patient.per=1m",
                    "ratelimit.limits.patient.max-wait=10m",
                    "ratelimit.limits.patient.obey-retry-after=true",
                    "ratelimit.limits.deaf.permits=5",
                    "ratelimit.limits.deaf.per=1m");

    private final AtomicInteger asked = new AtomicInteger();
    private HttpServer server;
    private volatile int status = 200;
    private volatile @Nullable String retryAfter;

    enum Kind {
        REST_CLIENT {
            @Override
            Client client(ApplicationContext context, String limit) {
                RestClient client = RestClient.builder()
                        .requestInterceptor(
                                context.getBean(RestClientLimits.class).by(limit))
                        .defaultStatusHandler(status -> true, (request, response) -> {})
                        .build();
                return url -> client.get()
                        .uri(url)
                        .retrieve()
                        .toBodilessEntity()
                        .getStatusCode()
                        .value();
            }
        },
        WEB_CLIENT {
            @Override
            Client client(ApplicationContext context, String limit) {
                WebClient client = WebClient.builder()
                        .filter(context.getBean(WebClientLimits.class).by(limit))
                        .build();
                return url -> client.get()
                        .uri(url)
                        .exchangeToMono(response -> response.releaseBody().thenReturn(response.statusCode()))
                        .block(Duration.ofSeconds(20))
                        .value();
            }
        };

        abstract Client client(ApplicationContext context, String limit);
    }

    private interface Client {
        int get(String url);
    }

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newCachedThreadPool());
        server.createContext("/", exchange -> {
            asked.incrementAndGet();
            if (retryAfter != null) {
                exchange.getResponseHeaders().set("Retry-After", retryAfter);
            }
            exchange.sendResponseHeaders(status, -1);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private String url(String host) {
        return "http://" + host + ":" + server.getAddress().getPort() + "/";
    }

    private void run(Kind kind, String limit, BiConsumer<Client, WatchedTime> test) {
        application.run(
                context -> test.accept(kind.client(context, limit), (WatchedTime) context.getBean(TimeSource.class)));
    }

    private void answer(int status, @Nullable String retryAfter) {
        this.status = status;
        this.retryAfter = retryAfter;
    }

    @ParameterizedTest
    @EnumSource
    void eachHostHasPermitsOfItsOwn(Kind kind) {
        run(kind, "partner", (client, time) -> {
            client.get(url("localhost"));
            client.get(url("LOCALHOST"));
            assertThatThrownBy(() -> client.get(url("localhost")))
                    .isInstanceOf(RateLimitExceededException.class)
                    .hasMessage("Rate limit 'partner' exceeded: 2 per 1m; retry after 30s");
            client.get(url("127.0.0.1"));
            assertThat(asked).hasValue(3);
        });
    }

    @ParameterizedTest
    @EnumSource
    void aHostThatSaysWhenGetsNoRequestBefore(Kind kind) {
        run(kind, "partner", (client, time) -> {
            answer(429, "120");
            assertThat(client.get(url("localhost"))).isEqualTo(429);
            answer(200, null);
            time.advance(Duration.ofMinutes(2).minusNanos(1));
            assertThatThrownBy(() -> client.get(url("localhost"))).isInstanceOf(RateLimitExceededException.class);
            assertThat(client.get(url("127.0.0.1"))).isEqualTo(200);
            time.advance(Duration.ofNanos(1));
            assertThat(client.get(url("localhost"))).isEqualTo(200);
            assertThat(asked).hasValue(3);
        });
    }

    @ParameterizedTest
    @EnumSource
    void whoMayWaitWaitsUntilThen(Kind kind) {
        run(kind, "patient", (client, time) -> {
            answer(503, "300");
            client.get(url("localhost"));
            answer(200, null);
            long others = time.waiting();
            CompletableFuture<Integer> second = CompletableFuture.supplyAsync(() -> client.get(url("localhost")));
            while (time.waiting() == others) {
                Thread.onSpinWait();
            }
            time.advance(Duration.ofSeconds(299));
            assertThat(asked).hasValue(1);
            time.advance(Duration.ofSeconds(1));
            assertThat(second.orTimeout(20, TimeUnit.SECONDS).join()).isEqualTo(200);
        });
    }

    /** What the server says is put into words here: it would say its own date. */
    @ParameterizedTest
    @CsvSource({
        "http://example.com/a, example.com",
        "http://Example.COM:80/, example.com",
        "https://user:secret@example.com.:443/, example.com",
        "https://example.com:80/, example.com:80",
        "http://example.com:8080/, example.com:8080",
        "http://example.com:/, example.com",
        "http://[2001:DB8::1]/, [2001:db8::1]",
        "http://[2001:db8::1]:81/, [2001:db8::1]:81",
        "http://under_score:80/, under_score",
        "http://example.com:0080/, example.com",
        "http://example.com:081/, example.com:81",
    })
    void howeverAHostIsWrittenItIsTheSame(URI uri, String host) {
        assertThat(HostLimit.hostOf(uri)).isEqualTo(host);
    }

    @ParameterizedTest
    @CsvSource({
        "'Wed, 21 Oct 2026 07:30:00 GMT', 'Wed, 21 Oct 2026 07:28:00 GMT', 120",
        "'Wed, 21 Oct 2026 07:27:00 GMT', 'Wed, 21 Oct 2026 07:28:00 GMT', 0",
        "'Thu, 01 Jan 1970 00:00:07 GMT', , 7",
        "999999999999999999, , 86400",
        "9999999999999999999, , 86400",
        "0000000000000000000007, , 7",
        "0, , 0",
        "-5, , 0",
        "soon, , 0",
        "1.5, , 0",
    })
    void aDateAnExtremeAndNonsense(String field, @Nullable String date, long seconds) throws InterruptedException {
        WatchedTime time = new WatchedTime();
        Holds holds = new Holds(new LimitPolicies(), time);
        LimiterStore store = new HeldStore(new MemoryLimiterStore(time, 100), holds);
        LimitName name = LimitName.of("hosts");
        HostLimit limit = new HostLimit(
                name,
                new StoreRateLimiter(name, Limit.of(100, Duration.ofSeconds(1)), new Admission(store, time)),
                holds,
                time);
        HttpHeaders headers = new HttpHeaders();
        headers.set("Retry-After", field);
        if (date != null) {
            headers.set("Date", date);
        }
        limit.answered("host", HttpStatusCode.valueOf(429), headers);
        if (seconds > 0) {
            time.advance(Duration.ofSeconds(seconds).minusNanos(1));
            assertThatThrownBy(() -> limit.acquire("host")).isInstanceOf(RateLimitExceededException.class);
            time.advance(Duration.ofNanos(1));
        }
        limit.acquire("host");
    }

    @Test
    void aLimitThatIsNotToldToDoesNotObey() {
        run(Kind.REST_CLIENT, "deaf", (client, time) -> {
            answer(429, "120");
            client.get(url("localhost"));
            assertThat(client.get(url("localhost"))).isEqualTo(429);
        });
    }

    @Test
    void whoIsInterruptedWhileAHostIsHeldBackStopsWaiting() {
        run(Kind.REST_CLIENT, "patient", (client, time) -> {
            answer(503, "300");
            client.get(url("localhost"));
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> client.get(url("localhost")))
                    .isInstanceOf(ResourceAccessException.class)
                    .hasCauseInstanceOf(InterruptedIOException.class);
            assertThat(Thread.interrupted()).isTrue();
            assertThat(asked).hasValue(1);
        });
    }

    private static void mode(ApplicationContext context, LimitMode mode) {
        context.getBean(StoreRateLimiterRegistry.class)
                .change("patient", LimitChange.of(policy -> policy.withMode(mode)));
    }

    private static long count(ApplicationContext context, String limit, Outcome outcome) {
        return context.getBean(CallCounts.class).of(LimitName.of(limit)).of(outcome);
    }

    @ParameterizedTest
    @EnumSource
    void inShadowModeAHostIsNotHeldBackButCounted(Kind kind) {
        application.withPropertyValues("ratelimit.limits.partner.mode=shadow").run(context -> {
            Client client = kind.client(context, "partner");
            answer(429, "120");
            client.get(url("localhost"));
            assertThat(client.get(url("localhost"))).isEqualTo(429);
            assertThat(count(context, "partner", Outcome.SHADOW_DENIED)).isEqualTo(1);
            assertThat(count(context, "partner", Outcome.DENIED)).isZero();
        });
    }

    @ParameterizedTest
    @EnumSource
    void aLimitThatIsOffHoldsNobodyBack(Kind kind) {
        application.withPropertyValues("ratelimit.limits.partner.mode=off").run(context -> {
            Client client = kind.client(context, "partner");
            answer(429, "120");
            client.get(url("localhost"));
            assertThat(client.get(url("localhost"))).isEqualTo(429);
            context.getBean(StoreRateLimiterRegistry.class)
                    .change("partner", LimitChange.of(policy -> policy.withMode(LimitMode.ENFORCE)));
            assertThat(client.get(url("localhost"))).as("nothing was noted").isEqualTo(429);
        });
    }

    @ParameterizedTest
    @EnumSource
    void aDenialWhileAHostIsHeldBackIsCounted(Kind kind) {
        application.run(context -> {
            Client client = kind.client(context, "partner");
            answer(429, "120");
            client.get(url("localhost"));
            assertThatThrownBy(() -> client.get(url("localhost")))
                    .isInstanceOf(OutboundLimitExceededException.class)
                    .hasMessage("Rate limit 'partner' exceeded: 2 per 1m; retry after 2m");
            assertThat(count(context, "partner", Outcome.DENIED)).isEqualTo(1);
        });
    }

    @ParameterizedTest
    @EnumSource
    void aResetLetsAHostBeAskedAgain(Kind kind) {
        application.run(context -> {
            WatchedTime time = (WatchedTime) context.getBean(TimeSource.class);
            StoreRateLimiterRegistry limits = context.getBean(StoreRateLimiterRegistry.class);
            Client client = kind.client(context, "patient");
            answer(503, "86400");
            client.get(url("localhost"));
            assertThatThrownBy(() -> client.get(url("localhost"))).isInstanceOf(RateLimitExceededException.class);
            answer(503, "300");
            limits.get("patient").forKey(host()).reset();
            assertThat(client.get(url("localhost"))).isEqualTo(503);
            answer(200, null);
            CompletableFuture<Integer> waiting = waiting(time, () -> client.get(url("localhost")));
            limits.get("patient").forKey(host()).reset();
            assertThat(waiting.orTimeout(20, TimeUnit.SECONDS).join()).isEqualTo(200);
        });
    }

    @ParameterizedTest
    @EnumSource
    void whoWaitsGoesOnWhenTheLimitIsNotEnforcedAnyMore(Kind kind) {
        application.run(context -> {
            WatchedTime time = (WatchedTime) context.getBean(TimeSource.class);
            Client client = kind.client(context, "patient");
            answer(503, "300");
            client.get(url("localhost"));
            answer(200, null);
            CompletableFuture<Integer> waiting = waiting(time, () -> client.get(url("localhost")));
            mode(context, LimitMode.SHADOW);
            assertThat(waiting.orTimeout(20, TimeUnit.SECONDS).join()).isEqualTo(200);
        });
    }

    private String host() {
        return "localhost:" + server.getAddress().getPort();
    }

    private static CompletableFuture<Integer> waiting(WatchedTime time, Supplier<Integer> call) {
        long others = time.waiting();
        CompletableFuture<Integer> waiting = CompletableFuture.supplyAsync(call);
        while (time.waiting() == others) {
            Thread.onSpinWait();
        }
        return waiting;
    }

    /** Of many at once the first answer holds those back, too, that already wait for their turn. */
    @ParameterizedTest
    @EnumSource
    void whoWaitsForItsTurnIsHeldBackToo(Kind kind) {
        application.run(context -> {
            WatchedTime time = (WatchedTime) context.getBean(TimeSource.class);
            Client client = kind.client(context, "patient");
            client.get(url("localhost"));
            client.get(url("localhost"));
            long others = time.waiting();
            CompletableFuture<Integer> third = CompletableFuture.supplyAsync(() -> client.get(url("localhost")));
            while (time.waiting() == others) {
                Thread.onSpinWait();
            }
            HttpHeaders headers = new HttpHeaders();
            headers.set("Retry-After", "300");
            context.getBean(RestClientLimits.class)
                    .hosts()
                    .of("patient")
                    .answered("localhost:" + server.getAddress().getPort(), HttpStatusCode.valueOf(503), headers);
            time.advance(Duration.ofSeconds(30));
            while (time.waiting() == others) {
                Thread.onSpinWait(); // until it waits again
            }
            time.advance(Duration.ofMinutes(4));
            assertThat(asked).hasValue(2);
            time.advance(Duration.ofMinutes(1));
            assertThat(third.orTimeout(20, TimeUnit.SECONDS).join()).isEqualTo(200);
            assertThat(count(context, "patient", Outcome.WAITED)).isEqualTo(1);
            assertThat(count(context, "patient", Outcome.ALLOWED))
                    .as("the first two")
                    .isEqualTo(2);
        });
    }

    @Test
    void whoCancelsBeforeItsTurnTakesNothing() {
        application.run(context -> {
            WatchedTime time = (WatchedTime) context.getBean(TimeSource.class);
            answer(503, "300");
            Client client = Kind.WEB_CLIENT.client(context, "patient");
            client.get(url("localhost"));
            answer(200, null);
            long others = time.waiting();
            Disposable waiting = WebClient.builder()
                    .filter(context.getBean(WebClientLimits.class).by("patient"))
                    .build()
                    .get()
                    .uri(url("localhost"))
                    .retrieve()
                    .toBodilessEntity()
                    .subscribe();
            assertThat(time.waiting()).isEqualTo(others + 1);
            waiting.dispose();
            assertThat(time.waiting()).isEqualTo(others);
            time.advance(Duration.ofMinutes(5));
            assertThat(asked).hasValue(1);
        });
    }

    @Test
    void aLimitThatIsNotThereIsToldOf() {
        application.run(context -> assertThatThrownBy(
                        () -> context.getBean(RestClientLimits.class).by("parnter"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("there is no rate limit 'parnter'"));
    }
}
