package io.github.ratelimited.autoconfigure.actuate;

import io.github.ratelimited.RateLimitNearEvent;
import io.github.ratelimited.autoconfigure.PenaltyListener;
import io.github.ratelimited.autoconfigure.RateLimitAutoConfiguration;
import io.github.ratelimited.autoconfigure.RateLimitProperties;
import io.github.ratelimited.autoconfigure.ResolverListener;
import io.github.ratelimited.store.CallCounts;
import io.github.ratelimited.store.FailSafeStore;
import io.github.ratelimited.store.StoreRateLimiterRegistry;
import io.github.ratelimited.store.memory.MemoryLimiterStore;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.util.function.SingletonSupplier;

/** Meters, where there is a registry for them. */
@AutoConfiguration(
        after = RateLimitAutoConfiguration.class,
        afterName = {
            "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration",
            "org.springframework.boot.actuate.autoconfigure.metrics.CompositeMeterRegistryAutoConfiguration"
        })
@ConditionalOnClass(MeterRegistry.class)
@ConditionalOnBean({RateLimitProperties.class, MeterRegistry.class})
public class MetricsAutoConfiguration {

    /** Of limits. */
    @Bean
    CallMeters rateLimitCallMeters(
            ObjectProvider<MeterRegistry> registry, ObjectProvider<StoreRateLimiterRegistry> limits) {
        return new CallMeters(
                SingletonSupplier.of(registry::getObject),
                name -> limits.getObject().policies().of(name),
                name -> limits.getObject().waiting(name),
                name -> limits.getObject().shutOut(name));
    }

    /** Of calls, by what became of them. */
    @Bean
    CallCounts rateLimitCallCounts(CallMeters meters) {
        return new CallCounts(meters::begun);
    }

    /** A zero for each limit that has not been called yet. */
    @Bean
    SmartInitializingSingleton rateLimitCallsBegin(StoreRateLimiterRegistry limits, CallCounts counts) {
        return () ->
                limits.names().forEach(name -> counts.of(limits.describe(name).name()));
    }

    /** Of the keys that are held in memory. */
    @Bean
    MeterBinder rateLimitKeysMeter(ObjectProvider<MemoryLimiterStore> stores) {
        return meters -> stores.ifUnique(store -> {
            Gauge.builder("ratelimit.keys", store, MemoryLimiterStore::keys)
                    .description("Keys that the store in memory holds, of all limits together")
                    .register(meters);
            Gauge.builder("ratelimit.keys.max", store, MemoryLimiterStore::maxKeys)
                    .description("Keys that the store in memory holds at most; beyond that new keys share permits")
                    .register(meters);
        });
    }

    /** Of what resolvers say. */
    @Bean
    ResolverListener rateLimitResolverMeter(CallMeters meters) {
        return (limit, failed) -> {
            meters.resolver(limit, !failed); // a zero, so that the first can be seen
            meters.resolver(limit, failed).increment();
        };
    }

    /** Of limits that were near. */
    @Bean
    ApplicationListener<RateLimitNearEvent> rateLimitNearMeter(CallMeters meters) {
        return new ApplicationListener<>() {
            @Override
            public void onApplicationEvent(RateLimitNearEvent event) {
                meters.near(event.getLimitName()).increment();
            }
        };
    }

    /** Of keys that are shut out. */
    @Bean
    PenaltyListener rateLimitPenaltyMeter(CallMeters meters) {
        return name -> meters.penalties(name.shown()).increment();
    }

    /** Of stores in other processes. */
    @Bean
    StoreMeters rateLimitStoreMeters(ObjectProvider<MeterRegistry> registry, ListableBeanFactory beans) {
        return new StoreMeters(
                SingletonSupplier.of(registry::getObject),
                () -> beans.getBeansOfType(FailSafeStore.class).values());
    }
}
