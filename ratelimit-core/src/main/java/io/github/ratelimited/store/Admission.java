package io.github.ratelimited.store;

import io.github.ratelimited.Decision;
import io.github.ratelimited.TimeSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The way in, the same for every door: asks a store, and waits for the turn that it gave. A thread parks until just
 * then; a future holds no thread.
 */
public final class Admission {

    private final LimiterStore store;
    private final TimeSource time;
    private final ConcurrentHashMap<AcquireRequest, WaitingLine> lines = new ConcurrentHashMap<>();
    private final LimiterStore unobserved;
    private final TurnRenewal renewal;

    /** The way in by {@code store}; callers wait by {@code time}. */
    public Admission(LimiterStore store, TimeSource time) {
        this.store = store;
        this.time = time;
        this.unobserved = ObservedStore.unobserved(store);
        this.renewal = new TurnRenewal(unobserved, this::refund, time, lines.values());
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
        if (!request.mayWait()) {
            return store.acquire(request);
        }
        ThreadWaiter waiter = new ThreadWaiter();
        WaitingLine.Arrival arrival = arrive(request, waiter);
        return arrival.place() == null ? arrival.decision() : waiter.await(arrival.place(), arrival.decision(), time);
    }

    /** The decision, if neither the call nor the store's answer may have to be waited for; else {@code null}. */
    public @Nullable Decision decideAtOnce(AcquireRequest request) {
        return store.answersAtOnce() && !request.mayWait() ? store.acquire(request) : null;
    }

    /**
     * Asks, and completes the future when the turn has come. It fails with
     * {@link io.github.ratelimited.RateLimitExceededException} if denied. Completing it from outside before that, say by
     * {@code cancel}, gives the permits back to those who wait for the same, or else to the store.
     */
    public CompletableFuture<Decision> admitAsync(AcquireRequest request) {
        return admitAsync(request, new FutureWaiter.OfDecision());
    }

    /** As {@link #admitAsync}, for who need not know how it was decided. */
    public CompletableFuture<@Nullable Void> awaitAsync(AcquireRequest request) {
        return admitAsync(request, new FutureWaiter.OfNothing());
    }

    private <T extends @Nullable Object> CompletableFuture<T> admitAsync(
            AcquireRequest request, FutureWaiter<T> waiter) {
        try {
            if (store.answersAtOnce()) {
                WaitingLine.Arrival arrival = arrive(request, waiter);
                settle(request, waiter, arrival.decision(), arrival.place());
            } else {
                long askedIn = renewal.epoch();
                store.acquireAsync(request)
                        .thenAccept(decision -> settle(
                                request,
                                waiter,
                                decision,
                                decision.waitNanos() == 0 ? null : join(request, waiter, decision, askedIn)))
                        .whenComplete((done, failure) -> {
                            if (failure != null) {
                                waiter.fail(this, failure);
                            }
                        });
            }
        } catch (RuntimeException | Error failure) {
            waiter.fail(this, failure);
        }
        return waiter;
    }

    private void settle(
            AcquireRequest request, FutureWaiter<?> waiter, Decision decision, WaitingLine.@Nullable Place place) {
        if (!decision.allowed()) {
            waiter.deny(this, decision);
        } else if (place != null) {
            waiter.takePlace(place);
        } else if (!waiter.settle(this, decision)) {
            refund(request, decision);
        }
    }

    /** Gives back what an allowed decision took, by whatever numbers it was decided. */
    public void refund(AcquireRequest request, Decision decision) {
        List<Claim> claims = request.claims();
        boolean same = true;
        for (int i = 0; i < claims.size() && same; i++) {
            same = claims.get(i).limit().equals(decision.part(i).limit());
        }
        store.refund(same ? request : byItsNumbers(claims, decision), decision);
    }

    private AcquireRequest byItsNumbers(List<Claim> claims, Decision decision) {
        List<Claim> then = new ArrayList<>(claims.size());
        for (int i = 0; i < claims.size(); i++) {
            Claim claim = claims.get(i);
            then.add(store.claim(claim.name(), decision.part(i).limit(), claim.key(), claim.cost(), 0));
        }
        return new AcquireRequest(then);
    }

    /** Where users' code that waits for its turn goes on. */
    Executor executor() {
        return time.executor();
    }

    /**
     * Denies those who wait without a thread, and gives their turns back: their application ends. Threads are for those to
     * interrupt who have started them.
     */
    void end() {
        lines.values().forEach(line -> line.futures().forEach(FutureWaiter::interrupt));
    }

    /** How many wait under the limit now, or under one of its plans. */
    public long waiting(LimitName name) {
        long waiting = 0;
        for (WaitingLine line : lines.values()) {
            if (line.isUnder(name)) {
                waiting += line.waiting();
            }
        }
        return waiting;
    }

    /**
     * Makes a change after which the store decides otherwise, and gives those who wait other turns, in order of arrival.
     *
     * @param concerns the claims by which they are concerned
     */
    void change(Predicate<Claim> concerns, Runnable change) {
        renewal.change(concerns, change);
    }

    /** Makes of a claim the one that would be made now. */
    void renewBy(UnaryOperator<Claim> inForce) {
        renewal.renewBy(inForce);
    }

    TurnRenewal renewal() {
        return renewal;
    }

    /** Tells who listens to the store of a decision that was not asked for where he hears it. */
    void tell(AcquireRequest request, Decision decision) {
        ObservedStore.tell(store, request, decision);
    }

    /** The store without those who listen to it, who must not be called under a lock. */
    LimiterStore unobserved() {
        return unobserved;
    }

    long turnAt(Decision reserved) {
        return reserved.waitNanos() == 0 ? time.nanoTime() : store.turnAt(reserved, time);
    }

    void closed(AcquireRequest request, WaitingLine line) {
        lines.remove(request, line);
    }

    private WaitingLine.Arrival arrive(AcquireRequest request, Waiter waiter) {
        long askedIn = renewal.epoch();
        WaitingLine line = request.mayWait() && store.answersAtOnce() ? lines.get(request) : null;
        WaitingLine.Arrival arrival = line == null ? null : line.arrive(waiter, request);
        if (arrival == null) {
            Decision decision = store.acquire(request);
            return new WaitingLine.Arrival(
                    decision, decision.waitNanos() == 0 ? null : join(request, waiter, decision, askedIn));
        }
        WaitingLine.Place place = arrival.place();
        try {
            tell(request, arrival.decision());
            renewIfOutdated(place, request, askedIn);
        } catch (RuntimeException | Error failure) {
            if (place != null) {
                place.leave(); // nobody will wait there
            }
            throw failure;
        }
        return arrival;
    }

    private WaitingLine.Place join(AcquireRequest request, Waiter waiter, Decision reserved, long askedIn) {
        long turnAt = turnAt(reserved);
        while (true) {
            WaitingLine.Place place = lines.computeIfAbsent(request, key -> new WaitingLine(key, this, time))
                    .join(waiter, turnAt, request, reserved);
            if (place != null) {
                try {
                    renewIfOutdated(place, request, askedIn);
                } catch (RuntimeException | Error failure) {
                    place.leave(); // nobody will wait there
                    throw failure;
                }
                return place;
            }
        }
    }

    private void renewIfOutdated(WaitingLine.@Nullable Place place, AcquireRequest request, long askedIn) {
        if (place != null && (renewal.isOutdated(askedIn) || renewal.isOutdated(request))) {
            renewal.renew(request);
        }
    }
}
