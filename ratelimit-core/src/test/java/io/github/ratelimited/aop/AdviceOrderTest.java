package io.github.ratelimited.aop;

import static io.github.ratelimited.aop.Application.allowedOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.RateLimited;
import java.lang.reflect.Method;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.aopalliance.intercept.MethodInterceptor;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.springframework.aop.framework.Advised;
import org.springframework.aop.framework.autoproxy.DefaultAdvisorAutoProxyCreator;
import org.springframework.aop.support.StaticMethodMatcherPointcutAdvisor;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.EnableAsync;

/** The limiter comes before all other advice: a denied call opens no transaction and takes no thread. */
class AdviceOrderTest {

    static class Orders {

        int placed;

        @RateLimited(permits = 2, per = "1d")
        public void place() {
            placed++;
        }

        @Async
        @RateLimited(permits = 2, per = "1d")
        public void later() {}

        public int placed() {
            return placed;
        }
    }

    /** As transactions and caches are: an advisor, applied by the auto-proxy creator that applications have. */
    @Configuration(proxyBeanMethods = false)
    static class Transactions {

        @Bean
        static DefaultAdvisorAutoProxyCreator autoProxyCreator() {
            DefaultAdvisorAutoProxyCreator creator = new DefaultAdvisorAutoProxyCreator();
            creator.setOrder(Ordered.HIGHEST_PRECEDENCE);
            return creator;
        }

        @Bean
        static AtomicInteger begun() {
            return new AtomicInteger();
        }

        @Bean
        static StaticMethodMatcherPointcutAdvisor transactions(AtomicInteger begun) {
            StaticMethodMatcherPointcutAdvisor advisor = new StaticMethodMatcherPointcutAdvisor() {
                @Override
                public boolean matches(Method method, Class<?> type) {
                    return method.getName().equals("place");
                }
            };
            advisor.setAdvice((MethodInterceptor) invocation -> {
                begun.incrementAndGet();
                return invocation.proceed();
            });
            advisor.setOrder(Ordered.HIGHEST_PRECEDENCE);
            return advisor;
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAsync
    static class Threads {

        @Bean
        AtomicInteger started() {
            return new AtomicInteger();
        }

        @Bean
        Executor taskExecutor(AtomicInteger started) {
            return task -> {
                started.incrementAndGet();
                task.run();
            };
        }
    }

    @AutoClose
    private final Application application = new Application();

    @Test
    void aDeniedCallDoesNotReachAnAdvisorOfHighestPrecedence() {
        Orders orders = application.start(Transactions.class, Orders.class).bean(Orders.class);

        assertThat(allowedOf(9, orders::place)).isEqualTo(2);
        assertThat(application.bean(AtomicInteger.class)).hasValue(2);
        assertThat(orders.placed()).isEqualTo(2);
    }

    @Test
    void theLimiterJoinsTheProxyThatIsThere() {
        Orders orders = application.start(Transactions.class, Orders.class).bean(Orders.class);

        assertThat(((Advised) orders).getAdvisors()).hasSizeGreaterThan(1);
        assertThat(((Advised) orders).getAdvisors()[0].getAdvice()).isInstanceOf(RateLimitInterceptor.class);
    }

    @Test
    void aDeniedCallTakesNoThread() {
        Orders orders = application.start(Threads.class, Orders.class).bean(Orders.class);

        assertThat(allowedOf(9, orders::later)).isEqualTo(2);
        assertThat(application.bean(AtomicInteger.class)).hasValue(2);
    }
}
