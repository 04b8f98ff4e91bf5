package io.github.ratelimited.store;

import io.github.ratelimited.Decision;
import io.github.ratelimited.Limit;
import io.github.ratelimited.TimeSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Tells the store that it holds no keys, but their {@link KeyHash}: what is outside of this process then does not know who
 * the callers are. Stands around all that belongs to that store, so that
 * whatever speaks of it, the log included, knows hashes only.
 */
public final class HashedKeys implements LimiterStore {

    private final LimiterStore store;
    private final KeyHash hash;

    /** Around a store, usually in another process. */
    public HashedKeys(LimiterStore store, KeyHash hash) {
        this.store = store;
        this.hash = hash;
    }

    /** A claim by a key, and the same by its hash, in the form of the store. */
    private final class HashedClaim extends Claim {

        private final Claim hashed;

        HashedClaim(Claim hashed, @Nullable String key) {
            super(hashed.name(), hashed.limit(), key, hashed.cost(), hashed.maxWaitNanos());
            this.hashed = hashed;
        }

        @Override
        public Claim with(@Nullable String key, long cost, long maxWaitNanos) {
            return new HashedClaim(hashed.with(hash(key), cost, maxWaitNanos), key);
        }

        private boolean isOf(HashedKeys keys) {
            return keys == HashedKeys.this;
        }
    }

    /**
     * A request as the store gets it.
     *
     * @param order where each of our claims is in it, since it is sorted by other keys; {@code null} = in the same place
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Hashed(AcquireRequest request, int @Nullable [] order) {

        /** A denial need not tell of those that were not asked any more. */
        Decision inOurOrder(Decision answer) {
            return order == null || answer.parts().size() != order.length
                    ? answer
                    : Decision.ofAll(picked(answer, order));
        }

        Decision inItsOrder(Decision decision) {
            if (order == null) {
                return decision;
            }
            int[] back = new int[order.length];
            for (int i = 0; i < back.length; i++) {
                back[order[i]] = i;
            }
            return Decision.ofAll(picked(decision, back));
        }

        private static List<Decision> picked(Decision decision, int[] order) {
            List<Decision> parts = new ArrayList<>(order.length);
            for (int index : order) {
                parts.add(decision.part(index));
            }
            return parts;
        }
    }

    private @Nullable String hash(@Nullable String key) {
        return key == null ? null : hash.of(key);
    }

    private Claim hashed(Claim claim) {
        return claim instanceof HashedClaim ours && ours.isOf(this)
                ? ours.hashed
                : store.claim(claim.name(), claim.limit(), hash(claim.key()), claim.cost(), claim.maxWaitNanos());
    }

    private Hashed hashed(AcquireRequest request) {
        List<Claim> claims = request.claims().stream().map(this::hashed).toList();
        AcquireRequest hashed = new AcquireRequest(claims, request.answered());
        if (hashed.claims().equals(claims)) {
            return new Hashed(hashed, null);
        }
        return new Hashed(
                hashed, claims.stream().mapToInt(hashed.claims()::indexOf).toArray());
    }

    @Override
    public Decision acquire(AcquireRequest request) {
        Hashed hashed = hashed(request);
        return hashed.inOurOrder(store.acquire(hashed.request));
    }

    @Override
    public boolean tryAcquire(Claim claim) {
        return store.tryAcquire(hashed(claim));
    }

    @Override
    public CompletionStage<Decision> acquireAsync(AcquireRequest request) {
        Hashed hashed = hashed(request);
        return store.acquireAsync(hashed.request).thenApply(hashed::inOurOrder);
    }

    @Override
    public void refund(AcquireRequest request, Decision decision) {
        Hashed hashed = hashed(request);
        if (hashed.order == null) {
            store.refund(hashed.request, decision);
        } else if (decision.takeRefund()) {
            store.refund(hashed.request, hashed.inItsOrder(decision));
        }
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
        return store.peek(hashed(claim));
    }

    @Override
    public CompletionStage<Decision> peekAsync(Claim claim) {
        return store.peekAsync(hashed(claim));
    }

    @Override
    public void giveBack(Claim claim) {
        store.giveBack(hashed(claim));
    }

    @Override
    public void reset(LimitName name, @Nullable String key) {
        store.reset(name, hash(key));
    }

    @Override
    public Claim claim(LimitName name, Limit limit, @Nullable String key, long cost, long maxWaitNanos) {
        return new HashedClaim(store.claim(name, limit, hash(key), cost, maxWaitNanos), key);
    }
}
