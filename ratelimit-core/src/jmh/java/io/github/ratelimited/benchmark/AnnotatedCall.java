package io.github.ratelimited.benchmark;

import io.github.ratelimited.RateLimited;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.aop.LimitConfiguration;
import io.github.ratelimited.aop.MethodPlans;
import io.github.ratelimited.aop.RateLimitedPostProcessor;
import io.github.ratelimited.store.Admission;
import io.github.ratelimited.store.StoreRateLimiterRegistry;
import io.github.ratelimited.store.memory.MemoryLimiterStore;
import io.github.resilience4j.ratelimiter.annotation.RateLimiter;
import io.github.resilience4j.springboot.ratelimiter.autoconfigure.RateLimiterAutoConfiguration;
import java.util.Map;
import java.util.function.Supplier;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.aspectj.lang.ProceedingJoinPoint;
import org.aspectj.lang.annotation.Around;
import org.aspectj.lang.annotation.Aspect;
import org.springframework.aop.aspectj.annotation.AspectJProxyFactory;
import org.springframework.aop.framework.ProxyFactory;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.EnableAspectJAutoProxy;
import org.springframework.core.env.MapPropertySource;

/** One method of a bean behind floors, ours and others; proxies are class-based, as Spring Boot makes them. */
public enum AnnotatedCall {
    BARE(Unlimited::new),
    NO_OP_INTERCEPTOR(() -> {
        ProxyFactory factory = new ProxyFactory(new Unlimited());
        factory.setProxyTargetClass(true);
        factory.addAdvice(new NoOpInterceptor());
        return (Service) factory.getProxy();
    }),
    NO_OP_ASPECT(() -> {
        AspectJProxyFactory factory = new AspectJProxyFactory(new Unlimited());
        factory.setProxyTargetClass(true);
        factory.addAspect(new NoOpAspect());
        return factory.getProxy();
    }),

    RATELIMITED(() -> ratelimited(Permitted.class)),
    RATELIMITED_KEY(() -> ratelimited(Keyed.class)),
    RATELIMITED_TWICE(() -> ratelimited(Twice.class)),
    RATELIMITED_DENIED(() -> ratelimited(Denied.class)),

    RESILIENCE4J(() -> resilience4j(PermittedByResilience4j.class)),
    RESILIENCE4J_DENIED(() -> resilience4j(DeniedByResilience4j.class));

    private final Supplier<Service> factory;

    AnnotatedCall(Supplier<Service> factory) {
        this.factory = factory;
    }

    Service start() {
        return factory.get();
    }

    boolean denied() {
        return name().endsWith("DENIED");
    }

    private static Service ratelimited(Class<? extends Service> bean) {
        return ratelimited(bean, Service.class);
    }

    static <T> T ratelimited(Class<? extends T> bean, Class<T> type) {
        AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
        Admission admission = new Admission(
                new MemoryLimiterStore(TimeSource.system(), MemoryLimiterStore.DEFAULT_MAX_KEYS), TimeSource.system());
        MethodPlans plans = new MethodPlans(
                new StoreRateLimiterRegistry(admission),
                LimitConfiguration.NONE,
                context.getEnvironment()::resolveRequiredPlaceholders);
        context.registerBean(RateLimitedPostProcessor.class, () -> {
            RateLimitedPostProcessor processor = new RateLimitedPostProcessor(() -> plans);
            processor.setProxyTargetClass(true);
            return processor;
        });
        context.register(bean);
        context.refresh();
        return context.getBean(type);
    }

    private static Service resilience4j(Class<? extends Service> bean) {
        AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
        String instances = "resilience4j.ratelimiter.instances.";
        context.getEnvironment()
                .getPropertySources()
                .addFirst(new MapPropertySource(
                        "benchmark",
                        Map.of(
                                instances + "permitted.limit-for-period", 1_000_000,
                                instances + "permitted.limit-refresh-period", "1ms",
                                instances + "permitted.timeout-duration", "0s",
                                instances + "denied.limit-for-period", 1,
                                instances + "denied.limit-refresh-period", "1d",
                                instances + "denied.timeout-duration", "0s")));
        context.register(ClassProxies.class, RateLimiterAutoConfiguration.class, bean);
        context.refresh();
        return context.getBean(Service.class);
    }

    interface Service {

        Object call(String id);
    }

    static class Unlimited implements Service {

        @Override
        public Object call(String id) {
            return id;
        }
    }

    static class Permitted implements Service {

        @Override
        @RateLimited(permits = 1_000_000, per = "1ms")
        public Object call(String id) {
            return id;
        }
    }

    static class Keyed implements Service {

        @Override
        @RateLimited(permits = 1_000_000, per = "1ms", key = "#id")
        public Object call(String id) {
            return id;
        }
    }

    static class Twice implements Service {

        @Override
        @RateLimited(permits = 1_000_000, per = "1ms")
        @RateLimited(permits = 1_000_000_000, per = "1s")
        public Object call(String id) {
            return id;
        }
    }

    static class Denied implements Service {

        @Override
        @RateLimited(permits = 1, per = "1d")
        public Object call(String id) {
            return id;
        }
    }

    static class PermittedByResilience4j implements Service {

        @Override
        @RateLimiter(name = "permitted")
        public Object call(String id) {
            return id;
        }
    }

    static class DeniedByResilience4j implements Service {

        @Override
        @RateLimiter(name = "denied")
        public Object call(String id) {
            return id;
        }
    }

    private static final class NoOpInterceptor implements MethodInterceptor {

        @Override
        public Object invoke(MethodInvocation invocation) throws Throwable {
            return invocation.proceed();
        }
    }

    @Aspect
    static class NoOpAspect {

        @Around("execution(* io.github.ratelimited.benchmark.AnnotatedCall.Service.call(..))")
        public Object around(ProceedingJoinPoint call) throws Throwable {
            return call.proceed();
        }
    }

    @EnableAspectJAutoProxy(proxyTargetClass = true)
    static class ClassProxies {}
}
