package io.github.ratelimited.reactor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.ratelimited.Limit;
import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.RateLimiter;
import io.github.ratelimited.test.MutableTimeSource;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

@Timeout(20)
class RateLimitOperatorTest {

    private static final Duration SECOND = Duration.ofSeconds(1);

    private final MutableTimeSource time = new MutableTimeSource();
    private final RateLimiter limiter = RateLimiter.create(Limit.of(2, SECOND), time);
    private final RateLimiter patient = limiter.withMaxWait(SECOND);
    private final AtomicInteger subscriptions = new AtomicInteger();
    private final Mono<Integer> mono = Mono.defer(() -> Mono.just(subscriptions.incrementAndGet()));

    @Test
    void eachSubscriptionTakesAPermitAndAssemblyNone() {
        Mono<Integer> limited = mono.transform(RateLimitOperator.of(limiter));
        assertThat(limiter.peek().remaining()).isEqualTo(2);
        StepVerifier.create(limited).expectNext(1).verifyComplete();
        StepVerifier.create(limited).expectNext(2).verifyComplete();
        StepVerifier.create(limited).verifyError(RateLimitExceededException.class);
        assertThat(subscriptions).as("a denied one does not reach the source").hasValue(2);
    }

    @Test
    void aFluxPassesWhole() {
        StepVerifier.create(Flux.range(1, 3).transform(RateLimitOperator.of(limiter)))
                .expectNext(1, 2, 3)
                .verifyComplete();
        assertThat(limiter.peek().remaining()).isEqualTo(1);
    }

    @Test
    void aSubscriptionCostsWhatItIsSaidTo() {
        StepVerifier.create(mono.transform(RateLimitOperator.of(limiter, 2)))
                .expectNext(1)
                .verifyComplete();
        assertThat(limiter.peek().remaining()).isZero();
        assertThatIllegalArgumentException().isThrownBy(() -> RateLimitOperator.of(limiter, 0));
    }

    @Test
    void waitsForItsTurnWithoutAThread() {
        assertThat(limiter.tryAcquire(2)).isTrue();
        StepVerifier.create(mono.transform(RateLimitOperator.of(patient, 2)))
                .then(() -> time.advance(SECOND.minusNanos(1)))
                .then(() -> assertThat(subscriptions).hasValue(0))
                .then(() -> time.advance(Duration.ofNanos(1)))
                .expectNext(1)
                .verifyComplete();
    }

    @Test
    void cancelledBeforeItsTurnGivesThePermitBack() {
        assertThat(limiter.tryAcquire(2)).isTrue();
        Disposable waiting = mono.transform(RateLimitOperator.of(patient, 2)).subscribe();
        waiting.dispose();
        time.advance(SECOND);
        assertThat(limiter.tryAcquire(2)).isTrue();
        assertThat(subscriptions).hasValue(0);
    }

    /** Between its turn and the source there is a moment, in which the permit is still unused. */
    @Test
    void cancelledAtItsTurnItEitherReachesTheSourceOrGivesThePermitBack() throws Exception {
        ExecutorService canceller = Executors.newSingleThreadExecutor();
        try {
            for (int round = 0; round < 1_000; round++) {
                MutableTimeSource clock = new MutableTimeSource();
                RateLimiter one = RateLimiter.create(Limit.of(1, SECOND), clock);
                assertThat(one.tryAcquire()).isTrue();
                subscriptions.set(0);
                Disposable waiting = mono.transform(RateLimitOperator.of(one.withMaxWait(SECOND)))
                        .subscribe();
                AtomicInteger ready = new AtomicInteger();
                Future<?> cancelled = canceller.submit(() -> {
                    meet(ready);
                    waiting.dispose();
                });
                meet(ready);
                clock.advance(SECOND);
                cancelled.get();
                assertThat(one.tryAcquire()).as("round " + round).isEqualTo(subscriptions.get() == 0);
            }
        } finally {
            canceller.shutdownNow();
        }
    }

    private static void meet(AtomicInteger ready) {
        ready.incrementAndGet();
        while (ready.get() < 2) {
            Thread.onSpinWait();
        }
    }

    @Test
    void aRetryCounts() {
        Mono<Integer> failing = Mono.defer(() -> {
            subscriptions.incrementAndGet();
            return Mono.error(new IllegalStateException("fails always"));
        });
        StepVerifier.create(failing.transform(RateLimitOperator.of(limiter)).retry(5))
                .verifyError(RateLimitExceededException.class);
        assertThat(subscriptions).hasValue(2);
    }
}
