package io.github.ratelimited.store.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.Algorithm;
import io.github.ratelimited.Limit;
import io.github.ratelimited.store.CompactAlgorithm;
import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("An origin")
class OriginTest {

    /** Of the finest ticks, with which bases wrap within hours. */
    private static final Limit FINE = Limit.of(999_983, Duration.ofSeconds(1)).withBurst(868);

    private final CompactAlgorithm algorithm = CompactAlgorithm.of(FINE);

    @Test
    void followsThoseBeforeItAndNoneAfterItHoweverFarApart() {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 10_000; i++) {
            long start = random.nextLong();
            long apart = random.nextLong(1, 1L << (2 + i % 55)); // nanoseconds to years
            JumpingClock clock = new JumpingClock(start, 0);
            Origin before = origin(clock);
            clock.jump(apart);
            Origin after = origin(clock);
            assertThat(after.follows(before)).as("seed %s, %s", seed, apart).isTrue();
            assertThat(before.follows(after)).as("seed %s, %s", seed, apart).isFalse();
            long now = clock.nanoTime();
            long taken = algorithm.consume(100, before.elapsed(now));
            long left = before.past(now) ? 0 : algorithm.consumed(taken, before.elapsed(now));
            assertThat(algorithm.consumed(after.convert(before, taken, now), after.elapsed(now)))
                    .as("seed %s, %s", seed, apart)
                    .isEqualTo(left);
        }
    }

    @Test
    void ofAFixedWindowFollowsOneOfTheSameWindowThoughTheTwoClocksAreNotReadAtOnce() {
        Limit daily = Limit.of(5, Duration.ofDays(1)).withAlgorithm(Algorithm.FIXED_WINDOW);
        CompactAlgorithm fixed = CompactAlgorithm.of(daily);
        JumpingClock clock = new JumpingClock(0, 0);
        Origin before = new Origin(daily, fixed, clock, 0);
        clock.jump(61_000_000_000L);
        clock.setEpoch(clock.epochNanos() + 1_000);
        Origin after = new Origin(daily, fixed, clock, clock.nanoTime());
        assertThat(after.follows(before)).isTrue();
        assertThat(after.convert(before, 3, clock.nanoTime())).isEqualTo(3);
    }

    @Test
    void takesAFullBucketForFullHoweverFarTheWallClockIsSet() {
        Limit most = Limit.of(1_000_000_000_000L, Duration.ofSeconds(1)).withAlgorithm(Algorithm.FIXED_WINDOW);
        CompactAlgorithm fixed = CompactAlgorithm.of(most);
        JumpingClock clock = new JumpingClock(0, 0);
        Origin before = new Origin(most, fixed, clock, 0);
        clock.setEpoch(Duration.ofDays(105).toNanos());
        Origin after = new Origin(most, fixed, clock, 0);
        assertThat(after.convert(before, fixed.full(), 0)).isEqualTo(fixed.full());
    }

    private Origin origin(JumpingClock clock) {
        return new Origin(FINE, algorithm, clock, clock.nanoTime());
    }
}
