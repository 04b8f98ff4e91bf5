package io.github.ratelimited.aop;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanCreationNotAllowedException;

/** The plans of methods that AspectJ has woven; apart from the aspect, so that without any AspectJ need not be there. */
final class WovenPlans {

    private static volatile @Nullable LatePlans plans;

    private WovenPlans() {}

    static void use(Supplier<MethodPlans> source) {
        plans = new LatePlans(source);
    }

    static void release(Supplier<MethodPlans> source) {
        LatePlans bound = plans;
        if (bound != null && bound.areOf(source)) {
            plans = null;
        }
    }

    static MethodPlans get() {
        LatePlans bound = plans;
        try {
            return bound != null ? bound.get() : Standalone.PLANS;
        } catch (BeanCreationNotAllowedException closing) {
            return MethodPlans.none(); // the first woven call of all, by a bean that is being destroyed
        }
    }

    /** Made by the first woven call outside of an application. */
    private static final class Standalone {

        static final MethodPlans PLANS = MethodPlans.standalone();
    }
}
