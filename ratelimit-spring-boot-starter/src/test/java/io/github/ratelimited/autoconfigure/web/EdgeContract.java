package io.github.ratelimited.autoconfigure.web;

import static org.assertj.core.api.Assertions.assertThat;

import com.jayway.jsonpath.JsonPath;
import io.github.ratelimited.Decision;
import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.RateLimited;
import io.github.ratelimited.RateLimiterRegistry;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.autoconfigure.client.WebClientLimits;
import io.github.ratelimited.store.AcquireRequest;
import io.github.ratelimited.store.Claim;
import io.github.ratelimited.store.LimitName;
import io.github.ratelimited.store.LimiterStore;
import io.github.ratelimited.test.MutableTimeSource;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
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
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.web.bind.annotation.ControllerAdvice;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.server.ResponseStatusException;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** What a client gets over HTTP, from a server of either kind. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class EdgeContract {

    /** What both applications have. */
    static class Shared {

        @Bean
        TimeSource timeSource() {
            return new MutableTimeSource();
        }

        @Bean
        Shop shop() {
            return new Shop();
        }

        @Bean
        ShopController controller(Shop shop, WebClientLimits limits) {
            return new ShopController(shop, limits);
        }

        @Bean
        LimiterStore silent() {
            return new Silent();
        }

        @Bean
        OwnAnswer ownAnswer() {
            return new OwnAnswer();
        }
    }

    /** Gives no answer, so that the policy denies. */
    static class Silent implements LimiterStore {

        @Override
        public Decision acquire(AcquireRequest request) {
            return peek(request.claims().get(0));
        }

        @Override
        public Decision peek(Claim claim) {
            return Decision.storeUnavailable(false, claim.name().shown(), claim.limit(), claim.cost(), 1_500_000_000);
        }

        @Override
        public void refund(AcquireRequest request, Decision decision) {}

        @Override
        public void giveBack(Claim claim) {}

        @Override
        public void reset(LimitName name, @Nullable String key) {}
    }

    public static class Shop {

        @RateLimited(name = "uncounted", permits = 1, per = "1h", store = "silent")
        public Mono<String> uncounted() {
            return Mono.just("uncounted");
        }

        @RateLimited(name = "checkout", permits = 2, per = "1m")
        public Mono<String> checkout() {
            return Mono.just("bought");
        }

        @RateLimited(name = "small", permits = 1, per = "10s")
        @RateLimited(name = "large", permits = 100, per = "1h")
        public Mono<String> both() {
            return Mono.just("both");
        }

        @RateLimited(name = "later", permits = 1, per = "1h")
        public CompletableFuture<String> later() {
            return CompletableFuture.completedFuture("later");
        }

        @RateLimited(name = "in-a-filter", permits = 1, per = "500ms")
        public Mono<String> inFilter() {
            return Mono.just("filtered");
        }

        @RateLimited(name = "streamed", permits = 5, per = "1h")
        public Flux<String> stream() {
            return Flux.just("a", "b", "c");
        }

        @RateLimited(name = "own", permits = 1, per = "1h")
        public Mono<String> own() {
            return Mono.just("own");
        }

        @RateLimited(name = "costly", permits = 3, per = "1h", cost = "#cost")
        public Mono<String> costly(int cost) {
            return Mono.just("costly");
        }

        @RateLimited(name = "waiting", permits = 1, per = "1h", maxWait = "1h")
        public Mono<String> waiting() {
            return Mono.just("waited");
        }
    }

    @RestController
    static class ShopController {

        private final Shop shop;
        private final WebClient client;

        ShopController(Shop shop, WebClientLimits limits) {
            this.shop = shop;
            this.client = WebClient.builder()
                    .filter(limits.by("outbound"))
                    .exchangeFunction(request -> Mono.just(
                            ClientResponse.create(HttpStatus.OK).body("fetched").build()))
                    .build();
        }

        @GetMapping("/checkout")
        Mono<String> checkout() {
            return shop.checkout();
        }

        @GetMapping("/both")
        Mono<String> both() {
            return shop.both();
        }

        @GetMapping("/wrapped")
        Mono<String> wrapped() {
            return shop.both().onErrorMap(CompletionException::new);
        }

        @GetMapping("/later")
        CompletableFuture<String> later() {
            return shop.later();
        }

        @GetMapping("/filtered")
        String filtered() {
            return "filtered";
        }

        @GetMapping(path = "/stream", produces = "text/event-stream")
        Flux<String> stream() {
            return shop.stream();
        }

        @GetMapping("/costly")
        Mono<String> costly(@RequestParam("cost") int cost) {
            return shop.costly(cost);
        }

        @GetMapping("/outbound")
        Mono<String> outbound() {
            return client.get().uri("http://upstream").retrieve().bodyToMono(String.class);
        }

        @GetMapping("/uncounted")
        Mono<String> uncounted() {
            return shop.uncounted();
        }

        @GetMapping("/waiting")
        Mono<String> waiting() {
            return shop.waiting();
        }

        @GetMapping("/own")
        Mono<String> own() {
            return shop.own().onErrorMap(RateLimitExceededException.class, OwnException::new);
        }

        @GetMapping("/busy")
        Mono<String> busy() {
            return shop.own()
                    .onErrorMap(
                            RateLimitExceededException.class,
                            e -> new ResponseStatusException(HttpStatus.BAD_GATEWAY, "partner busy", e));
        }

        @GetMapping("/busy-by-its-class")
        Mono<String> busyByItsClass() {
            return shop.own().onErrorMap(RateLimitExceededException.class, BusyException::new);
        }

        @PostMapping("/login")
        Mono<ResponseEntity<String>> login(@RequestParam("status") int status) {
            return status == 0
                    ? Mono.error(new ConnectException("Connection refused")) // of the application's own, to others
                    : Mono.just(ResponseEntity.status(status).body("login"));
        }

        @GetMapping("/denied")
        String denied() {
            throw new AccessDeniedException("denied");
        }

        @GetMapping({
            "/api/{any}",
            "/vip/{any}",
            "/joint/{any}",
            "/plain",
            "/turn",
            "/both-times",
            "/spel",
            "/got",
            "/mine",
            "/known"
        })
        String plain() {
            return "plain";
        }
    }

    static class OwnException extends RuntimeException {
        OwnException(Throwable cause) {
            super(cause);
        }
    }

    @ResponseStatus(HttpStatus.BAD_GATEWAY)
    static class BusyException extends RuntimeException {
        BusyException(Throwable cause) {
            super(cause);
        }
    }

    @ControllerAdvice
    static class OwnAnswer {

        @ExceptionHandler
        ResponseEntity<String> answer(OwnException own) {
            return ResponseEntity.status(418).body("own answer");
        }
    }

    static final List<String> PROPERTIES = List.of(
            "ratelimit.limits.outbound.permits=1",
            "ratelimit.limits.outbound.per=1h",
            "spring.security.user.name=alice",
            "spring.security.user.password=secret",
            "ratelimit.store=memory",
            "ratelimit.limits.login.permits=2",
            "ratelimit.limits.login.per=1h",
            "ratelimit.limits.api.permits=1",
            "ratelimit.limits.api.per=1h",
            "ratelimit.limits.vip.permits=1",
            "ratelimit.limits.vip.per=1h",
            "ratelimit.limits.few.permits=1",
            "ratelimit.limits.few.per=1h",
            "ratelimit.limits.many.permits=5",
            "ratelimit.limits.many.per=1h",
            "ratelimit.limits.turn.permits=1",
            "ratelimit.limits.turn.per=1h",
            "ratelimit.limits.turn.max-wait=1h",
            "ratelimit.limits.first.permits=5",
            "ratelimit.limits.first.per=1h",
            "ratelimit.limits.then.permits=1",
            "ratelimit.limits.then.per=1h",
            "ratelimit.limits.got.permits=1",
            "ratelimit.limits.got.per=1h",
            "ratelimit.limits.odd.permits=1",
            "ratelimit.limits.odd.per=1h",
            "ratelimit.web.rules[10].paths=/got",
            "ratelimit.web.rules[10].methods=GET",
            "ratelimit.web.rules[10].limit=got",
            "ratelimit.web.rules[11].paths=//x",
            "ratelimit.web.rules[11].limit=odd",
            "ratelimit.web.rules[12].paths=/denied",
            "ratelimit.web.rules[12].limit=denied",
            "ratelimit.web.rules[12].order=after-security",
            "ratelimit.web.rules[12].count-when=401",
            "ratelimit.limits.denied.permits=1",
            "ratelimit.limits.denied.per=1h",
            "ratelimit.web.rules[13].paths=/known",
            "ratelimit.web.rules[13].limit=known",
            "ratelimit.web.rules[13].key=client-ip",
            "ratelimit.web.rules[13].allow-keys=127.0.0.1",
            "ratelimit.web.rules[13].deny-keys=203.0.113.66",
            "ratelimit.limits.known.permits=1",
            "ratelimit.limits.known.per=1h",
            "ratelimit.web.rules[14].paths=/mine",
            "ratelimit.web.rules[14].limit=mine",
            "ratelimit.web.rules[14].key=#principal ?: 'nobody'",
            "ratelimit.limits.mine.permits=1",
            "ratelimit.limits.mine.per=1h",
            "ratelimit.limits.spel.permits=1",
            "ratelimit.limits.spel.per=1h",
            "ratelimit.web.trusted-proxies=127.0.0.1",
            "ratelimit.web.allow=198.51.100.0/24",
            "ratelimit.web.deny=192.0.2.0/24",
            "ratelimit.web.rules[0].paths=/login",
            "ratelimit.web.rules[0].methods=POST",
            "ratelimit.web.rules[0].limit=login",
            "ratelimit.web.rules[0].key=client-ip",
            "ratelimit.web.rules[0].count-when=401",
            "ratelimit.web.rules[1].paths=/api/**",
            "ratelimit.web.rules[1].limit=api",
            "ratelimit.web.rules[1].key=header:X-Key",
            "ratelimit.web.rules[1].allow-keys=unlimited",
            "ratelimit.web.rules[1].deny-keys=stolen",
            "ratelimit.web.rules[2].paths=/vip/**",
            "ratelimit.web.rules[2].limit=vip",
            "ratelimit.web.rules[2].key=principal",
            "ratelimit.web.rules[3].paths=/joint/**",
            "ratelimit.web.rules[3].limit=few",
            "ratelimit.web.rules[3].condition=path != '/joint/free'",
            "ratelimit.web.rules[4].paths=/joint/**",
            "ratelimit.web.rules[4].limit=many",
            "ratelimit.web.rules[5].paths=/turn",
            "ratelimit.web.rules[5].limit=turn",
            "ratelimit.web.rules[6].paths=/both-times",
            "ratelimit.web.rules[6].limit=first",
            "ratelimit.web.rules[7].paths=/both-times",
            "ratelimit.web.rules[7].limit=then",
            "ratelimit.web.rules[7].order=after-security",
            "ratelimit.web.rules[8].paths=/spel",
            "ratelimit.web.rules[8].limit=spel",
            "ratelimit.web.rules[8].key=cookie('tenant') + #clientIp",
            "ratelimit.web.rules[9].paths=/spel",
            "ratelimit.web.rules[9].limit=spel",
            "ratelimit.web.rules[9].key=cookie('tenant') + clientIp");

    /** Without an upgrade to HTTP/2, which not all of these servers offer. */
    final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    abstract int port();

    abstract ApplicationContext application();

    @BeforeEach
    void forget() {
        RateLimiterRegistry registry = application().getBean(RateLimiterRegistry.class);
        registry.names().forEach(name -> registry.get(name).reset());
        for (String key : List.of(
                "upstream",
                "127.0.0.1",
                "203.0.113.1",
                "203.0.113.2",
                "a",
                "b",
                "alice",
                "nobody",
                "",
                "x203.0.113.1")) {
            registry.names().forEach(name -> registry.get(name).forKey(key).reset());
        }
    }

    final HttpRequest.Builder request(String path, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path));
        return headers.length == 0 ? request : request.headers(headers);
    }

    final HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return http.send(request.timeout(Duration.ofSeconds(20)).build(), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    final HttpResponse<String> get(String path, String... headers) {
        return send(request(path, headers));
    }

    final HttpResponse<String> login(int status, String client) {
        return send(
                request("/login?status=" + status, "X-Forwarded-For", client).POST(BodyPublishers.noBody()));
    }

    static String field(HttpResponse<?> answer, String name) {
        List<String> values = answer.headers().allValues(name);
        assertThat(values).as(name).hasSizeLessThan(2);
        return values.isEmpty() ? "" : values.get(0);
    }

    static void assertDenied(HttpResponse<String> answer, String... limits) {
        assertThat(answer.statusCode()).isEqualTo(429);
        assertThat(field(answer, "Content-Type")).startsWith("application/problem+json");
        assertThat(JsonPath.<String>read(answer.body(), "$.type"))
                .isEqualTo("https://iana.org/assignments/http-problem-types#quota-exceeded");
        assertThat(JsonPath.<Integer>read(answer.body(), "$.status")).isEqualTo(429);
        assertThat(JsonPath.<String>read(answer.body(), "$.title")).isEqualTo("Quota exceeded");
        assertThat(JsonPath.<List<String>>read(answer.body(), "$.violated-policies"))
                .containsExactly(limits);
    }

    @Test
    void anAllowedRequestTellsOfItsLimit() {
        HttpResponse<String> answer = get("/checkout");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("bought");
        assertThat(field(answer, "RateLimit-Policy")).isEqualTo("\"checkout\";q=2;w=60");
        assertThat(field(answer, "RateLimit")).isEqualTo("\"checkout\";r=1;t=30");
    }

    @Test
    void aDeniedRequestIsToldWhenToComeBack() {
        get("/checkout");
        get("/checkout");
        HttpResponse<String> answer = get("/checkout");
        assertDenied(answer, "checkout");
        assertThat(field(answer, "Retry-After")).isEqualTo("30");
        assertThat(field(answer, "RateLimit-Policy")).isEqualTo("\"checkout\";q=2;w=60");
        assertThat(field(answer, "RateLimit")).isEqualTo("\"checkout\";r=0;t=30");
        assertThat(JsonPath.<String>read(answer.body(), "$.detail"))
                .isEqualTo("Rate limit 'checkout' exceeded: 2 per 1m; retry after 30s");
        assertThat(JsonPath.<String>read(answer.body(), "$.instance")).isEqualTo("/checkout");
    }

    @Test
    void theTightestLimitComesFirst() {
        HttpResponse<String> allowed = get("/both");
        assertThat(field(allowed, "RateLimit-Policy")).isEqualTo("\"small\";q=1;w=10, \"large\";q=100;w=3600");
        assertThat(field(allowed, "RateLimit")).isEqualTo("\"small\";r=0;t=10, \"large\";r=99;t=36");
        HttpResponse<String> denied = get("/both");
        assertDenied(denied, "small");
        assertThat(field(denied, "Retry-After")).isEqualTo("10");
        assertThat(field(denied, "RateLimit")).isEqualTo("\"small\";r=0;t=10, \"large\";r=99;t=36");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/both", "/wrapped", "/later", "/filtered"})
    void whereverTheDenialComesFromTheAnswerIsTheSame(String path) {
        assertThat(get(path).statusCode()).isEqualTo(200);
        HttpResponse<String> denied = get(path);
        assertThat(denied.statusCode()).isEqualTo(429);
        assertThat(field(denied, "Retry-After")).isNotEmpty();
        assertThat(field(denied, "RateLimit")).isNotEmpty();
        assertThat(field(denied, "Content-Type")).startsWith("application/problem+json");
    }

    @Test
    void aPeriodBelowASecondIsLeftOut() {
        HttpResponse<String> allowed = get("/filtered");
        assertThat(field(allowed, "RateLimit-Policy")).isEqualTo("\"in-a-filter\";q=1");
        HttpResponse<String> denied = get("/filtered");
        assertThat(field(denied, "Retry-After")).isEqualTo("1");
    }

    @Test
    void anAnswerThatIsStreamedHasThemToo() {
        HttpResponse<String> answer = get("/stream");
        assertThat(answer.body()).contains("a").contains("c");
        assertThat(field(answer, "RateLimit")).isEqualTo("\"streamed\";r=4;t=720");
    }

    @Test
    void whatHoldsOurOwnRequestsBackIsNoFaultOfTheClient() {
        HttpResponse<String> allowed = get("/outbound");
        assertThat(allowed.body()).isEqualTo("fetched");
        assertThat(allowed.headers().firstValue("RateLimit")).isEmpty();
        HttpResponse<String> denied = get("/outbound");
        assertThat(denied.body()).doesNotContain("per 1h").contains("Something that this needs cannot be asked now");
        assertThat(denied.statusCode()).isEqualTo(503);
        assertThat(field(denied, "Retry-After")).isEqualTo("3600");
        assertThat(denied.headers().firstValue("RateLimit")).isEmpty();
        assertThat(denied.body()).contains("#temporary-reduced-capacity").doesNotContain("violated-policies");
    }

    @Test
    void aHeadRequestIsAnsweredWithoutABody() {
        get("/both");
        HttpResponse<String> denied = send(request("/both").method("HEAD", BodyPublishers.noBody()));
        assertThat(denied.statusCode()).isEqualTo(429);
        assertThat(field(denied, "Retry-After")).isEqualTo("10");
        assertThat(denied.body()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"text/html", "application/json", "*/*", "image/png"})
    void whateverTheClientAcceptsItGetsTheProblem(String accepted) {
        get("/both");
        assertDenied(get("/both", "Accept", accepted), "small");
    }

    @Test
    void aCostThatTheLimitNeverHoldsIsNotWorthComingBack() {
        HttpResponse<String> denied = get("/costly?cost=4");
        assertDenied(denied, "costly");
        assertThat(denied.headers().firstValue("Retry-After")).isEmpty();
    }

    @Test
    void aStoreThatGivesNoAnswerIsNotTheClientsFault() {
        HttpResponse<String> denied = get("/uncounted");
        assertThat(denied.statusCode()).isEqualTo(503);
        assertThat(field(denied, "Retry-After")).isEqualTo("2");
        assertThat(denied.headers().firstValue("RateLimit")).isEmpty();
        assertThat(field(denied, "Content-Type")).startsWith("application/problem+json");
        assertThat(JsonPath.<String>read(denied.body(), "$.type"))
                .isEqualTo("https://iana.org/assignments/http-problem-types#temporary-reduced-capacity");
    }

    @Test
    void theApplicationsOwnAnswerComesFirst() {
        get("/own");
        HttpResponse<String> denied = get("/own");
        assertThat(denied.statusCode()).isEqualTo(418);
        assertThat(denied.body()).isEqualTo("own answer");
        assertThat(field(denied, "RateLimit")).startsWith("\"own\";r=0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/busy", "/busy-by-its-class"})
    void anAnswerThatTheApplicationMakesOfADenialStays(String path) {
        assertThat(get(path).statusCode()).isEqualTo(200);
        HttpResponse<String> denied = get(path);
        assertThat(denied.statusCode()).isEqualTo(502);
        assertThat(denied.headers().firstValue("Retry-After")).isEmpty();
        assertThat(denied.body()).doesNotContain("Quota exceeded");
    }

    @Test
    void onlyStatusesThatCountCostAPermit() {
        for (int i = 0; i < 5; i++) {
            assertThat(login(200, "203.0.113.1").statusCode()).isEqualTo(200);
            assertThat(login(0, "203.0.113.1").statusCode()).isEqualTo(500);
        }
        assertThat(login(401, "203.0.113.1").statusCode()).isEqualTo(401);
        assertThat(login(401, "203.0.113.1").statusCode()).isEqualTo(401);
        assertDenied(login(200, "203.0.113.1"), "login");
        assertThat(login(401, "203.0.113.2").statusCode()).isEqualTo(401);
    }

    @Test
    void whatCountsIsTheStatusThatTheClientGets() {
        assertThat(get("/denied").statusCode()).isEqualTo(401);
        assertDenied(get("/denied"), "denied");
    }

    @Test
    void onlyItsMethodsAreLimited() {
        for (int i = 0; i < 5; i++) {
            assertThat(get("/login?status=401").statusCode()).isEqualTo(405);
        }
    }

    @Test
    void aSpoofedFieldChangesNothing() {
        login(401, "203.0.113.1");
        login(401, "203.0.113.1");
        for (int i = 0; i < 20; i++) {
            assertDenied(login(401, "198.51.100." + i + ", 203.0.113.1"), "login");
        }
    }

    @Test
    void eachKeyHasPermitsOfItsOwnAndThoseWithoutShareOnes() {
        assertThat(get("/api/x", "X-Key", "a").statusCode()).isEqualTo(200);
        assertDenied(get("/api/y", "X-Key", "a"), "api");
        assertThat(get("/api/x", "X-Key", "b").statusCode()).isEqualTo(200);
        assertThat(get("/api/x").statusCode()).isEqualTo(200);
        assertDenied(get("/api/x"), "api");
        assertThat(get("/plain").statusCode()).isEqualTo(200);
    }

    @Test
    void keysAndAddressesCanBeLetThroughOrShutOut() {
        for (int i = 0; i < 3; i++) {
            assertThat(get("/api/x", "X-Key", "unlimited").statusCode()).isEqualTo(200);
            assertThat(get("/api/x", "X-Key", "a", "X-Forwarded-For", "198.51.100.7")
                            .statusCode())
                    .isEqualTo(200);
        }
        assertThat(get("/api/x", "X-Key", "stolen").statusCode()).isEqualTo(403);
        assertThat(get("/plain", "X-Forwarded-For", "192.0.2.1").statusCode()).isEqualTo(403);
        assertThat(get("/plain", "X-Forwarded-For", "192.0.2.1", "Forwarded", "for=203.0.113.9")
                        .statusCode())
                .isEqualTo(403);
    }

    /** A proxy that is let through for itself is not let through for whoever hides behind it. */
    @Test
    void whatAProxyStandsInForIsNotLetThrough() {
        for (int i = 0; i < 3; i++) {
            assertThat(get("/known").statusCode()).isEqualTo(200);
        }
        assertThat(get("/known", "X-Forwarded-For", "unknown").statusCode()).isEqualTo(200);
        assertDenied(get("/known", "X-Forwarded-For", "unknown"), "known");
    }

    @Test
    void aKeyThatIsDeniedIsNotServedForSayingThatItIsAnotherToo() {
        assertThat(get("/known", "X-Forwarded-For", "203.0.113.66").statusCode())
                .isEqualTo(403);
        assertThat(get("/known", "X-Forwarded-For", "203.0.113.66", "Forwarded", "for=203.0.113.9")
                        .statusCode())
                .isEqualTo(403);
    }

    @Test
    void whoCallsIsKnownBehindSecurity() {
        String alice = "Basic " + Base64.getEncoder().encodeToString("alice:secret".getBytes(StandardCharsets.UTF_8));
        assertThat(get("/vip/x", "Authorization", alice).statusCode()).isEqualTo(200);
        assertDenied(get("/vip/x", "Authorization", alice), "vip");
        assertThat(get("/vip/x").statusCode()).isEqualTo(200);
        assertThat(get("/mine", "Authorization", alice).statusCode()).isEqualTo(200);
        assertThat(get("/mine").statusCode()).isEqualTo(200);
        assertDenied(get("/mine", "Authorization", alice), "mine");
    }

    @Test
    void severalRulesAreAllOrNothing() {
        HttpResponse<String> first = get("/joint/x");
        assertThat(field(first, "RateLimit")).isEqualTo("\"few\";r=0;t=3600, \"many\";r=4;t=720");
        for (int i = 0; i < 10; i++) {
            assertDenied(get("/joint/x"), "few");
        }
        assertThat(field(get("/joint/free"), "RateLimit")).isEqualTo("\"many\";r=3;t=1440");
    }

    /** What it has cost to find out who calls is not undone by a denial. */
    @Test
    void whatIsDeniedBehindSecurityHasCostWhatItCostsBefore() {
        assertThat(get("/both-times").statusCode()).isEqualTo(200);
        for (int i = 0; i < 4; i++) {
            assertDenied(get("/both-times"), "then");
        }
        assertDenied(get("/both-times"), "first");
    }

    @Test
    void aHeadRequestIsOneOfGet() {
        assertThat(send(request("/got").method("HEAD", BodyPublishers.noBody())).statusCode())
                .isEqualTo(200);
        assertThat(send(request("/got").method("HEAD", BodyPublishers.noBody())).statusCode())
                .isEqualTo(429);
    }

    @Test
    void aBucketThatTwoRulesLeadToIsAskedOnce() {
        assertThat(get("/spel", "Cookie", "tenant=x", "X-Forwarded-For", "203.0.113.1")
                        .statusCode())
                .isEqualTo(200);
        assertDenied(get("/spel", "Cookie", "tenant=x", "X-Forwarded-For", "203.0.113.1"), "spel");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/turn", "/waiting"})
    void aRequestWaitsForItsTurn(String path) throws Exception {
        assertThat(get(path).statusCode()).isEqualTo(200);
        CompletableFuture<HttpResponse<String>> second =
                http.sendAsync(request(path).build(), BodyHandlers.ofString());
        MutableTimeSource time = application().getBean(MutableTimeSource.class);
        RateLimiterRegistry registry = application().getBean(RateLimiterRegistry.class);
        String limit = path.substring(1);
        while (registry.get(limit).peek().retryAfter().compareTo(Duration.ofHours(1)) <= 0) {
            Thread.onSpinWait(); // until it has its turn
        }
        assertThat(second).isNotDone();
        List<HttpResponse<String>> answers = new ArrayList<>();
        while (!second.isDone()) {
            time.advance(Duration.ofHours(1));
        }
        answers.add(second.get());
        assertThat(answers.get(0).statusCode()).isEqualTo(200);
    }
}
