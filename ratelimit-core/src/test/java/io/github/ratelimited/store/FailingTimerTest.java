package io.github.ratelimited.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.ratelimited.Limit;
import io.github.ratelimited.RateLimiter;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.test.MutableTimeSource;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** A turn that no timer would call out is not waited for, and goes to the next. */
class FailingTimerTest {

    private static final Duration SECOND = Duration.ofSeconds(1);

    private final MutableTimeSource time = new MutableTimeSource();
    private boolean hasTimer = true;

    private final RateLimiter limiter = RateLimiter.create(Limit.of(1, SECOND), new TimeSource() {

        @Override
        public long nanoTime() {
            return time.nanoTime();
        }

        @Override
        public Future<?> schedule(Runnable task, long delayNanos) {
            if (!hasTimer) {
                throw new IllegalStateException("no timer");
            }
            return time.schedule(task, delayNanos);
        }

        @Override
        public Executor executor() {
            return time.executor();
        }
    });

    @Test
    void failsTheCallAndGivesItsTurnBack() {
        assertThat(limiter.tryAcquire()).isTrue();
        hasTimer = false;
        CompletableFuture<Void> failed = limiter.acquireAsync();
        assertThatThrownBy(failed::join).hasRootCauseMessage("no timer");
        hasTimer = true;
        assertThat(limiter.peek().retryAfter()).isEqualTo(SECOND);
        CompletableFuture<Void> next = limiter.acquireAsync();
        assertThat(next).isNotDone();
        time.advance(SECOND);
        assertThat(next).isCompleted();
    }
}
