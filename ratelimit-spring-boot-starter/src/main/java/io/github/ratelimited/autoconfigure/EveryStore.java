package io.github.ratelimited.autoconfigure;

import io.github.ratelimited.store.DecisionListener;
import io.github.ratelimited.store.HashedKeys;
import io.github.ratelimited.store.HeldStore;
import io.github.ratelimited.store.Holds;
import io.github.ratelimited.store.KeyHash;
import io.github.ratelimited.store.LimitPolicies;
import io.github.ratelimited.store.LimiterStore;
import io.github.ratelimited.store.ModeStore;
import io.github.ratelimited.store.ObservedStore;
import io.github.ratelimited.store.Penalties;
import io.github.ratelimited.store.PenaltyStore;
import io.github.ratelimited.store.memory.MemoryLimiterStore;
import java.util.IdentityHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What surrounds every store: the hashing of keys where they may leave this process, penalties, what is held back, the
 * modes of limits, and who wants to hear what is decided.
 */
final class EveryStore {

    private final LimitPolicies policies;
    private final Penalties penalties;
    private final @Nullable Holds holds;
    private final List<DecisionListener> listeners;
    private final @Nullable KeyHash hash;
    private final IdentityHashMap<LimiterStore, LimiterStore> surrounded = new IdentityHashMap<>();

    EveryStore(
            LimitPolicies policies,
            Penalties penalties,
            @Nullable Holds holds,
            List<DecisionListener> listeners,
            @Nullable KeyHash hash) {
        this.holds = holds;
        this.hash = hash;
        this.policies = policies;
        this.penalties = penalties;
        this.listeners = List.copyOf(listeners);
    }

    /** The store and what surrounds it; the same each time. */
    LimiterStore around(LimiterStore store) {
        return surrounded.computeIfAbsent(store, inner -> {
            LimiterStore hashed =
                    hash == null || inner instanceof MemoryLimiterStore ? inner : new HashedKeys(inner, hash);
            LimiterStore penalizing = new PenaltyStore(hashed, penalties);
            LimiterStore moded = new ModeStore(holds == null ? penalizing : new HeldStore(penalizing, holds), policies);
            return listeners.isEmpty() ? moded : new ObservedStore(moded, DecisionListener.all(listeners));
        });
    }
}
