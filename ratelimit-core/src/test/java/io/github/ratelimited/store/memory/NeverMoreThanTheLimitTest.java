package io.github.ratelimited.store.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.github.ratelimited.Algorithm;
import io.github.ratelimited.Decision;
import io.github.ratelimited.Figure;
import io.github.ratelimited.Limit;
import io.github.ratelimited.store.AcquireRequest;
import io.github.ratelimited.store.Claim;
import io.github.ratelimited.store.LimitName;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The first law, checked on what went through and by nothing else: over random traffic, in every stretch of time. */
class NeverMoreThanTheLimitTest {

    private static final long SEED = Long.getLong("ratelimit.seed", System.nanoTime());
    private static final int EPISODES = 300;
    private static final int CALLS = 400;
    private static final long FURTHEST_BACK = Duration.ofMinutes(1).toNanos();

    private record Grant(long at, long cost, AcquireRequest request, Decision decision) {}

    @BeforeAll
    static void printTheSeed() {
        System.out.println("NeverMoreThanTheLimitTest: -Dratelimit.seed=" + SEED);
    }

    @ParameterizedTest
    @EnumSource
    void goesThrough(Algorithm algorithm) {
        playAll(algorithm, false, false);
    }

    /** Calls that were given back, before their turn or after it, did not take place and are not counted. */
    @ParameterizedTest
    @EnumSource
    void goesThroughWhenCallsAreGivenBack(Algorithm algorithm) {
        playAll(algorithm, true, false);
    }

    /** Of a window of the calendar what counts is the time that the clock told, else how much time has really passed. */
    @ParameterizedTest
    @EnumSource
    void goesThroughWhenTheClockGoesBack(Algorithm algorithm) {
        playAll(algorithm, false, true);
    }

    private static void playAll(Algorithm algorithm, boolean refunds, boolean back) {
        long grants = 0;
        for (int i = 0; i < EPISODES; i++) {
            grants += play(new SplittableRandom(SEED + i), algorithm, refunds, back, "seed " + SEED + ", episode " + i);
        }
        Figure.add("grants compared with every window", grants);
        assertThat(grants).isGreaterThan(EPISODES * CALLS / 20);
    }

    private static int play(
            SplittableRandom random, Algorithm algorithm, boolean refunds, boolean back, String episode) {
        Limit limit = limit(random, algorithm);
        long period = limit.period().toNanos();
        JumpingClock clock = new JumpingClock(0, 0);
        MemoryLimiterStore store = new MemoryLimiterStore(clock, 10);
        String key = !back && random.nextBoolean() ? "key" : null; // one with a key may be forgotten, and not come back
        List<Grant> grants = new ArrayList<>();
        long passed = 0;
        long behind = 0; // the latest time that the clock has told
        for (int call = 0; call < CALLS; call++) {
            long pause = random.nextInt(3) == 0 ? 0 : random.nextLong(1 + 2 * period / Math.min(limit.permits(), 5));
            clock.jump(pause);
            passed += pause;
            behind = Math.max(0, behind - pause);
            if (back && random.nextInt(10) == 0) {
                long jump = random.nextLong(1 + Math.min(3 * period, FURTHEST_BACK - behind));
                clock.jump(-jump);
                behind += jump;
            }
            long now = back && algorithm != Algorithm.FIXED_WINDOW ? passed : clock.nanoTime();
            long cost = random.nextInt(3) > 0 ? 1 : random.nextLong(1, limit.burst() + 1);
            AcquireRequest request = AcquireRequest.of(
                    new Claim(LimitName.of("a"), limit, key, cost, random.nextInt(3) * random.nextLong(2 * period)));
            Decision decision = store.acquire(request);
            if (decision.allowed()) {
                grants.add(new Grant(now + decision.waitNanos(), cost, request, decision));
            }
            if (refunds && !grants.isEmpty() && random.nextInt(3) == 0) {
                int last = grants.size() - 1;
                Grant given = grants.remove(last - random.nextInt(Math.min(grants.size(), 5)));
                store.refund(given.request, given.decision);
            }
        }
        grants.sort(Comparator.comparingLong(Grant::at));
        check(limit, grants, episode);
        return grants.size();
    }

    private static Limit limit(SplittableRandom random, Algorithm algorithm) {
        long permits = random.nextLong(1, 30);
        Duration period = Duration.ofNanos(random.nextLong(1, 1L << random.nextInt(5, 40)));
        if (algorithm != Algorithm.TOKEN_BUCKET) {
            return Limit.of(permits, period).withAlgorithm(algorithm);
        }
        return random.nextInt(5) == 0
                ? Limit.of(1_000_003, Duration.ofDays(1)).withBurst(random.nextLong(1, 1_000_000))
                : Limit.of(permits, period).withBurst(random.nextLong(1, 30));
    }

    private static void check(Limit limit, List<Grant> grants, String episode) {
        long period = limit.period().toNanos();
        for (int first = 0; first < grants.size(); first++) {
            long from = grants.get(first).at;
            long sum = 0;
            for (int last = first; last < grants.size(); last++) {
                long until = grants.get(last).at;
                sum += grants.get(last).cost;
                if (!within(limit, sum, from, until, period)) {
                    fail("%s, %s: %d permits from %d to %d".formatted(episode, limit, sum, from, until));
                }
            }
        }
    }

    private static boolean within(Limit limit, long sum, long from, long until, long period) {
        return switch (limit.algorithm()) {
            case SLIDING_WINDOW -> until - from >= period || sum <= limit.permits();
            case FIXED_WINDOW -> Math.floorDiv(from, period) != Math.floorDiv(until, period) || sum <= limit.permits();
            case TOKEN_BUCKET ->
                BigInteger.valueOf(sum - limit.burst())
                                .multiply(BigInteger.valueOf(period))
                                .compareTo(
                                        BigInteger.valueOf(limit.permits()).multiply(BigInteger.valueOf(until - from)))
                        <= 0;
        };
    }
}
