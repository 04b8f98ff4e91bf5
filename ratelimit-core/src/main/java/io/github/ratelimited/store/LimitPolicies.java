package io.github.ratelimited.store;

import io.github.ratelimited.LimitMode;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/**
 * The policies of limits, by {@link LimitName#limitId()}; they can be changed while calls go on. Made for being asked by
 * every call: nothing need be looked up as long as no limit has what is asked for.
 */
public final class LimitPolicies {

    private record Known(
            Map<String, LimitPolicy> policies,
            LimitPolicy otherwise,
            boolean allEnforced,
            boolean anyPenalty,
            boolean anyNear) {

        static Known of(Map<String, LimitPolicy> policies, LimitPolicy otherwise) {
            return new Known(
                    Map.copyOf(policies),
                    otherwise,
                    !any(policies, otherwise, policy -> policy.mode() != LimitMode.ENFORCE),
                    any(policies, otherwise, policy -> policy.penalty() != null),
                    any(policies, otherwise, policy -> policy.near() != null));
        }

        private static boolean any(
                Map<String, LimitPolicy> policies, LimitPolicy otherwise, Predicate<LimitPolicy> test) {
            return test.test(otherwise) || policies.values().stream().anyMatch(test);
        }
    }

    private volatile Known known;

    /** All limits are enforced, and nothing else. */
    public LimitPolicies() {
        this(Map.of(), LimitPolicy.ENFORCED);
    }

    /**
     * Policies.
     *
     * @param policies by the limit's id
     * @param otherwise that of all other limits
     */
    public LimitPolicies(Map<String, LimitPolicy> policies, LimitPolicy otherwise) {
        this.known = Known.of(policies, otherwise);
    }

    /** That of a limit and of its plans. */
    public LimitPolicy of(LimitName name) {
        Known now = known;
        return now.policies.getOrDefault(name.limitId(), now.otherwise);
    }

    /** Whether every limit is enforced. */
    public boolean allEnforced() {
        return known.allEnforced;
    }

    /** Whether any limit has a penalty. */
    public boolean anyPenalty() {
        return known.anyPenalty;
    }

    /** Whether anybody wants to know that any limit is near. */
    public boolean anyNear() {
        return known.anyNear;
    }

    /** Changes that of a limit and of its plans, from the next call on. */
    public synchronized void change(LimitName name, UnaryOperator<LimitPolicy> change) {
        Map<String, LimitPolicy> changed = new HashMap<>(known.policies);
        changed.put(name.limitId(), change.apply(of(name)));
        known = Known.of(changed, known.otherwise);
    }

    /** Changes that of all limits that have none of their own, from the next call on. */
    public synchronized void changeOtherwise(LimitPolicy otherwise) {
        known = Known.of(known.policies, otherwise);
    }
}
