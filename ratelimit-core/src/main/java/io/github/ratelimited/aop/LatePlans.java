package io.github.ratelimited.aop;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Plans that are asked for when they are needed, and then remembered: without a lock, since who makes beans holds others. */
final class LatePlans implements Supplier<MethodPlans> {

    private final Supplier<MethodPlans> source;
    private volatile @Nullable MethodPlans known;

    LatePlans(Supplier<MethodPlans> source) {
        this.source = source;
    }

    @Override
    public MethodPlans get() {
        MethodPlans plans = known;
        if (plans == null) {
            plans = source.get();
            known = plans;
        }
        return plans;
    }

    @SuppressWarnings("ReferenceEquality") // whose they are
    boolean areOf(Supplier<MethodPlans> other) {
        return source == other;
    }
}
