package io.github.ratelimited.flood;

import io.github.ratelimited.Limit;
import io.github.ratelimited.RateLimiter;
import io.github.ratelimited.test.MutableTimeSource;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** A million callers wait for a limit of one permit a microsecond, which comes to each of them in turn. */
final class WaiterFlood {

    private static final int WAITERS = 1_000_000;
    private static final Duration MICRO = Duration.ofNanos(1_000);

    private WaiterFlood() {}

    /** Ends with a failure if what must hold does not. */
    public static void main(String[] none) {
        MutableTimeSource time = new MutableTimeSource();
        RateLimiter limiter = RateLimiter.create(Limit.of(1, MICRO), time);
        require(limiter.tryAcquire(), 0);
        CompletableFuture<?>[] waiters = new CompletableFuture<?>[WAITERS];
        for (int i = 0; i < WAITERS; i++) {
            waiters[i] = limiter.acquireAsync();
        }
        System.gc();
        long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
        for (int i = 0; i < WAITERS; i++) {
            require(!waiters[i].isDone(), i);
            time.advance(MICRO);
            require(waiters[i].isDone() && !waiters[i].isCompletedExceptionally(), i);
        }
        require(!limiter.tryAcquire(), WAITERS);
        time.advance(MICRO);
        require(limiter.tryAcquire(), WAITERS);
        System.out.println("figure: waiters let through one by one, each at its turn = " + WAITERS);
        System.out.println("figure: heap for each waiter, bytes = " + heap / WAITERS);
    }

    private static void require(boolean holds, int waiter) {
        if (!holds) {
            throw new AssertionError("waiter " + waiter + " is not let through at its turn, and no other");
        }
    }
}
