package io.github.ratelimited.aop;

import java.util.function.Supplier;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.ProxyMethodInvocation;
import org.springframework.aop.framework.Advised;
import org.springframework.util.ClassUtils;

/** The door in a Spring proxy. */
final class RateLimitInterceptor implements MethodInterceptor {

    private final Supplier<MethodPlans> plans;

    RateLimitInterceptor(Supplier<MethodPlans> plans) {
        this.plans = plans;
    }

    @Override
    public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
        Object target = invocation.getThis();
        if (target instanceof Advised && RateLimitedPostProcessor.isLimitedAlready(target)) {
            return invocation.proceed(); // a limited bean that is looked up call by call: it counts there
        }
        Class<?> type = target != null ? target.getClass() : withoutTarget(invocation);
        MethodPlan plan = plans.get().of(invocation.getMethod(), type);
        return plan == null ? invocation.proceed() : plan.call(invocation);
    }

    /** Of a client that is made from its interface alone: the proxy knows the interface, the method may be inherited. */
    private static Class<?> withoutTarget(MethodInvocation invocation) {
        return invocation instanceof ProxyMethodInvocation proxied
                ? ClassUtils.getUserClass(proxied.getProxy())
                : invocation.getMethod().getDeclaringClass();
    }
}
