package io.github.ratelimited.store;

import io.github.ratelimited.Decision;
import io.github.ratelimited.Limit;
import io.github.ratelimited.TimeSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Denies whoever may not wait as long as his bucket is held back by {@link Holds}, without asking the store. Who may wait so
 * long is not stopped here: he has waited for that before he asks. A reset holds nothing back any more.
 */
public final class HeldStore implements LimiterStore {

    private final LimiterStore store;
    private final Holds holds;

    /** Around {@code store}. */
    public HeldStore(LimiterStore store, Holds holds) {
        this.store = store;
        this.holds = holds;
    }

    /** The denial of a request of which one bucket is held back for too long. */
    private @Nullable Decision denial(AcquireRequest request) {
        Decision longest = null;
        long most = 0;
        long patience = Long.MAX_VALUE;
        for (Claim claim : request.claims()) {
            patience = Math.min(patience, claim.maxWaitNanos());
        }
        for (Claim claim : request.claims()) {
            long left = claim.aboveLimit() ? 0 : holds.left(claim.name(), claim.key());
            if (left > most && left > patience) {
                most = left;
                longest = Decision.overLimit(claim.name().shown(), claim.limit(), claim.cost(), 0, left, left);
            }
        }
        return longest;
    }

    @Override
    public Decision acquire(AcquireRequest request) {
        Decision denial = denial(request);
        return denial != null ? denial : store.acquire(request);
    }

    @Override
    public boolean tryAcquire(Claim claim) {
        return holds.left(claim.name(), claim.key()) <= claim.maxWaitNanos() && store.tryAcquire(claim);
    }

    @Override
    public CompletionStage<Decision> acquireAsync(AcquireRequest request) {
        Decision denial = denial(request);
        return denial != null ? CompletableFuture.completedFuture(denial) : store.acquireAsync(request);
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
        try {
            store.reset(name, key);
        } finally {
            holds.lift(name, key); // which is this process's own, whatever becomes of the store
        }
    }

    @Override
    public Claim claim(LimitName name, Limit limit, @Nullable String key, long cost, long maxWaitNanos) {
        return store.claim(name, limit, key, cost, maxWaitNanos);
    }
}
