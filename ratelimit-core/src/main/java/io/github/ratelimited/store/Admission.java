package io.github.ratelimited.store;

import io.github.ratelimited.Decision;
import io.github.ratelimited.TimeSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The way in, the same for every door: asks a store, and waits for the turn that it gave. A thread parks until just
 * then; a future holds no thread.
 */
public final class Admission {

    private final LimiterStore store;
    private final TimeSource time;
    private final ConcurrentHashMap<AcquireRequest, WaitingLine> lines = new ConcurrentHashMap<>();

    /** The way in by {@code store}; callers wait by {@code time}. */
    public Admission(LimiterStore store, TimeSource time) {
        this.store = store;
        this.time = time;
    }

    /** The store that decides. */
    public LimiterStore store() {
        return store;
    }

    /**
     * Asks, and waits for the turn if there is one.
     *
     * @return an allowed decision when the caller may go on, or at once a denied one
     * @throws InterruptedException if interrupted before the turn; the permits have been given back
     */
    public Decision admit(AcquireRequest request) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException("interrupted before asking for a permit");
        }
        Decision decision = store.acquire(request);
        return decision.waitNanos() == 0 ? decision : await(request, decision);
    }

    /**
     * Waits for the turn that a decision has reserved, behind all who wait for the same.
     *
     * @throws InterruptedException if interrupted before the turn; the permits have been given back
     */
    public Decision await(AcquireRequest request, Decision reserved) throws InterruptedException {
        ThreadWaiter waiter = new ThreadWaiter();
        return waiter.await(join(request, waiter, reserved), time);
    }

    /**
     * Asks, and completes the future with {@code result} when the turn has come. It fails with
     * {@link io.github.ratelimited.RateLimitExceededException} if denied. Completing it from outside before that, say by
     * {@code cancel}, gives the permits back.
     */
    public <T extends @Nullable Object> CompletableFuture<T> admitAsync(
            AcquireRequest request, Function<Decision, T> result) {
        FutureWaiter<T> waiter = new FutureWaiter<>(time.executor(), result);
        store.acquireAsync(request).whenComplete((decision, failure) -> {
            if (failure != null) {
                waiter.fail(failure);
            } else if (!decision.allowed()) {
                waiter.deny(decision);
            } else if (decision.waitNanos() > 0) {
                waiter.takePlace(join(request, waiter, decision));
            } else if (!waiter.settle(decision)) {
                refund(request, decision);
            }
        });
        return waiter;
    }

    /** Gives back what an allowed decision took. */
    public void refund(AcquireRequest request, Decision decision) {
        store.refund(request, decision);
    }

    void closed(AcquireRequest request, WaitingLine line) {
        lines.remove(request, line);
    }

    private WaitingLine.Place join(AcquireRequest request, Waiter waiter, Decision reserved) {
        long turnAt = time.nanoTime() + reserved.waitNanos();
        while (true) {
            WaitingLine.Place place = lines.computeIfAbsent(request, key -> new WaitingLine(key, this, time))
                    .join(waiter, turnAt, reserved);
            if (place != null) {
                return place;
            }
        }
    }
}
