package io.github.ratelimited.store.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.github.ratelimited.Limit;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.store.Claim;
import io.github.ratelimited.store.LimitName;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A clock of an application that fails fails one call; those who come later find the store in order. */
class FailingClockTest {

    private static final LimitName NAME = LimitName.of("a");
    private static final Limit BEFORE = Limit.of(100, Duration.ofHours(1));
    private static final Limit AFTER = Limit.of(50, Duration.ofHours(1));

    private static final class Clock implements TimeSource {

        private final Deque<Runnable> tasks = new ArrayDeque<>();
        private boolean fails;
        private boolean stands;
        private boolean hasNoTimer;

        @Override
        public long nanoTime() {
            if (stands) {
                throw new IllegalStateException("no time");
            }
            return 0;
        }

        @Override
        public long epochNanos() {
            if (fails) {
                throw new IllegalStateException("no clock");
            }
            return 0;
        }

        @Override
        public Future<?> schedule(Runnable task, long delayNanos) {
            if (hasNoTimer) {
                throw new IllegalStateException("no timer");
            }
            tasks.add(task);
            return new CompletableFuture<>();
        }
    }

    private final Clock clock = new Clock();
    private final MemoryLimiterStore store = new MemoryLimiterStore(clock, 1);

    private boolean tryAcquire(Limit limit, @Nullable String key, long cost) {
        return assertTimeoutPreemptively(
                Duration.ofSeconds(20), () -> store.tryAcquire(new Claim(NAME, limit, key, cost, 0)));
    }

    private void failsOnce(Limit limit, @Nullable String key) {
        clock.fails = true;
        assertThatIllegalStateException()
                .isThrownBy(() -> tryAcquire(limit, key, 1))
                .withMessage("no clock");
        clock.fails = false;
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = "anna")
    void leavesACellOpenWhoseNumbersChange(String key) {
        assertThat(tryAcquire(BEFORE, key, 60)).isTrue();
        failsOnce(AFTER, key);
        assertThat(tryAcquire(BEFORE, key, 41)).isFalse();
        assertThat(tryAcquire(AFTER, key, 20)).isTrue();
        assertThat(tryAcquire(AFTER, key, 1)).isFalse();
    }

    @Test
    void leavesASharedCellOpenWhoseNumbersChange() {
        assertThat(tryAcquire(BEFORE, "whose there is room for", 1)).isTrue();
        assertThat(tryAcquire(BEFORE, "shares", 60)).isTrue();
        failsOnce(AFTER, "shares");
        assertThat(tryAcquire(AFTER, "shares", 20)).isTrue();
        assertThat(tryAcquire(AFTER, "shares", 1)).isFalse();
    }

    @Test
    void leavesTheRoomOfANewKeyToOthers() {
        failsOnce(BEFORE, "anna");
        assertThat(store.keys()).isZero();
    }

    @Test
    void doesNotEndTheSweepWhenItFailsInATick() {
        tryAcquire(BEFORE, "anna", 1);
        clock.stands = true;
        assertThatIllegalStateException()
                .isThrownBy(() -> clock.tasks.remove().run())
                .withMessage("no time");
        clock.stands = false;
        tryAcquire(BEFORE, "bert", 1);
        assertThat(clock.tasks).hasSize(1);
    }

    @Test
    void doesNotEndTheSweepWhenItHasNoTimerForOnce() {
        clock.hasNoTimer = true;
        assertThatIllegalStateException()
                .isThrownBy(() -> tryAcquire(BEFORE, "anna", 1))
                .withMessage("no timer");
        clock.hasNoTimer = false;
        tryAcquire(BEFORE, "bert", 1);
        assertThat(clock.tasks).hasSize(1);
    }
}
