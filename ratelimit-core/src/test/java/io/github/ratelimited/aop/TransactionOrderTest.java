package io.github.ratelimited.aop;

import static io.github.ratelimited.aop.Application.allowedOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.RateLimited;
import io.github.ratelimited.TimeSource;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.aop.support.DefaultBeanFactoryPointcutAdvisor;
import org.springframework.aop.support.annotation.AnnotationMatchingPointcut;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.cache.CacheManager;
import org.springframework.cache.annotation.Cacheable;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.cache.concurrent.ConcurrentMapCacheManager;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.EnableAspectJAutoProxy;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.annotation.Role;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionManager;
import org.springframework.transaction.annotation.AnnotationTransactionAttributeSource;
import org.springframework.transaction.annotation.EnableTransactionManagement;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.interceptor.TransactionInterceptor;
import org.springframework.transaction.support.AbstractPlatformTransactionManager;
import org.springframework.transaction.support.DefaultTransactionStatus;

/** {@code @Transactional} beside the limit: a call gets its permit, and waits for it, before its transaction opens. */
@Timeout(20)
class TransactionOrderTest {

    static class Orders {

        @Transactional
        @RateLimited(permits = 1, per = "10s")
        public void place() {}

        @Transactional
        @RateLimited(permits = 1, per = "10s", maxWait = "forever")
        public void placeSomeTime() {}

        @Transactional
        @RateLimited(permits = 2, per = "1d")
        public void fail() {
            throw new IllegalStateException("fails always");
        }
    }

    static class Prices {

        @Cacheable("prices")
        @Transactional
        @RateLimited(permits = 1, per = "1d")
        public String of(String item) {
            return item;
        }
    }

    static class Stock {

        @Cacheable("stock")
        @RateLimited(permits = 1, per = "1d")
        public String of(String item) {
            return item;
        }

        @Transactional
        public void count() {}
    }

    /** Writes down what happens to transactions, and when. */
    static class Transactions extends AbstractPlatformTransactionManager {

        private final transient TimeSource time;
        private final List<String> events = new CopyOnWriteArrayList<>();

        Transactions(TimeSource time) {
            this.time = time;
        }

        private void happens(String event) {
            events.add(event + " at " + Duration.ofNanos(time.nanoTime()).toSeconds() + "s");
        }

        @Override
        protected Object doGetTransaction() {
            return this;
        }

        @Override
        protected void doBegin(Object transaction, TransactionDefinition definition) {
            happens("begin");
        }

        @Override
        protected void doCommit(DefaultTransactionStatus status) {
            happens("commit");
        }

        @Override
        protected void doRollback(DefaultTransactionStatus status) {
            happens("rollback");
        }
    }

    abstract static class Manager {

        @Bean
        Transactions transactions(TimeSource time) {
            return new Transactions(time);
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableTransactionManagement
    static class Managed extends Manager {}

    /** With the auto-proxy creator that applications have where AspectJ is on the class path. */
    @Configuration(proxyBeanMethods = false)
    @EnableAspectJAutoProxy
    static class ManagedAndAspects extends Managed {}

    @Configuration(proxyBeanMethods = false)
    @EnableTransactionManagement(order = 0)
    static class ManagedFirst extends Manager {}

    abstract static class InMemory {

        @Bean
        CacheManager cacheManager() {
            return new ConcurrentMapCacheManager();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableCaching
    static class Caches extends InMemory {}

    @Configuration(proxyBeanMethods = false)
    @EnableCaching(order = -1)
    static class CachesFirst extends InMemory {}

    /** As {@code <aop:advisor advice-ref="...">} does: the advice is a bean of its own, known by name. */
    @Configuration(proxyBeanMethods = false)
    @EnableCaching(order = 1)
    static class ManagedByName extends InMemory {

        @Bean
        Transactions transactions(TimeSource time) {
            return new Transactions(time);
        }

        @Bean
        @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
        TransactionInterceptor advice(TransactionManager manager) {
            return new TransactionInterceptor(manager, new AnnotationTransactionAttributeSource());
        }

        @Bean
        @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
        static DefaultBeanFactoryPointcutAdvisor advisor() {
            DefaultBeanFactoryPointcutAdvisor advisor = new DefaultBeanFactoryPointcutAdvisor();
            advisor.setPointcut(AnnotationMatchingPointcut.forMethodAnnotation(Transactional.class));
            advisor.setAdviceBeanName("advice");
            advisor.setOrder(0);
            return advisor;
        }
    }

    @AutoClose
    private final Application application = new Application();

    @AutoClose
    private final Warnings warnings = new Warnings(LimiterPlacement.class);

    @ParameterizedTest
    @ValueSource(classes = {Managed.class, ManagedAndAspects.class, ManagedFirst.class})
    void aDeniedCallOpensNoTransaction(Class<?> configuration) {
        Orders orders = application.start(configuration, Orders.class).bean(Orders.class);

        assertThat(allowedOf(9, orders::place)).isEqualTo(1);

        assertThat(events()).containsExactly("begin at 0s", "commit at 0s");
        assertThat(warnings.messages()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(classes = {Managed.class, ManagedAndAspects.class, ManagedFirst.class})
    void aWaitingCallOpensItsTransactionWhenItsTurnHasCome(Class<?> configuration) throws Exception {
        Orders orders = application.start(configuration, Orders.class).bean(Orders.class);
        orders.placeSomeTime();
        FutureTask<Void> second = new FutureTask<>(orders::placeSomeTime, null);
        new Thread(second).start();
        application.time().awaitParkedThreads(1);

        assertThat(events()).as("while it waits").containsExactly("begin at 0s", "commit at 0s");
        application.advance(Duration.ofSeconds(10));
        second.get(10, TimeUnit.SECONDS);
        assertThat(events()).containsExactly("begin at 0s", "commit at 0s", "begin at 10s", "commit at 10s");
    }

    @Test
    void aCallThatIsRolledBackHasTakenItsPermit() {
        Orders orders = application.start(Managed.class, Orders.class).bean(Orders.class);

        assertThatIllegalStateException().isThrownBy(orders::fail);
        assertThatIllegalStateException().isThrownBy(orders::fail);
        assertThatExceptionOfType(RateLimitExceededException.class).isThrownBy(orders::fail);
        assertThat(events()).containsExactly("begin at 0s", "rollback at 0s", "begin at 0s", "rollback at 0s");
    }

    @Nested
    class ATransactionThatBeginsBeforeTheCacheIsAsked {

        private static final String WARNING = "A cache, retry or @Async of these beans comes after their limit, against"
                + " ratelimit.order = cache-first, because a transaction begins before it or because it is in a proxy"
                + " that cannot be joined: [%s]. There a cache hit costs a permit, and a retry does not. Give"
                + " @EnableCaching and the retry a lower order than @EnableTransactionManagement has, or choose"
                + " ratelimit.order = limit-first.";

        @Configuration(proxyBeanMethods = false)
        static class TwoBeans {

            @Bean
            Prices prices() {
                return new Prices();
            }

            @Bean
            Prices others() {
                return new Prices();
            }

            @Bean
            Orders orders() {
                return new Orders();
            }
        }

        @Configuration(proxyBeanMethods = false)
        static class LaterBean {

            @Bean
            @Lazy
            Prices prices() {
                return new Prices();
            }
        }

        @Test
        void stillBeginsAfterTheLimitAndIsWarnedOfOnce() {
            application.start(ManagedFirst.class, Caches.class, TwoBeans.class);
            Prices prices = application.bean("prices", Prices.class);

            assertThat(allowedOf(9, () -> prices.of("tea"))).isEqualTo(1);
            assertThat(events()).containsExactly("begin at 0s", "commit at 0s");
            assertThat(warnings.messages()).containsExactly(WARNING.formatted("others, prices"));
        }

        @Test
        void isWarnedOfWhenItsBeanIsMadeLater() {
            application.start(ManagedFirst.class, Caches.class, LaterBean.class);
            assertThat(warnings.messages()).isEmpty();

            application.bean(Prices.class);

            assertThat(warnings.messages()).containsExactly(WARNING.formatted("prices"));
        }

        @Test
        void isSeenWhereItsAdviceIsABeanKnownByName() {
            Prices prices = application.start(ManagedByName.class, Prices.class).bean(Prices.class);

            assertThat(allowedOf(9, () -> prices.of("tea"))).isEqualTo(1);
            assertThat(events()).containsExactly("begin at 0s", "commit at 0s");
            assertThat(warnings.messages()).hasSize(1);
        }

        @Test
        void isInOrderAsTheWarningSays() {
            Prices prices = application
                    .start(ManagedFirst.class, CachesFirst.class, Prices.class)
                    .bean(Prices.class);

            assertThat(allowedOf(9, () -> prices.of("tea"))).isEqualTo(9);
            assertThat(events()).containsExactly("begin at 0s", "commit at 0s");
            assertThat(warnings.messages()).isEmpty();
        }

        @Test
        void isRightWhereTheLimitComesFirst() {
            application.limitFirst().start(ManagedFirst.class, Caches.class, Prices.class);

            assertThat(warnings.messages()).isEmpty();
        }

        @Test
        void isNoMatterOnAMethodWithoutALimit() {
            Stock stock = application
                    .start(ManagedFirst.class, Caches.class, Stock.class)
                    .bean(Stock.class);

            assertThat(allowedOf(9, () -> stock.of("tea"))).isEqualTo(9);
            assertThat(warnings.messages()).isEmpty();
        }
    }

    private List<String> events() {
        return application.bean(Transactions.class).events;
    }
}
