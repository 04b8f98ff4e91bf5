package io.github.ratelimited.benchmark;

import io.github.ratelimited.RateLimited;
import java.util.function.Supplier;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.springframework.aop.framework.ProxyFactory;
import reactor.core.publisher.Mono;

/** One method of a bean that returns a {@code Mono}, behind a floor and ours. */
public enum MonoCall {
    BARE(Unlimited::new),
    NO_OP_INTERCEPTOR(() -> {
        ProxyFactory factory = new ProxyFactory(new Unlimited());
        factory.setProxyTargetClass(true);
        factory.addAdvice(new WrappingInterceptor());
        return (Service) factory.getProxy();
    }),
    RATELIMITED(() -> AnnotatedCall.ratelimited(Permitted.class, Service.class)),
    RATELIMITED_WAITING(() -> AnnotatedCall.ratelimited(PermittedToWait.class, Service.class));

    private final Supplier<Service> factory;

    MonoCall(Supplier<Service> factory) {
        this.factory = factory;
    }

    Service start() {
        return factory.get();
    }

    interface Service {

        Mono<String> call(String id);
    }

    static class Unlimited implements Service {

        @Override
        public Mono<String> call(String id) {
            return Mono.just(id);
        }
    }

    static class Permitted implements Service {

        @Override
        @RateLimited(permits = 1_000_000, per = "1ms")
        public Mono<String> call(String id) {
            return Mono.just(id);
        }
    }

    /** Need not wait, but may. */
    static class PermittedToWait implements Service {

        @Override
        @RateLimited(permits = 1_000_000, per = "1ms", maxWait = "1s")
        public Mono<String> call(String id) {
            return Mono.just(id);
        }
    }

    /** Does nothing at subscription, as whoever acts there does it. */
    private static final class WrappingInterceptor implements MethodInterceptor {

        @Override
        public Object invoke(MethodInvocation invocation) throws Throwable {
            Mono<?> made = (Mono<?>) invocation.proceed();
            return Mono.defer(() -> made);
        }
    }
}
