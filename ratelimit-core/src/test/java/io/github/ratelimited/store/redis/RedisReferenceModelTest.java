package io.github.ratelimited.store.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.Algorithm;
import io.github.ratelimited.Figure;
import io.github.ratelimited.Limit;
import io.github.ratelimited.store.AcquireRequest;
import io.github.ratelimited.store.Claim;
import io.github.ratelimited.store.LimitName;
import io.github.ratelimited.store.LimiterStore;
import io.github.ratelimited.store.MergingStore;
import io.github.ratelimited.store.Nodes;
import io.github.ratelimited.store.RandomTraffic;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The scripts in a real server against the model of the rules. The server is told the time by the test. */
class RedisReferenceModelTest {

    private static final long SEED = Long.getLong("ratelimit.seed", System.nanoTime());
    private static final int EPISODES = 40;
    private static final int STEPS = 300;

    /** Longer than the test, since keys expire by the real clock. */
    private static final Duration KEPT = Duration.ofMinutes(10);

    private static final String CLOCK = "(function() local us = tonumber(redis.call('GET', 'clock'))"
            + " return {math.floor(us / 1000000), us % 1000000} end)()";

    private static final AtomicInteger EPISODES_PLAYED = new AtomicInteger();

    private static LocalRedis redis;

    @BeforeAll
    static void start() {
        System.out.println("RedisReferenceModelTest: -Dratelimit.seed=" + SEED);
        redis = new LocalRedis();
        useBothScriptsOnce();
        tell(0);
    }

    /** A refund is not waited for; the first one, whose script the server does not know yet, could be overtaken. */
    private static void useBothScriptsOnce() {
        RedisLimiterStore store = new RedisLimiterStore(redis.connection(), "first:");
        Claim claim = store.claim(LimitName.of("limit"), Limit.of(1, Duration.ofDays(1)), null, 1, 0);
        AcquireRequest request = AcquireRequest.of(claim);
        store.refund(request, store.acquire(request));
        while (store.peek(claim).remaining() == 0) {
            Thread.onSpinWait();
        }
    }

    @AfterAll
    static void stop() {
        redis.close();
    }

    @ParameterizedTest
    @EnumSource
    void oneLimitDecidesAsItsModel(Algorithm algorithm) {
        long decisions = 0;
        for (int i = 0; i < EPISODES; i++) {
            SplittableRandom random = new SplittableRandom(SEED + 31L * i);
            decisions += play(random, i, List.of(RandomTraffic.limit(random, algorithm)));
        }
        Figure.add("decisions compared", decisions);
        assertThat(decisions).isGreaterThan(33_000);
    }

    @Test
    void severalLimitsDecideAsTheirModelsAllOrNothing() {
        long decisions = 0;
        for (int i = 0; i < EPISODES; i++) {
            SplittableRandom random = new SplittableRandom(SEED - 31L * i);
            decisions += play(random, i, RandomTraffic.limits(random));
        }
        Figure.add("decisions compared", decisions);
        assertThat(decisions).isGreaterThan(33_000);
    }

    /** It is the server's clock that decides. */
    @ParameterizedTest
    @EnumSource
    void nodesWhoseClocksAreTwoHoursApartDecideAsTheModel(Algorithm algorithm) {
        long decisions = 0;
        RedisClient client = LocalRedis.client(RedisURI.create("127.0.0.1", redis.port()));
        Duration hour = Duration.ofHours(1);
        try (RedisConnection early = new RedisConnection(client, Nodes.wrongBy(hour.negated()));
                RedisConnection late = new RedisConnection(client, Nodes.wrongBy(hour))) {
            LocalRedis.connected(early);
            LocalRedis.connected(late);
            for (int i = 0; i < EPISODES / 2; i++) {
                SplittableRandom random = new SplittableRandom(SEED + 17L * i);
                String prefix = "episode" + EPISODES_PLAYED.incrementAndGet() + ":";
                LimiterStore nodes = new Nodes(
                        random.split(),
                        List.of(
                                new MergingStore(new RedisLimiterStore(early, prefix, CLOCK, KEPT)),
                                new MergingStore(new RedisLimiterStore(late, prefix, CLOCK, KEPT))));
                decisions += play(random, i, List.of(RandomTraffic.limit(random, algorithm)), nodes);
            }
        } finally {
            client.shutdown(0, 0, TimeUnit.SECONDS);
        }
        Figure.add("decisions compared", decisions);
        assertThat(decisions).isGreaterThan(16_000);
    }

    private static int play(SplittableRandom random, int episode, List<Limit> limits) {
        String prefix = "episode" + EPISODES_PLAYED.incrementAndGet() + ":";
        return play(random, episode, limits, new RedisLimiterStore(redis.connection(), prefix, CLOCK, KEPT));
    }

    /** Times are whole microseconds, as the server tells them. */
    private static int play(SplittableRandom random, int episode, List<Limit> limits, LimiterStore store) {
        Claim any = store.claim(LimitName.of("any"), limits.get(0), null, 1, 0);
        return new RandomTraffic(
                        "-Dratelimit.seed=" + SEED + ", episode " + episode,
                        random,
                        limits,
                        store,
                        now -> {
                            store.peek(any); // behind a refund, which is not waited for
                            tell(now);
                        },
                        1000)
                .play(STEPS);
    }

    private static void tell(long now) {
        redis.connection()
                .ask(server -> server.set("clock", Long.toString(now / 1000).getBytes(StandardCharsets.US_ASCII)))
                .toCompletableFuture()
                .join(); // other connections are not behind this one
    }
}
