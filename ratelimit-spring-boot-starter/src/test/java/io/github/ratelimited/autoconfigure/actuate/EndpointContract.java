package io.github.ratelimited.autoconfigure.actuate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.jayway.jsonpath.JsonPath;
import io.github.ratelimited.Decision;
import io.github.ratelimited.Limit;
import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.RateLimited;
import io.github.ratelimited.RateLimiter;
import io.github.ratelimited.RateLimiterRegistry;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.test.MutableTimeSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What an operator sees and does over HTTP, of a running application, on whichever server. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class EndpointContract {

    private static final Duration HOUR = Duration.ofHours(1);

    public static class Shop {

        @RateLimited(name = "orders", key = "#user")
        public void order(String user) {}

        @RateLimited(permits = 5, per = "1s", maxWait = "forever")
        public void unnamed() {}

        @RateLimited(name = "plain", permits = 3, per = "1h", fallback = "instead")
        public String plain() {
            return "done";
        }

        public String instead() {
            return "instead";
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Shared {

        @Bean
        Shop shop() {
            return new Shop();
        }

        @Bean
        TimeSource time() {
            return new MutableTimeSource();
        }
    }

    private final HttpClient http = HttpClient.newHttpClient();
    private ConfigurableApplicationContext application;

    abstract Class<?> application();

    abstract WebApplicationType type();

    ConfigurableApplicationContext run(String exposed) {
        return new SpringApplicationBuilder(application())
                .web(type())
                .properties(
                        "server.port=0",
                        "management.endpoints.web.exposure.include=" + exposed,
                        "ratelimit.limits.orders.permits=2",
                        "ratelimit.limits.orders.per=1h",
                        "ratelimit.limits.orders.plans.premium.permits=20",
                        "ratelimit.limits.orders.penalty.after=3",
                        "ratelimit.limits.orders.penalty.within=1m",
                        "ratelimit.limits.orders.penalty.for=15m",
                        "ratelimit.limits.waits.permits=1",
                        "ratelimit.limits.waits.per=1h",
                        "ratelimit.limits.waits.max-wait=1d",
                        "ratelimit.limits.burst.permits=10",
                        "ratelimit.limits.burst.burst=30",
                        "ratelimit.limits.burst.near=80%")
                .run();
    }

    @BeforeAll
    void start() {
        application = run("ratelimits,health");
    }

    @AfterAll
    void stop() {
        application.close();
    }

    @BeforeEach
    void asConfigured() {
        for (String each : List.of("orders", "waits", "burst", "plain")) {
            limits().get(each).reset();
        }
        limits().replace("orders", Limit.of(2, HOUR));
        limits().replace("waits", Limit.of(1, HOUR));
        limits().replace("burst", Limit.of(10, Duration.ofSeconds(1)).withBurst(30));
        send("operator", "POST", "/orders", "{\"mode\": \"enforce\", \"maxWait\": \"0s\"}");
    }

    private RateLimiterRegistry limits() {
        return application.getBean(RateLimiterRegistry.class);
    }

    private Shop shop() {
        return application.getBean(Shop.class);
    }

    private HttpResponse<String> send(String user, String method, String path, String body) {
        return send(application, user, method, path, body);
    }

    HttpResponse<String> send(
            ConfigurableApplicationContext context, String user, String method, String path, String body) {
        String port = context.getEnvironment().getRequiredProperty("local.server.port");
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://localhost:" + port + "/actuator/ratelimits" + path))
                .header("Content-Type", "application/json")
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (!user.isEmpty()) {
            byte[] credentials = (user + ":secret").getBytes(StandardCharsets.UTF_8);
            request.header("Authorization", "Basic " + Base64.getEncoder().encodeToString(credentials));
        }
        try {
            return http.send(request.build(), BodyHandlers.ofString());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    private HttpResponse<String> get(String path) {
        return send("operator", "GET", path, "");
    }

    private HttpResponse<String> post(String path, String body) {
        return send("operator", "POST", path, body);
    }

    @SuppressWarnings("TypeParameterUnusedInFormals") // as JsonPath has it
    private static <T> T read(HttpResponse<String> answer, String path) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return JsonPath.read(answer.body(), path);
    }

    private static String error(HttpResponse<String> answer, int status) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        return JsonPath.read(answer.body(), "$.error");
    }

    private static String encoded(String name) {
        return URLEncoder.encode(name, StandardCharsets.UTF_8);
    }

    @Test
    void listsEveryLimit() {
        HttpResponse<String> all = get("");
        String unnamed = Shop.class.getName() + "#unnamed()";
        assertThat(EndpointContract.<List<String>>read(all, "$.limits[*].name"))
                .contains("burst", "orders", "orders[premium]", "plain", "waits", unnamed)
                .isSorted();
        assertThat(EndpointContract.<List<Object>>read(
                        all,
                        "$.limits[?(@.name == 'burst')]['permits', 'per', 'burst',"
                                + " 'algorithm', 'mode', 'maxWait', 'store', 'declaredAt', 'near']"))
                .hasToString("[{\"permits\":10,\"per\":\"1s\",\"burst\":30,\"algorithm\":\"token-bucket\","
                        + "\"mode\":\"enforce\",\"maxWait\":\"0s\",\"store\":\"memory\","
                        + "\"declaredAt\":\"ratelimit.limits.burst\",\"near\":0.8}]");
        assertThat(EndpointContract.<List<Object>>read(all, "$.limits[?(@.name == '" + unnamed + "')].maxWait"))
                .containsExactly("forever");
        assertThat(EndpointContract.<List<Object>>read(all, "$.limits[?(@.name == '" + unnamed + "')].declaredAt"))
                .containsExactly("@RateLimited on " + Shop.class.getName() + "#unnamed");
    }

    @Test
    void showsOneLimitAndWhatBecameOfItsCalls() {
        String path = "/orders";
        int allowed = read(get(path), "$.calls.allowed");
        int denied = read(get(path), "$.calls.denied");
        shop().order("alice");
        shop().order("alice");
        assertThatExceptionOfType(RateLimitExceededException.class).isThrownBy(() -> shop().order("alice"));
        assertThat(EndpointContract.<Integer>read(get(path), "$.calls.allowed")).isEqualTo(allowed + 2);
        assertThat(EndpointContract.<Integer>read(get(path), "$.calls.denied")).isEqualTo(denied + 1);
        assertThat(EndpointContract.<Object>read(get(path), "$.penalty"))
                .hasToString("{after=3, within=1m, for=15m, max=2h30m}");
        limits().get("orders").forKey("alice").reset();
    }

    @Test
    void ofALimitWithoutKeysShowsWhatIsLeft() {
        assertThat(limits().get("waits").tryAcquire()).isTrue();
        assertThat(EndpointContract.<Integer>read(get("/waits"), "$.remaining")).isZero();
        assertThat(EndpointContract.<String>read(get("/waits"), "$.retryAfter")).isEqualTo("1h");
    }

    @Test
    void aCallThatAFallbackAnswersIsNoDenial() {
        int fallback = read(get("/plain"), "$.calls.fallback");
        for (int i = 0; i < 3; i++) {
            assertThat(shop().plain()).isEqualTo("done");
        }
        assertThat(shop().plain()).isEqualTo("instead");
        assertThat(EndpointContract.<Integer>read(get("/plain"), "$.calls.fallback"))
                .isEqualTo(fallback + 1);
        assertThat(EndpointContract.<Integer>read(get("/plain"), "$.calls.denied"))
                .isZero();
    }

    @Test
    void showsHowAKeyStandsAndTakesNothing() {
        shop().order("key 1");
        for (int i = 0; i < 2; i++) {
            HttpResponse<String> key = get("/orders?key=" + encoded("key 1"));
            assertThat(EndpointContract.<Integer>read(key, "$.remaining")).isEqualTo(1);
            assertThat(EndpointContract.<Boolean>read(key, "$.allowed")).isTrue();
            assertThat(EndpointContract.<String>read(key, "$.retryAfter")).isEqualTo("0s");
            assertThat(EndpointContract.<String>read(key, "$.resetAfter")).isEqualTo("30m");
        }
        shop().order("key 1");
        HttpResponse<String> key = get("/orders?key=" + encoded("key 1"));
        assertThat(EndpointContract.<Boolean>read(key, "$.allowed")).isFalse();
        assertThat(EndpointContract.<String>read(key, "$.reason")).isEqualTo("over-limit");
        assertThat(EndpointContract.<String>read(key, "$.retryAfter")).isEqualTo("30m");
        application.getBean(MutableTimeSource.class).advance(Duration.ofNanos(1));
        assertThat(EndpointContract.<String>read(get("/orders?key=" + encoded("key 1")), "$.retryAfter"))
                .isEqualTo("30m");
        assertThat(EndpointContract.<Integer>read(get("/orders?key=nobody"), "$.remaining"))
                .isEqualTo(2);
    }

    @Test
    void resetsAKeyAndItsPenalty() {
        shop().order("eve");
        shop().order("eve");
        for (int i = 0; i < 3; i++) {
            assertThatExceptionOfType(RateLimitExceededException.class).isThrownBy(() -> shop().order("eve"));
        }
        assertThat(EndpointContract.<String>read(get("/orders?key=eve"), "$.reason"))
                .isEqualTo("penalized");
        assertThat(EndpointContract.<Integer>read(get("/orders"), "$.shutOut")).isEqualTo(1);
        assertThat(send("operator", "DELETE", "/orders?key=eve", "").statusCode())
                .isEqualTo(204);
        assertThat(EndpointContract.<Integer>read(get("/orders?key=eve"), "$.remaining"))
                .isEqualTo(2);
        shop().order("eve");
    }

    @Test
    void givesPermitsOfAKeyBack() {
        shop().order("bob");
        shop().order("bob");
        HttpResponse<String> given = post("/orders", "{\"key\": \"bob\", \"refund\": 1}");
        assertThat(EndpointContract.<Integer>read(given, "$.remaining")).isEqualTo(1);
        shop().order("bob");
    }

    @Test
    void changesALimitAndKeepsWhatWasTaken() {
        shop().order("carol");
        HttpResponse<String> changed = post("/orders", "{\"permits\": 20, \"per\": \"30m\"}");
        assertThat(EndpointContract.<Integer>read(changed, "$.permits")).isEqualTo(20);
        assertThat(EndpointContract.<Integer>read(changed, "$.burst")).isEqualTo(20);
        assertThat(EndpointContract.<String>read(changed, "$.per")).isEqualTo("30m");
        assertThat(EndpointContract.<Integer>read(get("/orders?key=carol"), "$.remaining"))
                .isEqualTo(10);
        limits().get("orders").forKey("carol").reset();
    }

    @Test
    void aBurstOfItsOwnStaysWhenOnlyPermitsAreChanged() {
        assertThat(EndpointContract.<Integer>read(post("/burst", "{\"permits\": 12}"), "$.burst"))
                .isEqualTo(30);
        assertThat(EndpointContract.<Integer>read(post("/burst", "{\"burst\": 24}"), "$.burst"))
                .isEqualTo(24);
    }

    @Test
    void whoWaitsIsToldOfAChange() {
        RateLimiter waits = limits().get("waits");
        waits.tryAcquire();
        List<CompletableFuture<Decision>> turns = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            turns.add(waits.acquireAsync(1, Duration.ofDays(1)));
        }
        assertThat(EndpointContract.<Integer>read(get("/waits"), "$.waiting")).isEqualTo(5);
        assertThat(post("/waits", "{\"mode\": \"off\"}").statusCode()).isEqualTo(200);
        assertThat(turns).allMatch(CompletableFuture::isDone);
        assertThat(EndpointContract.<Integer>read(get("/waits"), "$.waiting")).isZero();
        assertThat(EndpointContract.<String>read(post("/waits", "{\"mode\": \"Enforce\"}"), "$.mode"))
                .isEqualTo("enforce");
    }

    @Test
    void inShadowModeNobodyIsDeniedAndAllIsCounted() {
        post("/orders", "{\"mode\": \"shadow\"}");
        int before = read(get("/orders"), "$.calls['shadow-denied']");
        for (int i = 0; i < 5; i++) {
            shop().order("dave");
        }
        assertThat(EndpointContract.<Integer>read(get("/orders"), "$.calls['shadow-denied']"))
                .isEqualTo(before + 3);
        HttpResponse<String> key = get("/orders?key=dave");
        assertThat(EndpointContract.<Boolean>read(key, "$.allowed"))
                .as("if it were enforced")
                .isFalse();
        send("operator", "DELETE", "/orders?key=dave", "");
    }

    @Test
    void theLongestWaitCanBeChangedByEitherName() {
        assertThat(EndpointContract.<String>read(post("/orders", "{\"maxWait\": \"forever\"}"), "$.maxWait"))
                .isEqualTo("forever");
        assertThat(EndpointContract.<String>read(post("/orders", "{\"max-wait\": \"1m30s\"}"), "$.maxWait"))
                .isEqualTo("1m30s");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"permits\": 0}                      | permits = 0 is not between 1 and 1000000000000",
                "{\"permits\": -5}                     | permits = -5 is not between 1 and 1000000000000",
                "{\"per\": \"soon\"}                   | per = \"soon\" is not a duration; write for example 1s, 5m or 1h",
                "{\"per\": \"0s\"}                     | period = 0s is not longer than zero",
                "{\"mode\": \"on\"}                    | mode = \"on\" is none; write enforce, shadow or off",
                "{\"maxWait\": \"-1s\"}                | maxWait = \"-1s\" is negative",
                "{\"permits\": 5, \"brust\": 7}        | unknown: [brust]; known are [burst, key, maxWait, mode, name,"
                        + " per, permits, refund]",
                "{\"permits\": \"many\"}               | permits = \"many\" is no whole number",
                "{\"permits\": 99.9}                 | permits = \"99.9\" is no whole number",
                "{\"refund\": 0, \"key\": \"a\"}       | refund = 0 is not positive",
                "{\"refund\": 1, \"permits\": 3}       | ask for one at a time",
                "{\"key\": \"a\"}                      | add 'refund'",
                "{}                                    | there is nothing to do",
                "{\"permits\": 5, \"mode\": \"wrong\"} | mode = \"wrong\" is none",
            })
    void whatCannotBeIsRefusedWithTheReasonAndNothingIsChanged(String body, String reason) {
        assertThat(error(post("/orders", body), 400)).contains(reason);
        assertThat(limits().get("orders").limit()).isEqualTo(Limit.of(2, HOUR));
    }

    @Test
    void aLimitThatThereIsNotIs404() {
        assertThat(error(get("/odrers"), 404)).startsWith("there is no rate limit 'odrers'; known are [burst, ");
        assertThat(error(post("/odrers", "{\"permits\": 1}"), 404)).contains("odrers");
        assertThat(error(send("operator", "DELETE", "/odrers", ""), 404)).contains("odrers");
    }

    @Test
    void aResetOfWhatNobodyMeantIsRefused() {
        assertThat(error(send("operator", "DELETE", "/orders?kye=eve", ""), 400))
                .contains("unknown: [kye]");
    }

    @Test
    void ofManyChangesAtOnceEachIsWholeAndNoneIsLost() {
        List<CompletableFuture<Integer>> changes = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            String body = i % 2 == 0 ? "{\"permits\": " + (100 + i) + "}" : "{\"burst\": " + (1000 + i) + "}";
            changes.add(CompletableFuture.supplyAsync(() -> post("/burst", body).statusCode()));
        }
        assertThat(changes).extracting(CompletableFuture::join).containsOnly(200);
        Limit limit = limits().get("burst").limit();
        assertThat(limit.permits()).isBetween(100L, 138L);
        assertThat(limit.burst()).isBetween(1001L, 1039L);
    }

    @Test
    void onlyWhoMayWriteWrites() {
        assertThat(send("", "GET", "", "").statusCode()).isEqualTo(401);
        assertThat(send("", "POST", "/orders", "{\"permits\": 1}").statusCode()).isEqualTo(401);
        assertThat(send("reader", "GET", "/orders", "").statusCode()).isEqualTo(200);
        assertThat(send("reader", "POST", "/orders", "{\"permits\": 1}").statusCode())
                .isEqualTo(403);
        assertThat(send("reader", "DELETE", "/orders?key=a", "").statusCode()).isEqualTo(403);
        assertThat(limits().get("orders").limit()).isEqualTo(Limit.of(2, HOUR));
    }
}
