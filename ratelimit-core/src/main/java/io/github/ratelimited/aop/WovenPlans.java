package io.github.ratelimited.aop;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanCreationNotAllowedException;
import org.springframework.beans.factory.BeanCurrentlyInCreationException;

/** The plans of methods that AspectJ has woven; apart from the aspect, so that without any AspectJ need not be there. */
final class WovenPlans {

    /** Of all applications that run, of which the last one's hold; guarded by the class. */
    private static final List<LatePlans> PLANS = new ArrayList<>();

    private static volatile @Nullable LatePlans inForce;

    private WovenPlans() {}

    static synchronized void use(Supplier<MethodPlans> source) {
        PLANS.add(new LatePlans(source));
        inForce = last();
    }

    static synchronized void release(Supplier<MethodPlans> source) {
        PLANS.removeIf(each -> each.areOf(source));
        inForce = last();
    }

    private static @Nullable LatePlans last() {
        return PLANS.isEmpty() ? null : PLANS.get(PLANS.size() - 1);
    }

    static MethodPlans get() {
        LatePlans plans = inForce;
        try {
            return plans != null ? plans.get() : Standalone.PLANS;
        } catch (BeanCreationNotAllowedException closing) {
            return MethodPlans.none(); // the first woven call of all, by a bean that is being destroyed
        } catch (BeanCurrentlyInCreationException early) {
            return Standalone.PLANS; // a call by a bean that the plans themselves are made of
        }
    }

    /** Made by the first woven call outside of an application. */
    private static final class Standalone {

        static final MethodPlans PLANS = MethodPlans.standalone();
    }
}
