package io.github.ratelimited.autoconfigure;

import io.github.ratelimited.store.DecisionListener;
import io.github.ratelimited.store.LimitPolicies;
import io.github.ratelimited.store.LimiterStore;
import io.github.ratelimited.store.ModeStore;
import io.github.ratelimited.store.ObservedStore;
import io.github.ratelimited.store.Penalties;
import io.github.ratelimited.store.PenaltyStore;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * What surrounds every store: penalties, the modes of limits, and who wants to hear what is decided; and the hashing of
 * keys, where the application has made the store.
 */
final class EveryStore {

    private final LimitPolicies policies;
    private final Penalties penalties;
    private final List<DecisionListener> listeners;
    private final UnaryOperator<LimiterStore> hashing;
    private final IdentityHashMap<LimiterStore, LimiterStore> surrounded = new IdentityHashMap<>();

    EveryStore(
            LimitPolicies policies,
            Penalties penalties,
            List<DecisionListener> listeners,
            UnaryOperator<LimiterStore> hashing) {
        this.hashing = hashing;
        this.policies = policies;
        this.penalties = penalties;
        this.listeners = List.copyOf(listeners);
    }

    /** The store and what surrounds it; the same each time. */
    synchronized LimiterStore around(LimiterStore store) {
        return surrounded.computeIfAbsent(store, inner -> {
            LimiterStore moded = new ModeStore(new PenaltyStore(hashing.apply(inner), penalties), policies);
            return listeners.isEmpty() ? moded : new ObservedStore(moded, DecisionListener.all(listeners));
        });
    }
}
