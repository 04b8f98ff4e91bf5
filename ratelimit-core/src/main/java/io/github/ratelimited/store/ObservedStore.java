package io.github.ratelimited.store;

import io.github.ratelimited.Decision;
import io.github.ratelimited.Limit;
import io.github.ratelimited.TimeSource;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Tells a {@link DecisionListener} what a store decides. */
public final class ObservedStore implements LimiterStore {

    private final LimiterStore store;
    private final DecisionListener listener;

    /** Listens to {@code store}. */
    public ObservedStore(LimiterStore store, DecisionListener listener) {
        this.store = store;
        this.listener = listener;
    }

    /** The same without being listened to. */
    static LimiterStore unobserved(LimiterStore store) {
        return store instanceof ObservedStore observed ? observed.store : store;
    }

    /** Tells who listens to that store, if anybody does. */
    static void tell(LimiterStore store, AcquireRequest request, Decision decision) {
        if (store instanceof ObservedStore observed) {
            tell(observed.listener, request, decision);
        }
    }

    private static void tell(DecisionListener listener, AcquireRequest request, Decision decision) {
        if (!request.again() || !decision.allowed()) {
            listener.decided(request, decision);
        }
    }

    @Override
    public Decision acquire(AcquireRequest request) {
        Decision decision = store.acquire(request);
        tell(listener, request, decision);
        return decision;
    }

    @Override
    public boolean tryAcquire(Claim claim) {
        return acquire(AcquireRequest.of(claim)).allowed();
    }

    @Override
    public CompletionStage<Decision> acquireAsync(AcquireRequest request) {
        DecisionListener ofCaller = listener.ofCaller();
        CompletionStage<Decision> answer = store.acquireAsync(request);
        return ofCaller == null
                ? answer
                : answer.thenApply(decision -> {
                    tell(ofCaller, request, decision);
                    return decision;
                });
    }

    @Override
    public void refund(AcquireRequest request, Decision decision) {
        store.refund(request, decision);
    }

    @Override
    public boolean answersAtOnce() {
        return store.answersAtOnce();
    }

    @Override
    public long turnAt(Decision reserved, TimeSource timeSource) {
        return store.turnAt(reserved, timeSource);
    }

    @Override
    public Decision peek(Claim claim) {
        return store.peek(claim);
    }

    @Override
    public CompletionStage<Decision> peekAsync(Claim claim) {
        return store.peekAsync(claim);
    }

    @Override
    public void giveBack(Claim claim) {
        store.giveBack(claim);
    }

    @Override
    public void reset(LimitName name, @Nullable String key) {
        store.reset(name, key);
    }

    @Override
    public Claim claim(LimitName name, Limit limit, @Nullable String key, long cost, long maxWaitNanos) {
        return store.claim(name, limit, key, cost, maxWaitNanos);
    }
}
