package io.github.ratelimited.store.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.Limit;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.store.Claim;
import io.github.ratelimited.store.LimitName;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Removing what has refilled keeps nobody waiting whose turn comes by the same timer. */
class SweepTest {

    private static final int KEYS = 300_000;
    private static final long SECOND = 1_000_000_000L;

    /** A timer that a test turns by hand. */
    private static final class Timer implements TimeSource {

        private record Task(Runnable runnable, long delay) {}

        private final Deque<Task> tasks = new ArrayDeque<>();
        private long now;

        @Override
        public long nanoTime() {
            return now;
        }

        @Override
        public long epochNanos() {
            return now;
        }

        @Override
        public Future<?> schedule(Runnable task, long delayNanos) {
            tasks.add(new Task(task, delayNanos));
            return new CompletableFuture<>();
        }

        /** Runs the next task, and returns how long it had to wait for that. */
        long runNext() {
            Task next = tasks.remove();
            next.runnable.run();
            return next.delay;
        }
    }

    private final Timer timer = new Timer();
    private final MemoryLimiterStore store = new MemoryLimiterStore(timer, 1_000_000);

    private void fill() {
        for (int i = 0; i < KEYS; i++) {
            store.tryAcquire(
                    new Claim(LimitName.of("a"), Limit.of(1, Duration.ofSeconds(1)), Integer.toString(i), 1, 0));
        }
    }

    @Test
    void goesInPiecesBetweenWhichTheTimerIsFree() {
        fill();
        assertThat(timer.tasks).hasSize(1);
        timer.now += 2 * SECOND;
        assertThat(timer.runNext()).isEqualTo(SECOND);
        int pieces = 1;
        while (timer.tasks.getFirst().delay == 0) {
            long before = store.keys();
            timer.runNext();
            assertThat(before - store.keys()).isBetween(1L, 4_000L);
            pieces++;
        }
        assertThat(pieces).isBetween(4, 6);
        assertThat(timer.tasks).hasSize(1);
    }

    @Test
    void endsWhenAllIsGoneAndBeginsAnew() {
        fill();
        timer.now += 2 * SECOND;
        int ticks = 0;
        while (!timer.tasks.isEmpty()) {
            timer.runNext();
            assertThat(++ticks).isLessThan(2_000);
        }
        assertThat(store.keys()).isZero();
        fill();
        assertThat(timer.tasks).hasSize(1);
    }
}
