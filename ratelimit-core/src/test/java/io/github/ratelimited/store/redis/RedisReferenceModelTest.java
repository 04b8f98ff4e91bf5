package io.github.ratelimited.store.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.Algorithm;
import io.github.ratelimited.Decision;
import io.github.ratelimited.Figure;
import io.github.ratelimited.Limit;
import io.github.ratelimited.store.AcquireRequest;
import io.github.ratelimited.store.Claim;
import io.github.ratelimited.store.LimitName;
import io.github.ratelimited.store.LimiterStore;
import io.github.ratelimited.store.MergingStore;
import io.github.ratelimited.store.Nodes;
import io.github.ratelimited.store.Proportion;
import io.github.ratelimited.store.RandomTraffic;
import io.github.ratelimited.store.memory.MemoryLimiterStore;
import io.github.ratelimited.test.MutableTimeSource;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
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

    private static final LimitName NAME = LimitName.of("limit");
    private static final long LONG_WAIT = Duration.ofDays(1).toNanos();

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
        Claim claim = store.claim(NAME, Limit.of(1, Duration.ofDays(1)), null, 1, 0);
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

    @Test
    void aTurnThatIsNotTheLastStaysThoughTheOthersAreLessThanAMicrosecondBehind() {
        tell(1_700_000_000_000_000_000L);
        LimiterStore store = store();
        Limit fast = Limit.of(10_000_000, Duration.ofSeconds(1)).withBurst(100);
        AcquireRequest turn = AcquireRequest.of(store.claim(NAME, fast, null, 1, LONG_WAIT));
        store.acquire(AcquireRequest.of(store.claim(NAME, fast, null, 100, 0)));
        List<Decision> turns = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            turns.add(store.acquire(turn));
        }
        for (Decision early : turns.subList(0, 99)) {
            store.refund(turn, early);
        }
        assertThat(store.peek(turn.claims().get(0)).resetAfter()).isEqualTo(Duration.ofNanos(20_000));
        store.refund(turn, turns.get(99));
        assertThat(store.peek(turn.claims().get(0)).resetAfter()).isEqualTo(Duration.ofNanos(19_900));
    }

    /** Each counts from a whole microsecond on, as its permits are there only within it. */
    @Test
    void turnsThatGoFromTheLastToTheFirstLeaveNothing() {
        tell(1_700_000_000_000_000_000L);
        for (long permits : List.of(3L, 999_983L, 10_000_019L)) {
            LimiterStore store = store();
            Limit limit = Limit.of(permits, Duration.ofSeconds(1)).withBurst(1);
            AcquireRequest turn = AcquireRequest.of(store.claim(NAME, limit, null, 1, LONG_WAIT));
            store.acquire(turn);
            Duration before = store.peek(turn.claims().get(0)).resetAfter();
            List<Decision> turns = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                turns.add(store.acquire(turn));
            }
            for (int i = turns.size(); i > 0; i--) {
                store.refund(turn, turns.get(i - 1));
            }
            assertThat(store.peek(turn.claims().get(0)).resetAfter()).isEqualTo(before);
        }
    }

    /** The fast one has room until its turn, but was closed for longer than that. */
    @Test
    void aTurnThatWaitsForTheSakeOfAnotherLimitGoesWholeFromBoth() {
        tell(1_700_000_000_000_000_000L);
        LimiterStore store = store();
        Claim fast = store.claim(
                LimitName.of("fast"), Limit.of(9_999_991, Duration.ofSeconds(1)).withBurst(1000), null, 1, LONG_WAIT);
        Claim slow = store.claim(
                LimitName.of("slow"), Limit.of(20_000, Duration.ofSeconds(1)).withBurst(1), null, 1, LONG_WAIT);
        AcquireRequest both = new AcquireRequest(List.of(fast, slow));
        store.acquire(AcquireRequest.of(fast.with(null, 900, 0)));
        store.acquire(AcquireRequest.of(slow));
        Duration fastBefore = store.peek(fast).resetAfter();
        Decision turn = store.acquire(both);
        assertThat(turn.waitTime()).isEqualTo(Duration.ofNanos(50_000));
        assertThat(store.peek(fast).resetAfter()).isGreaterThan(fastBefore);
        store.refund(both, turn);
        assertThat(store.peek(fast).resetAfter()).isEqualTo(fastBefore);
        assertThat(store.peek(slow).resetAfter()).isEqualTo(Duration.ofNanos(50_000));
    }

    /** In Redis a turn comes at a whole microsecond, and where its limit would not have held it up until then counts from there. */
    @Test
    void refundsOfTurnsAtHighRatesGiveBackWhatThoseOfTheMemoryStoreDoAndNeverMore() {
        for (int i = 0; i < EPISODES; i++) {
            SplittableRandom random = new SplittableRandom(SEED - 17L * i);
            long inAMicrosecond = Math.round(Math.pow(10, 4 * random.nextDouble()));
            long permits = 1_000_000 * inAMicrosecond + random.nextLong(1_000_000);
            long burst = random.nextInt(20) * inAMicrosecond + 1 + random.nextInt(100);
            long most = random.nextBoolean() ? Math.min(burst, 5) : burst;
            Limit limit = Limit.of(permits, Duration.ofSeconds(1)).withBurst(burst);
            boolean same = isWhole(limit, most);
            MutableTimeSource clock = new MutableTimeSource(random.nextLong(1, 4_000_000_000_000_000L) * 1000);
            LimiterStore memory = new MemoryLimiterStore(clock, 10);
            LimiterStore store = store();
            tell(clock.nanoTime());
            List<Turn> turns = new ArrayList<>();
            for (int step = 0; step < STEPS; step++) {
                int what = random.nextInt(8);
                if (what == 0) {
                    clock.advance(Duration.ofNanos(1000 * random.nextLong(4)));
                    tell(clock.nanoTime());
                } else if (what < 4 && !turns.isEmpty()) {
                    Turn turn = turns.remove(random.nextBoolean() ? turns.size() - 1 : random.nextInt(turns.size()));
                    if (turn.inMemory.grantedAt() > clock.nanoTime()) {
                        memory.refund(turn.request, turn.inMemory);
                        store.refund(turn.request, turn.inRedis);
                    }
                } else {
                    AcquireRequest request =
                            AcquireRequest.of(new Claim(NAME, limit, null, random.nextLong(1, most + 1), LONG_WAIT));
                    turns.add(new Turn(request, memory.acquire(request), store.acquire(request)));
                }
                Claim any = new Claim(NAME, limit, null, 1, 0);
                assertThat(store.peek(any).resetAfter())
                        .as("-Dratelimit.seed=%d, episode %d, step %d, %s", SEED, i, step, limit)
                        .isGreaterThanOrEqualTo(memory.peek(any).resetAfter())
                        .matches(reset -> !same || reset.equals(memory.peek(any).resetAfter()), "as in memory");
            }
        }
    }

    private record Turn(AcquireRequest request, Decision inMemory, Decision inRedis) {}

    /** As {@link Proportion} says, which divides whole numbers of any size. */
    @Test
    void whatWasTakenOfALimitThatChangesIsTakenOfTheOtherToTheLastPermit() {
        tell(1_700_000_000_000_000_000L);
        SplittableRandom random = new SplittableRandom(SEED);
        for (int i = 0; i < 1000; i++) {
            LimiterStore store = store();
            Limit from = large(random);
            Limit to = large(random);
            long taken = random.nextLong(1, from.burst() + 1);
            store.acquire(AcquireRequest.of(store.claim(NAME, from, null, taken, 0)));
            long ahead = random.nextLong(1, from.burst() + 1);
            if (random.nextBoolean() && isWhole(from, ahead)) {
                Claim turn = store.claim(NAME, from, null, ahead, Limit.MAX_PERIOD.toNanos());
                taken += store.acquire(AcquireRequest.of(turn)).allowed() ? ahead : 0;
            }
            Decision peeked = store.peek(store.claim(NAME, to, null, 1, 0));
            long expected = Proportion.converted(taken, from, to);
            if (expected >= 1L << 53) {
                continue; // years ahead of a limit that is as fast as any: more than the server can count
            }
            assertThat(List.of(peeked.remaining(), peeked.resetAfter()))
                    .as(
                            "-Dratelimit.seed=%d, %d taken of %s (%s), changed to %s (%s)",
                            SEED, taken, from, from.algorithm(), to, to.algorithm())
                    .isEqualTo(List.of(Math.max(0, to.burst() - expected), reset(expected, to)));
        }
    }

    /** Whether a turn that comes at a whole microsecond takes no more than its cost. */
    private static boolean isWhole(Limit limit, long cost) {
        return (double) (limit.burst() - cost)
                        / limit.permits()
                        * limit.period().toNanos()
                > 1000;
    }

    private static Limit large(SplittableRandom random) {
        long permits = random.nextLong(1, 1L << random.nextInt(1, 40));
        Duration period = Duration.ofSeconds(random.nextLong(1, 1L << random.nextInt(1, 28)));
        Limit limit = Limit.of(permits, period);
        return limit.withBurst(Math.max(1, Math.min(permits, random.nextLong(1, 1L << random.nextInt(1, 40)))));
    }

    private static Duration reset(long taken, Limit limit) {
        BigInteger[] nanos = BigInteger.valueOf(taken)
                .multiply(BigInteger.valueOf(limit.period().toNanos()))
                .divideAndRemainder(BigInteger.valueOf(limit.permits()));
        return Duration.ofNanos(nanos[0].longValueExact() + nanos[1].signum());
    }

    private static LimiterStore store() {
        String prefix = "episode" + EPISODES_PLAYED.incrementAndGet() + ":";
        return new RedisLimiterStore(redis.connection(), prefix, CLOCK, KEPT);
    }

    private static int play(SplittableRandom random, int episode, List<Limit> limits) {
        return play(random, episode, limits, store());
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
