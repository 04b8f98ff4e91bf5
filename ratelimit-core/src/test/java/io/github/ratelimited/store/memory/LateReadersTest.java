package io.github.ratelimited.store.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.Algorithm;
import io.github.ratelimited.Decision;
import io.github.ratelimited.Limit;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.store.AcquireRequest;
import io.github.ratelimited.store.Claim;
import io.github.ratelimited.store.LimitName;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("Whoever has read the clock and is held up")
class LateReadersTest {

    private static final LimitName NAME = LimitName.of("late");
    private static final Duration HOUR = Duration.ofHours(1);

    private final HeldUp clock = new HeldUp();
    private final MemoryLimiterStore store = new MemoryLimiterStore(clock, 1_000);

    @ParameterizedTest
    @EnumSource
    void resetsWhatWasTakenMeanwhileForRefundsToo(Algorithm algorithm) {
        Claim five = claim(Limit.of(5, HOUR).withAlgorithm(algorithm), 5);
        Claim one = five.with("anna", 1, 0);
        clock.now = 50;
        assertThat(store.tryAcquire(one)).isTrue();
        clock.now = 100;
        Decision[] meanwhile = new Decision[1];
        clock.holdUp(() -> {
            clock.now = 150;
            meanwhile[0] = store.acquire(AcquireRequest.of(five.with("anna", 4, 0)));
            clock.now = 200;
        });
        store.reset(NAME, "anna");
        assertThat(meanwhile[0].allowed()).isTrue();
        assertThat(store.tryAcquire(five)).isTrue();
        store.refund(AcquireRequest.of(five.with("anna", 4, 0)), meanwhile[0]);
        assertThat(store.tryAcquire(one)).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void givesNothingBackToABucketThatHasCountedByOtherNumbersMeanwhile(Algorithm algorithm) {
        Claim five = claim(Limit.of(5, HOUR).withAlgorithm(algorithm), 5);
        Claim ofThousand = claim(Limit.of(1_000, Duration.ofSeconds(1)), 1);
        Decision taken = store.acquire(AcquireRequest.of(five));
        clock.now = Duration.ofSeconds(1).toNanos();
        store.tryAcquire(ofThousand);
        clock.now = Duration.ofSeconds(3).toNanos();
        assertThat(store.tryAcquire(five)).isTrue();
        clock.now = Duration.ofSeconds(4).toNanos();
        store.refund(AcquireRequest.of(five), taken);
        assertThat(store.tryAcquire(five.with("anna", 1, 0))).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void getsBackWhatWasTakenByTheNumbersThatHoldSince(Algorithm algorithm) {
        clock.step = 1; // between any two looks
        store.tryAcquire(claim(Limit.of(1_000, Duration.ofSeconds(1)), 1));
        clock.now += Duration.ofSeconds(1).toNanos();
        Claim changed = claim(Limit.of(1, HOUR).withAlgorithm(algorithm), 1);
        Decision taken = store.acquire(AcquireRequest.of(changed));
        assertThat(taken.allowed()).isTrue();
        store.refund(AcquireRequest.of(changed), taken);
        assertThat(store.tryAcquire(changed)).isTrue();
    }

    @Test
    void decidesOnSeveralLimitsByWhatTheyAreThen() {
        Limit fine = Limit.of(999_999_937, Duration.ofSeconds(1)); // states that are ten seconds old cannot be read
        AcquireRequest both = new AcquireRequest(List.of(
                new Claim(LimitName.of("a"), fine, null, 1, 0), new Claim(LimitName.of("b"), fine, null, 1, 0)));
        assertThat(store.acquire(both).allowed()).isTrue();
        clock.holdUp(() -> clock.now = Duration.ofSeconds(10).toNanos());
        assertThat(store.acquire(both).allowed()).isTrue();
    }

    private Claim claim(Limit limit, long cost) {
        return store.claim(NAME, limit, "anna", cost, 0);
    }

    /** What a thread does that runs between another one's look at the clock and what follows from it. */
    private static final class HeldUp implements TimeSource {

        private long now;
        private long step;
        private @Nullable Runnable meanwhile;

        void holdUp(Runnable meanwhile) {
            this.meanwhile = meanwhile;
        }

        @Override
        public long nanoTime() {
            long read = now;
            now += step;
            Runnable others = meanwhile;
            meanwhile = null;
            if (others != null) {
                others.run();
            }
            return read;
        }

        @Override
        public long epochNanos() {
            return now;
        }

        @Override
        public Future<?> schedule(Runnable task, long delayNanos) {
            return new CompletableFuture<>();
        }
    }
}
