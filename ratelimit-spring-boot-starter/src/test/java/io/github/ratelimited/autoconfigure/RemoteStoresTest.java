package io.github.ratelimited.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.Decision;
import io.github.ratelimited.RateLimiterRegistry;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.store.AcquireRequest;
import io.github.ratelimited.store.Claim;
import io.github.ratelimited.store.FailSafeStore;
import io.github.ratelimited.store.LimitName;
import io.github.ratelimited.store.LimiterStore;
import io.github.ratelimited.store.StoreListener;
import io.github.ratelimited.store.memory.MemoryLimiterStore;
import io.github.ratelimited.test.MutableTimeSource;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** A store of one's own in another process, put together as docs/writing-a-store.md says. */
class RemoteStoresTest {

    /** Holds something that has to be closed. */
    private record Far(LimiterStore store, AtomicInteger closed) implements LimiterStore, AutoCloseable {

        @Override
        public Decision acquire(AcquireRequest request) {
            return store.acquire(request);
        }

        @Override
        public void refund(AcquireRequest request, Decision decision) {
            store.refund(request, decision);
        }

        @Override
        public Decision peek(Claim claim) {
            return store.peek(claim);
        }

        @Override
        public void giveBack(Claim claim) {
            store.giveBack(claim);
        }

        @Override
        public void reset(LimitName limit, @Nullable String key) {
            store.reset(limit, key);
        }

        @Override
        public void close() {
            closed.incrementAndGet();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class FarAway {

        @Bean
        AtomicInteger closed() {
            return new AtomicInteger();
        }

        @Bean(defaultCandidate = false)
        FailSafeStore farFailSafe(
                AtomicInteger closed,
                TimeSource time,
                RateLimitProperties properties,
                ObjectProvider<StoreListener> listeners) {
            Far far = new Far(new MemoryLimiterStore(time, 100), closed);
            return RemoteStores.failSafe(far, "far", Duration.ofSeconds(1), properties, time, listeners);
        }

        @Bean
        LimiterStore far(@Qualifier("farFailSafe") FailSafeStore store, TimeSource time) {
            return RemoteStores.remembering(store, time);
        }
    }

    @Test
    void isClosedWithTheApplication() {
        AtomicInteger[] closed = new AtomicInteger[1];
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(RateLimitAutoConfiguration.class))
                .withBean(TimeSource.class, MutableTimeSource::new)
                .withUserConfiguration(FarAway.class)
                .withPropertyValues("ratelimit.limits.mail.permits=1", "ratelimit.limits.mail.per=1h")
                .run(context -> {
                    assertThat(context.getBean(RateLimiterRegistry.class)
                                    .get("mail")
                                    .tryAcquire())
                            .isTrue();
                    closed[0] = context.getBean(AtomicInteger.class);
                    assertThat(closed[0]).hasValue(0);
                });
        assertThat(closed[0]).hasValue(1);
    }
}
