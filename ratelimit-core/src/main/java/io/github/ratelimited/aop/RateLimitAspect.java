package io.github.ratelimited.aop;

import java.lang.reflect.Method;
import java.util.function.Supplier;
import org.aspectj.lang.ProceedingJoinPoint;
import org.aspectj.lang.annotation.Around;
import org.aspectj.lang.annotation.Aspect;
import org.aspectj.lang.reflect.MethodSignature;
import org.jspecify.annotations.Nullable;
import org.springframework.core.KotlinDetector;

/**
 * The door that AspectJ weaves into classes, at compile time or load time. Reaches what a proxy cannot: private, final,
 * static and self-called methods, of any object, a bean or not. Limited by the plans of the application whose
 * {@link RateLimitedPostProcessor} runs, or that somebody {@linkplain #use binds}; by annotations alone without one.
 */
@Aspect
public final class RateLimitAspect {

    private static final RateLimitAspect INSTANCE = new RateLimitAspect();

    private RateLimitAspect() {}

    /** The one instance: what woven code calls. */
    public static RateLimitAspect aspectOf() {
        return INSTANCE;
    }

    /** Always: what woven code may ask. */
    public static boolean hasAspect() {
        return true;
    }

    /** From now on woven methods are limited by the plans of an application, asked for by the first call of one. */
    public void use(Supplier<MethodPlans> plans) {
        WovenPlans.use(plans);
    }

    /** The application has ended; without another one woven methods are limited by their annotations alone. */
    public void release(Supplier<MethodPlans> plans) {
        WovenPlans.release(plans);
    }

    /** Lets a call of a limited method in. */
    @Around("execution(@io.github.ratelimited.RateLimited * *(..))"
            + " || execution(@io.github.ratelimited.RateLimits * *(..))"
            + " || execution(@(@io.github.ratelimited.RateLimited *) * *(..))"
            + " || execution(@(@io.github.ratelimited.RateLimits *) * *(..))"
            + " || (execution(!private !static * (@(io.github.ratelimited.RateLimited"
            + " || io.github.ratelimited.RateLimits) *).*(..)))"
            + " || execution(!private !static * (@(@(io.github.ratelimited.RateLimited"
            + " || io.github.ratelimited.RateLimits) *) *).*(..))")
    public @Nullable Object around(ProceedingJoinPoint call) throws Throwable {
        Method method = ((MethodSignature) call.getSignature()).getMethod();
        if (KotlinDetector.isSuspendingFunction(method)) {
            return call.proceed(); // called again for each resumption; only a proxy sees a call as one
        }
        if (Fallback.isEntered(call.getThis(), method)) {
            return call.proceed();
        }
        MethodPlan plan = WovenPlans.get().of(method, method.getDeclaringClass());
        return plan == null ? call.proceed() : plan.call(new WovenCall(call, method));
    }
}
