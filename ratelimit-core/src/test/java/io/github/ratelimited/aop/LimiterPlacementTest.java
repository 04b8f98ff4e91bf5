package io.github.ratelimited.aop;

import static io.github.ratelimited.aop.Application.allowedOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.github.ratelimited.RateLimited;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.aspectj.lang.ProceedingJoinPoint;
import org.aspectj.lang.annotation.Around;
import org.aspectj.lang.annotation.Aspect;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.aop.Advisor;
import org.springframework.aop.framework.Advised;
import org.springframework.aop.framework.ProxyFactory;
import org.springframework.aop.framework.autoproxy.DefaultAdvisorAutoProxyCreator;
import org.springframework.aop.support.StaticMethodMatcherPointcutAdvisor;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.beans.factory.support.MergedBeanDefinitionPostProcessor;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.cache.CacheManager;
import org.springframework.cache.annotation.Cacheable;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.cache.concurrent.ConcurrentMapCacheManager;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.EnableAspectJAutoProxy;
import org.springframework.context.annotation.Scope;
import org.springframework.core.Ordered;
import org.springframework.resilience.retry.MethodRetrySpec;
import org.springframework.resilience.retry.SimpleRetryInterceptor;

/** The limiter among advice that Spring does not know, in proxies of every make; the neighbours have tests of their own. */
class LimiterPlacementTest {

    static class Orders {

        private int placed;

        @RateLimited(permits = 2, per = "1d")
        public void place() {
            placed++;
        }

        public int placed() {
            return placed;
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableCaching
    static class Caches {

        @Bean
        CacheManager cacheManager() {
            return new ConcurrentMapCacheManager();
        }
    }

    @AutoClose
    private final Application application = new Application();

    @AutoClose
    private final Warnings warnings = new Warnings(LimiterPlacement.class);

    @Nested
    class AmongAdviceOfTheApplication {

        /** An advisor that wants to be before all others. */
        @Configuration(proxyBeanMethods = false)
        static class Audit {

            @Bean
            static DefaultAdvisorAutoProxyCreator autoProxyCreator() {
                DefaultAdvisorAutoProxyCreator creator = new DefaultAdvisorAutoProxyCreator();
                creator.setOrder(Ordered.HIGHEST_PRECEDENCE);
                return creator;
            }

            @Bean
            static AtomicInteger audited() {
                return new AtomicInteger();
            }

            @Bean
            static StaticMethodMatcherPointcutAdvisor audit(AtomicInteger audited) {
                StaticMethodMatcherPointcutAdvisor advisor = new StaticMethodMatcherPointcutAdvisor() {
                    @Override
                    public boolean matches(Method method, Class<?> type) {
                        return method.getName().equals("place");
                    }
                };
                advisor.setAdvice((MethodInterceptor) invocation -> {
                    audited.incrementAndGet();
                    return invocation.proceed();
                });
                advisor.setOrder(Ordered.HIGHEST_PRECEDENCE);
                return advisor;
            }
        }

        @Aspect
        static class AuditAspect {

            private final AtomicInteger audited;

            AuditAspect(AtomicInteger audited) {
                this.audited = audited;
            }

            @Around("execution(* *..Orders.place())")
            public Object audit(ProceedingJoinPoint call) throws Throwable {
                audited.incrementAndGet();
                return call.proceed();
            }
        }

        @Configuration(proxyBeanMethods = false)
        @EnableAspectJAutoProxy
        static class Aspects {

            @Bean
            AtomicInteger audited() {
                return new AtomicInteger();
            }

            @Bean
            AuditAspect auditAspect(AtomicInteger audited) {
                return new AuditAspect(audited);
            }
        }

        @ParameterizedTest
        @EnumSource
        void aDeniedCallDoesNotReachAnAdvisorOfHighestPrecedence(AdviceOrder order) {
            Orders orders =
                    application.order(order).start(Audit.class, Orders.class).bean(Orders.class);

            assertThat(allowedOf(9, orders::place)).isEqualTo(2);
            assertThat(application.bean(AtomicInteger.class)).hasValue(2);
            assertThat(orders.placed()).isEqualTo(2);
        }

        @ParameterizedTest
        @EnumSource
        void aDeniedCallDoesNotReachAnAspect(AdviceOrder order) {
            Orders orders =
                    application.order(order).start(Aspects.class, Orders.class).bean(Orders.class);

            assertThat(allowedOf(9, orders::place)).isEqualTo(2);
            assertThat(application.bean(AtomicInteger.class)).hasValue(2);
        }

        @Test
        void itJoinsTheProxyThatIsThere() {
            Orders orders = application.start(Audit.class, Orders.class).bean(Orders.class);

            assertThat(adviceOf(orders)).hasSizeGreaterThan(1).first().isInstanceOf(RateLimitInterceptor.class);
        }
    }

    @Nested
    class InAProxyThatABeanMethodHasMade {

        interface Flaky {

            @RateLimited(name = "flaky", permits = 9, per = "1d")
            void call();
        }

        private static final MethodInterceptor FAILURE = call -> {
            throw new IllegalStateException("fails always");
        };

        /** A proxy that retries three times, of an interface client: its last interceptor stands for the target. */
        private static Flaky retrying(Consumer<ProxyFactory> more) {
            ProxyFactory factory = new ProxyFactory(new Class<?>[] {Flaky.class});
            factory.addAdvice(
                    new SimpleRetryInterceptor(new MethodRetrySpec((method, failure) -> true, 3, Duration.ZERO)));
            factory.addAdvice(FAILURE);
            more.accept(factory);
            return (Flaky) factory.getProxy();
        }

        @Configuration(proxyBeanMethods = false)
        static class Client {

            @Bean
            Flaky flaky() {
                return retrying(factory -> {});
            }
        }

        @Configuration(proxyBeanMethods = false)
        static class Frozen {

            @Bean
            Flaky flaky() {
                return retrying(factory -> factory.setFrozen(true));
            }
        }

        @Configuration(proxyBeanMethods = false)
        static class Opaque {

            @Bean
            Flaky flaky() {
                return retrying(factory -> factory.setOpaque(true));
            }
        }

        /** A client whose last interceptor looks like one that goes on. */
        @Configuration(proxyBeanMethods = false)
        static class OddClient {

            @Bean
            Flaky flaky() {
                ProxyFactory factory = new ProxyFactory(new Class<?>[] {Flaky.class});
                factory.addAdvice(
                        new SimpleRetryInterceptor(new MethodRetrySpec((method, failure) -> true, 3, Duration.ZERO)) {
                            @Override
                            public Object invoke(MethodInvocation call) {
                                throw new IllegalStateException("fails always");
                            }
                        });
                return (Flaky) factory.getProxy();
            }
        }

        @Test
        void withoutTargetItIsBeforeTheAdviceThatMakesTheCall() {
            assertThat(permitsOfACall(Client.class)).isEqualTo(4);
            assertThat(warnings.messages()).isEmpty();
        }

        @Test
        void withoutTargetItIsNeverTheLast() {
            assertThat(permitsOfACall(OddClient.class)).isEqualTo(1);
        }

        @Test
        void thatIsFrozenItIsOutsideAndSaysSo() {
            assertThat(permitsOfACall(Frozen.class)).isEqualTo(1);
            assertThat(warnings.messages()).singleElement().asString().contains("cannot be joined: [flaky].");
        }

        @Test
        void thatIsOpaqueItIsOutside() {
            assertThat(permitsOfACall(Opaque.class)).isEqualTo(1);
        }

        private long permitsOfACall(Class<?> configuration) {
            Flaky flaky = application.start(configuration).bean(Flaky.class);
            assertThatIllegalStateException().isThrownBy(flaky::call);
            return 9 - application.registry().get("flaky").peek().remaining();
        }
    }

    @Nested
    class OfABean {

        static class Prices {

            @Cacheable("prices")
            @RateLimited(permits = 1, per = "1d")
            public String of(String item) {
                return item;
            }
        }

        static class PricesFactory implements FactoryBean<Prices> {

            @Override
            public Prices getObject() {
                return new Prices();
            }

            @Override
            public Class<?> getObjectType() {
                return Prices.class;
            }
        }

        @Configuration(proxyBeanMethods = false)
        static class Twice {

            @Bean
            Orders orders() {
                return new Orders();
            }

            @Bean
            Orders sameOrders(Orders orders) {
                return orders;
            }
        }

        @Configuration(proxyBeanMethods = false)
        static class Prototypes extends Caches {

            @Bean
            @Scope("prototype")
            Prices prices() {
                return new Prices();
            }
        }

        static class Chicken {

            @Autowired
            Egg egg;

            @Cacheable("chicken")
            @RateLimited(permits = 1, per = "1d")
            public String call(String item) {
                return item;
            }
        }

        static class Egg {

            @Autowired
            Chicken chicken;
        }

        @Test
        void thatAFactoryMakesItIsInItsPlace() {
            Prices prices = application.start(Caches.class, PricesFactory.class).bean(Prices.class);

            assertThat(allowedOf(9, () -> prices.of("tea"))).isEqualTo(9);
            assertThat(allowedOf(9, () -> prices.of("ham"))).isZero();
        }

        @Test
        void thatIsAPrototypeItIsInItsPlaceEachTime() {
            application.start(Prototypes.class);

            for (String item : List.of("tea", "tea")) {
                assertThat(adviceOf(application.bean(Prices.class)))
                        .as(item)
                        .extracting(advice -> advice.getClass().getSimpleName())
                        .containsSubsequence("CacheInterceptor", "RateLimitInterceptor");
            }
        }

        @Test
        void thatIsAPrototypeItIsPlacedByWhatTheFirstOneHasTaught() {
            AtomicInteger asked = new AtomicInteger();
            StaticMethodMatcherPointcutAdvisor audit = new StaticMethodMatcherPointcutAdvisor() {
                @Override
                public boolean matches(Method method, Class<?> type) {
                    asked.incrementAndGet();
                    return true;
                }
            };
            audit.setAdvice((MethodInterceptor) MethodInvocation::proceed);
            application.start(Prototypes.class);
            LimiterPlacement placement = application.bean(LimiterPlacement.class);
            List<Prices> all = List.of(with(audit), with(audit), with(audit, audit));

            placement.postProcessAfterInitialization(all.get(0), "prices");
            int askedAtFirst = asked.getAndSet(0);
            placement.postProcessAfterInitialization(all.get(1), "prices");

            assertThat(askedAtFirst).isPositive();
            assertThat(asked).hasValue(0);
            placement.postProcessAfterInitialization(all.get(2), "prices");
            assertThat(asked).as("with other advice").hasPositiveValue();
        }

        private Prices with(Advisor... more) {
            Prices prices = application.bean(Prices.class);
            for (Advisor advisor : more) {
                ((Advised) prices).addAdvisor(advisor);
            }
            return prices;
        }

        @Test
        void thatTwoBeanMethodsReturnItIsOnce() {
            Orders orders = application.start(Twice.class).bean("sameOrders", Orders.class);

            assertThat(allowedOf(9, orders::place)).isEqualTo(2);
        }

        static Stream<Arguments> circles() {
            return Stream.of(Arguments.of(Chicken.class, Egg.class), Arguments.of(Egg.class, Chicken.class));
        }

        @ParameterizedTest
        @MethodSource("circles")
        void thatIsPartOfACircleItIsInFrontOfTheOneThatOthersHold(Class<?> first, Class<?> second) {
            application.start(Caches.class, first, second);
            Egg egg = application.bean(Egg.class);

            assertThat(egg.chicken).isSameAs(application.bean(Chicken.class));
            assertThat(allowedOf(9, () -> egg.chicken.call("tea"))).isEqualTo(9);
            assertThat(allowedOf(9, () -> egg.chicken.call("ham"))).isZero();
        }
    }

    /** Post-processors such as those of message listeners, which keep the bean that they see and call it later. */
    @Nested
    class ForListeners {

        abstract static class Listeners implements BeanPostProcessor {

            private final Map<String, Object> seen = new HashMap<>();

            @Override
            public Object postProcessAfterInitialization(Object bean, String name) {
                seen.put(name, bean);
                return bean;
            }
        }

        static class OrderedListeners extends Listeners implements Ordered {

            @Override
            public int getOrder() {
                return LOWEST_PRECEDENCE;
            }
        }

        static class MergedListeners extends OrderedListeners implements MergedBeanDefinitionPostProcessor {

            @Override
            public void postProcessMergedBeanDefinition(RootBeanDefinition definition, Class<?> type, String name) {}
        }

        static class PlainListeners extends Listeners {}

        @Configuration(proxyBeanMethods = false)
        static class All {

            @Bean
            static OrderedListeners ordered() {
                return new OrderedListeners();
            }

            @Bean
            static MergedListeners merged() {
                return new MergedListeners();
            }

            @Bean
            static PlainListeners plain() {
                return new PlainListeners();
            }

            @Bean
            Orders orders() {
                return new Orders();
            }
        }

        @ParameterizedTest
        @EnumSource
        void theLimitedBeanIsTheOneThatTheySee(AdviceOrder order) {
            application.order(order).start(All.class);

            assertThat(application.beans(Listeners.class).values())
                    .hasSize(3)
                    .allSatisfy(listeners ->
                            assertThat(listeners.seen.get("orders")).isSameAs(application.bean(Orders.class)));
        }
    }

    private static Stream<Object> adviceOf(Object proxy) {
        return Arrays.stream(((Advised) proxy).getAdvisors()).map(advisor -> advisor.getAdvice());
    }
}
