package io.github.ratelimited.store;

import io.github.ratelimited.Decision;
import io.github.ratelimited.Decision.Reason;
import io.github.ratelimited.Limit;
import io.github.ratelimited.TimeSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Denies those who are shut out by {@link Penalties}, without asking the store, and tells of whom the store denies. */
public final class PenaltyStore implements LimiterStore {

    private final LimiterStore store;
    private final Penalties penalties;

    /** Around {@code store}. */
    public PenaltyStore(LimiterStore store, Penalties penalties) {
        this.store = store;
        this.penalties = penalties;
    }

    /** The denial of a request of which one key is shut out. */
    private @Nullable Decision denial(AcquireRequest request) {
        Decision longest = null;
        long most = 0;
        for (Claim claim : request.claims()) {
            long left = penalties.left(claim);
            if (left > most) {
                most = left;
                longest = Decision.penalized(claim.name().shown(), claim.limit(), claim.cost(), left);
            }
        }
        return longest;
    }

    private Decision watched(AcquireRequest request, Decision decision) {
        if (!decision.allowed()) {
            List<Decision> parts = decision.parts();
            for (int i = 0; i < parts.size(); i++) {
                int denied = parts.get(i).reason() == Reason.OVER_LIMIT ? request.claimOf(decision, i) : -1;
                if (denied >= 0) {
                    penalties.denied(request.claims().get(denied));
                }
            }
        }
        return decision;
    }

    @Override
    public Decision acquire(AcquireRequest request) {
        if (!penalties.any()) {
            return store.acquire(request);
        }
        Decision denial = denial(request);
        return denial != null ? denial : watched(request, store.acquire(request));
    }

    @Override
    public boolean tryAcquire(Claim claim) {
        return penalties.any() ? acquire(AcquireRequest.of(claim)).allowed() : store.tryAcquire(claim);
    }

    @Override
    public CompletionStage<Decision> acquireAsync(AcquireRequest request) {
        if (!penalties.any()) {
            return store.acquireAsync(request);
        }
        Decision denial = denial(request);
        return denial != null
                ? CompletableFuture.completedFuture(denial)
                : store.acquireAsync(request).thenApply(decision -> watched(request, decision));
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
        Decision denial = denial(AcquireRequest.of(claim));
        return denial != null ? denial : store.peek(claim);
    }

    @Override
    public CompletionStage<Decision> peekAsync(Claim claim) {
        Decision denial = denial(AcquireRequest.of(claim));
        return denial != null ? CompletableFuture.completedFuture(denial) : store.peekAsync(claim);
    }

    @Override
    public void giveBack(Claim claim) {
        store.giveBack(claim);
    }

    @Override
    public void reset(LimitName name, @Nullable String key) {
        penalties.forgive(name, key);
        store.reset(name, key);
    }

    @Override
    public Claim claim(LimitName name, Limit limit, @Nullable String key, long cost, long maxWaitNanos) {
        return store.claim(name, limit, key, cost, maxWaitNanos);
    }
}
