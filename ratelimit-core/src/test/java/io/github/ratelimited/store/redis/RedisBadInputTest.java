package io.github.ratelimited.store.redis;

import static io.github.ratelimited.Decision.Reason.OVER_LIMIT;
import static io.github.ratelimited.Decision.Reason.STORE_UNAVAILABLE;
import static io.github.ratelimited.Decision.Reason.WITHIN_LIMIT;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.Algorithm;
import io.github.ratelimited.Decision;
import io.github.ratelimited.Limit;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.store.AcquireRequest;
import io.github.ratelimited.store.Claim;
import io.github.ratelimited.store.FailSafeStore;
import io.github.ratelimited.store.LimitName;
import io.github.ratelimited.store.LimiterStore;
import io.github.ratelimited.store.MergingStore;
import io.github.ratelimited.store.StoreFailurePolicy;
import io.github.ratelimited.store.memory.MemoryLimiterStore;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys are data, whatever is in them, and as many as come. */
@Timeout(120)
class RedisBadInputTest {

    private static final Duration DAY = Duration.ofDays(1);
    private static final LimitName NAME = LimitName.of("input");
    private static LocalRedis redis;

    @BeforeAll
    static void start() {
        redis = new LocalRedis();
    }

    @AfterAll
    static void stop() {
        redis.close();
    }

    private static AcquireRequest request(Limit limit, String key) {
        return AcquireRequest.of(new Claim(NAME, limit, key, 1, 0));
    }

    private static FailSafeStore failSafe(RedisConnection connection) {
        TimeSource time = TimeSource.system();
        return new FailSafeStore(
                new MergingStore(new RedisLimiterStore(connection, "")),
                "redis",
                time,
                Duration.ofSeconds(15),
                name -> StoreFailurePolicy.DENY,
                new MemoryLimiterStore(time, 1000),
                1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain:", "{all}:", "{open", "close}", "{}", "", "a b\n\r\0"})
    void eachKeyHasABucketOfItsOwnWhateverIsInItAndInThePrefix(String prefix) {
        String huge = "x".repeat(2_000_000);
        List<String> keys = List.of(
                "",
                " ",
                "{",
                "}",
                "{}",
                "}{",
                "{a}b",
                "a}b",
                "\n",
                "\r\n",
                "\0",
                "a\0",
                "a\0b",
                "*",
                "KEYS[1]",
                "ä",
                "\uD83D\uDE00",
                "\uD800",
                huge,
                huge + "y");
        RedisLimiterStore store = new RedisLimiterStore(redis.connection(), "in" + prefix);
        LimitName other = LimitName.of("other");
        for (Algorithm algorithm : Algorithm.values()) {
            Limit limit = Limit.of(1, DAY).withAlgorithm(algorithm);
            for (String key : keys) {
                Claim claim = new Claim(LimitName.of(algorithm.name()), limit, key, 1, 0);
                AcquireRequest both = new AcquireRequest(List.of(claim, new Claim(other, limit, key, 1, 0)));
                Decision allowed = store.acquire(both);
                assertThat(allowed.allowed()).isTrue();
                assertThat(store.acquire(AcquireRequest.of(claim)).reason()).isEqualTo(OVER_LIMIT);
                store.reset(other, key);
            }
        }
    }

    @Test
    void aFloodOfCallsAtOnceIsDecidedAndExact() {
        try (FailSafeStore store = failSafe(redis.connection())) {
            Limit limit = Limit.of(1000, DAY);
            List<CompletableFuture<Decision>> answers = new ArrayList<>();
            for (int i = 0; i < 20_000; i++) {
                answers.add(store.acquireAsync(request(limit, "one")).toCompletableFuture());
                answers.add(store.acquireAsync(request(limit, "of many " + i)).toCompletableFuture());
            }
            long allowed = 0;
            for (int i = 0; i < answers.size(); i++) {
                Decision decision = answers.get(i).join();
                assertThat(decision.reason()).isIn(WITHIN_LIMIT, OVER_LIMIT);
                allowed += decision.allowed() ? 1 : 0;
            }
            assertThat(allowed).isEqualTo(1000 + 20_000);
        }
    }

    @Test
    void callsAfterTheClientWasClosedAreDecidedWithoutIt() {
        RedisClient client = LocalRedis.client(RedisURI.create("127.0.0.1", redis.port()));
        RedisConnection connection = new RedisConnection(client, TimeSource.system());
        LocalRedis.connected(connection);
        try (FailSafeStore store = failSafe(connection)) {
            AcquireRequest request = request(Limit.of(1000, DAY), "closed");
            assertThat(store.acquire(request).reason()).isEqualTo(WITHIN_LIMIT);
            List<CompletableFuture<Decision>> underWay = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                underWay.add(store.acquireAsync(request(Limit.of(1000, DAY), "closing " + i))
                        .toCompletableFuture());
            }
            connection.close();
            client.shutdown(0, 0, TimeUnit.SECONDS);
            assertThat(CompletableFuture.allOf(underWay.toArray(CompletableFuture<?>[]::new)))
                    .succeedsWithin(Duration.ofSeconds(20));
            for (int i = 0; i < 20; i++) {
                assertThat(store.acquire(request).reason()).isEqualTo(STORE_UNAVAILABLE);
                store.refund(request, store.acquire(request));
            }
            LimiterStore plain = new RedisLimiterStore(connection, "");
            assertThat(plain.acquireAsync(request)).failsWithin(Duration.ofSeconds(20));
        }
    }
}
