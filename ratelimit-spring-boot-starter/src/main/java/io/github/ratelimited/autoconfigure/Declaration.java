package io.github.ratelimited.autoconfigure;

import io.github.ratelimited.Limit;
import io.github.ratelimited.aop.LimitConfiguration;
import io.github.ratelimited.aop.LimitSettings;
import io.github.ratelimited.store.LimitName;
import io.github.ratelimited.store.StoreRateLimiterRegistry;
import java.util.ArrayList;
import java.util.List;

/**
 * A limit, or a plan of one, that the configuration declares by itself, since it says how many permits.
 *
 * @param place where it stands
 */
record Declaration(LimitName name, Limit limit, long maxWaitNanos, String place) {

    /** All that a configuration declares. */
    static List<Declaration> all(LimitConfiguration configuration) {
        List<Declaration> all = new ArrayList<>();
        configuration.limits().forEach((id, settings) -> {
            if (settings.permits() != 0) {
                LimitName name = LimitName.of(id);
                long maxWaitNanos = settings.maxWaitNanos(configuration.maxWaitNanos());
                all.add(of(name, settings, maxWaitNanos));
                settings.mergedPlans().forEach((plan, merged) -> all.add(of(name.ofPlan(plan), merged, maxWaitNanos)));
            }
        });
        return all;
    }

    private static Declaration of(LimitName name, LimitSettings settings, long maxWaitNanos) {
        return new Declaration(name, settings.toLimit(), maxWaitNanos, settings.place());
    }

    void in(StoreRateLimiterRegistry registry) {
        registry.declare(name, limit, maxWaitNanos, place);
    }
}
