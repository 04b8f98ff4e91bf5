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
     * @throws WaitInterruptedException if interrupted before the turn; the permits have been given back
     */
    public Decision admit(AcquireRequest request) throws WaitInterruptedException {
        ThreadWaiter waiter = new ThreadWaiter();
        WaitingLine.Arrival arrival = arrive(request, waiter);
        return arrival.place() == null ? arrival.decision() : waiter.await(arrival.place(), arrival.decision(), time);
    }

    /** The decision, if neither the call nor the store's answer may have to be waited for; else {@code null}. */
    public @Nullable Decision decideAtOnce(AcquireRequest request) {
        return store.answersAtOnce() && !request.mayWait() ? store.acquire(request) : null;
    }

    /**
     * Asks, and completes the future with {@code result} when the turn has come. It fails with
     * {@link io.github.ratelimited.RateLimitExceededException} if denied. Completing it from outside before that, say by
     * {@code cancel}, gives the permits back to those who wait for the same, or else to the store.
     */
    public <T extends @Nullable Object> CompletableFuture<T> admitAsync(
            AcquireRequest request, Function<Decision, T> result) {
        FutureWaiter<T> waiter =
                new FutureWaiter<>(time.executor(), !store.answersAtOnce(), result, unused -> refund(request, unused));
        try {
            if (store.answersAtOnce()) {
                WaitingLine.Arrival arrival = arrive(request, waiter);
                settle(request, waiter, arrival.decision(), arrival.place());
            } else {
                store.acquireAsync(request)
                        .thenAccept(decision -> settle(
                                request,
                                waiter,
                                decision,
                                decision.waitNanos() == 0 ? null : join(request, waiter, decision)))
                        .whenComplete((done, failure) -> {
                            if (failure != null) {
                                waiter.fail(failure);
                            }
                        });
            }
        } catch (RuntimeException | Error failure) {
            waiter.fail(failure);
        }
        return waiter;
    }

    private void settle(
            AcquireRequest request, FutureWaiter<?> waiter, Decision decision, WaitingLine.@Nullable Place place) {
        if (!decision.allowed()) {
            waiter.deny(decision);
        } else if (place != null) {
            waiter.takePlace(place);
        } else if (!waiter.settle(decision)) {
            refund(request, decision);
        }
    }

    /** Gives back what an allowed decision took. */
    public void refund(AcquireRequest request, Decision decision) {
        store.refund(request, decision);
    }

    long turnAt(Decision reserved) {
        return store.turnAt(reserved, time);
    }

    void closed(AcquireRequest request, WaitingLine line) {
        lines.remove(request, line);
    }

    private WaitingLine.Arrival arrive(AcquireRequest request, Waiter waiter) {
        WaitingLine line = request.mayWait() && store.answersAtOnce() ? lines.get(request) : null;
        WaitingLine.Arrival arrival = line == null ? null : line.arrive(waiter, request);
        if (arrival != null) {
            return arrival;
        }
        Decision decision = store.acquire(request);
        return new WaitingLine.Arrival(decision, decision.waitNanos() == 0 ? null : join(request, waiter, decision));
    }

    private WaitingLine.Place join(AcquireRequest request, Waiter waiter, Decision reserved) {
        long turnAt = turnAt(reserved);
        while (true) {
            WaitingLine.Place place = lines.computeIfAbsent(request, key -> new WaitingLine(key, this, time))
                    .join(waiter, turnAt, request, reserved);
            if (place != null) {
                return place;
            }
        }
    }
}
