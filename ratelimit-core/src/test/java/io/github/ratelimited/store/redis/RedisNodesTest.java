package io.github.ratelimited.store.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.Algorithm;
import io.github.ratelimited.Limit;
import io.github.ratelimited.store.AcquireRequest;
import io.github.ratelimited.store.Await;
import io.github.ratelimited.store.Claim;
import io.github.ratelimited.store.LimitName;
import io.github.ratelimited.store.LimiterStore;
import io.lettuce.core.api.sync.RedisCommands;
import java.io.BufferedReader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What several instances of an application share, and what it costs the server that they do. */
@Timeout(120)
class RedisNodesTest {

    private static final long SEED = Long.getLong("ratelimit.seed", System.nanoTime());
    private static final long SLACK_MILLIS = 1000;

    /** A server reads the clock for expiry before a command, and for a script when it asks. */
    private static final long CLOCK_MILLIS = 100;

    /** What a server needs for a number beside its key: 16 bytes, and 24 for the entry. */
    private static final long COUNTER_BYTES = 40;

    private final LocalRedis redis = new LocalRedis();
    private final RedisCommands<String, String> operator = redis.commands();

    @AfterEach
    void stop() {
        redis.close();
    }

    @Test
    void processesThatAskAtOnceGetTogetherWhatTheLimitHolds() throws Exception {
        int permits = 1000;
        List<Process> nodes = new ArrayList<>();
        try {
            for (int i = 0; i < 3; i++) {
                nodes.add(node(permits, 250));
            }
            List<BufferedReader> answers = new ArrayList<>();
            for (Process node : nodes) {
                BufferedReader answer = node.inputReader();
                assertThat(answer.readLine()).isEqualTo("ready");
                answers.add(answer);
            }
            for (Process node : nodes) {
                node.outputWriter().append('\n').flush();
            }
            Map<String, Integer> allowed = new HashMap<>();
            for (BufferedReader answer : answers) {
                for (int i = 0; i < Algorithm.values().length; i++) {
                    String line = answer.readLine();
                    int space = line.indexOf(' ');
                    allowed.merge(line.substring(0, space), Integer.parseInt(line.substring(space + 1)), Integer::sum);
                }
            }
            assertThat(allowed)
                    .hasSize(3)
                    .allSatisfy((algorithm, count) ->
                            assertThat(count).as(algorithm).isEqualTo(permits));
        } finally {
            nodes.forEach(Process::destroyForcibly);
        }
    }

    private Process node(int permits, int calls) throws Exception {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        RedisNode.class.getName(),
                        Integer.toString(redis.port()),
                        Integer.toString(permits),
                        Integer.toString(calls))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    @ParameterizedTest
    @EnumSource
    void aKeyLivesUntilItsBucketIsFullAndASecondMore(Algorithm algorithm) {
        SplittableRandom random = new SplittableRandom(SEED);
        LimiterStore store = new RedisLimiterStore(redis.connection(), "");
        LimitName name = LimitName.of("random");
        Map<String, Limit> limits = new HashMap<>();
        for (int i = 0; i < 300; i++) {
            String key = "key" + random.nextInt(50);
            Limit limit = limits.computeIfAbsent(
                    key, k -> limit(random, algorithm, Duration.ofDays(2).toMillis()));
            AcquireRequest request = request(name, limit, key, random);
            store.refund(request, store.acquire(request));
            store.acquire(request);
            Claim claim = request.claims().get(0);
            String redisKey = RedisClaim.redisKey("", name, key);
            long begun = System.nanoTime();
            long before = operator.pttl(redisKey);
            long full = store.peek(claim).resetAfter().toMillis();
            long elapsed = Duration.ofNanos(System.nanoTime() - begun).toMillis();
            if (full > 0) {
                assertThat(before)
                        .as("-Dratelimit.seed=" + SEED + " " + limit)
                        .isBetween(full, full + elapsed + SLACK_MILLIS + CLOCK_MILLIS);
            }
        }
        assertThat(operator.keys("*"))
                .isNotEmpty()
                .allSatisfy(key -> assertThat(operator.pttl(key)).as(key).isNotEqualTo(-1));
    }

    @Test
    void nothingStays() {
        SplittableRandom random = new SplittableRandom(SEED);
        LimiterStore store = new RedisLimiterStore(redis.connection(), "");
        for (Algorithm algorithm : Algorithm.values()) {
            for (int i = 0; i < 200; i++) {
                Limit limit = limit(random, algorithm, 100);
                store.acquire(request(LimitName.of(algorithm.name()), limit, "key" + i, random));
            }
        }
        assertThat(operator.dbsize()).as("-Dratelimit.seed=" + SEED).isPositive();
        Await.until("the server is empty", () -> operator.dbsize() == 0);
    }

    private static Limit limit(SplittableRandom random, Algorithm algorithm, long longestMillis) {
        return Limit.of(random.nextLong(1, 100), Duration.ofMillis(random.nextLong(1, longestMillis)))
                .withAlgorithm(algorithm);
    }

    private static AcquireRequest request(LimitName name, Limit limit, String key, SplittableRandom random) {
        long cost = random.nextLong(1, limit.burst() + 1);
        return AcquireRequest.of(
                new Claim(name, limit, key, cost, random.nextLong(limit.period().toNanos())));
    }

    @ParameterizedTest
    @EnumSource(names = {"TOKEN_BUCKET", "FIXED_WINDOW"})
    void aBucketTakesFewBytes(Algorithm algorithm) {
        LimiterStore store = new RedisLimiterStore(redis.connection(), "ratelimit:");
        LimitName name = LimitName.of("api");
        Limit limit = Limit.of(999_983, Duration.ofDays(1)).withAlgorithm(algorithm);
        for (String key : Set.of("u", "user-12345", "a-name-that-is-rather-long-as-names-go@example.com")) {
            assertThat(store.acquire(AcquireRequest.of(new Claim(name, limit, key, 7, 0)))
                            .allowed())
                    .isTrue();
            String redisKey = RedisClaim.redisKey("ratelimit:", name, key);
            operator.set("x".repeat(redisKey.length()), "1000000");
            long keyBytes = operator.memoryUsage("x".repeat(redisKey.length())) - COUNTER_BYTES;
            assertThat(operator.memoryUsage(redisKey) - keyBytes)
                    .as("bytes beside the key's own")
                    .isBetween(COUNTER_BYTES, 120L);
        }
    }
}
