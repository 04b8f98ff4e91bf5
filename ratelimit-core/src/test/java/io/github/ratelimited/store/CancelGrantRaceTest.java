package io.github.ratelimited.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.Algorithm;
import io.github.ratelimited.Figure;
import io.github.ratelimited.Limit;
import io.github.ratelimited.RateLimiter;
import io.github.ratelimited.test.MutableTimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Waiters give up while others have their turn: each is one or the other, and no permit is lost or made. */
class CancelGrantRaceTest {

    private static final long SEED = Long.getLong("ratelimit.seed", System.nanoTime());
    private static final int ROUNDS = 20;
    private static final int WAITERS = 2_000;
    private static final Duration MILLI = Duration.ofMillis(1);

    @BeforeAll
    static void printTheSeed() {
        System.out.println("CancelGrantRaceTest: -Dratelimit.seed=" + SEED);
    }

    /** One permit each millisecond; up to 900 milliseconds pass while two threads cancel 1,000 of 2,000 waiters. */
    @ParameterizedTest
    @EnumSource
    void whoeverIsNotCancelledHasHisTurnAndNothingIsLost(Algorithm algorithm) throws Exception {
        ExecutorService cancellers = Executors.newFixedThreadPool(2);
        try {
            for (int round = 0; round < ROUNDS; round++) {
                round(new Random(SEED + round), algorithm, cancellers, "seed " + SEED + ", round " + round);
            }
        } finally {
            cancellers.shutdownNow();
        }
        Figure.add("waiters raced with their turns", (long) ROUNDS * WAITERS);
    }

    private static void round(Random random, Algorithm algorithm, ExecutorService cancellers, String round)
            throws Exception {
        MutableTimeSource time = new MutableTimeSource();
        RateLimiter limiter = RateLimiter.create(Limit.of(1, MILLI).withAlgorithm(algorithm), time);
        assertThat(limiter.tryAcquire()).isTrue();
        List<CompletableFuture<Void>> waiters = new ArrayList<>();
        for (int i = 0; i < WAITERS; i++) {
            waiters.add(limiter.acquireAsync());
        }
        List<CompletableFuture<Void>> fickle = new ArrayList<>(waiters);
        Collections.shuffle(fickle, random);
        List<Future<Integer>> cancelled = new ArrayList<>();
        for (int half = 0; half < 2; half++) {
            List<CompletableFuture<Void>> mine = fickle.subList(half * WAITERS / 4, (half + 1) * WAITERS / 4);
            cancelled.add(cancellers.submit(() -> {
                int succeeded = 0;
                for (CompletableFuture<Void> waiter : mine) {
                    succeeded += waiter.cancel(false) ? 1 : 0;
                }
                return succeeded;
            }));
        }
        int passed = 0;
        while (passed < 900 && !(cancelled.get(0).isDone() && cancelled.get(1).isDone())) {
            time.advance(MILLI);
            passed++;
        }
        int gone = cancelled.get(0).get() + cancelled.get(1).get();

        long cancelledNow =
                waiters.stream().filter(CompletableFuture::isCancelled).count();
        long grantedNow = waiters.stream()
                .filter(waiter -> waiter.isDone() && !waiter.isCompletedExceptionally())
                .count();
        assertThat(cancelledNow).as(round).isEqualTo(gone);
        assertThat(grantedNow).as("one a millisecond, " + round).isEqualTo(passed);

        long waiting = WAITERS - gone - grantedNow;
        Duration next = limiter.peek().retryAfter();
        assertThat(next)
                .as("the state is that of those granted and those still waiting, " + round)
                .isEqualTo(MILLI.multipliedBy(waiting + 1));

        time.advance(MILLI.multipliedBy(waiting));
        assertThat(waiters).as(round).allMatch(CompletableFuture::isDone);
        assertThat(limiter.tryAcquire()).as(round).isFalse();
        time.advance(MILLI);
        assertThat(limiter.tryAcquire()).as(round).isTrue();
    }
}
