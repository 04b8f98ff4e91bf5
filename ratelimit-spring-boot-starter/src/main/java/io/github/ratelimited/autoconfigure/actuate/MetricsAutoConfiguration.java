package io.github.ratelimited.autoconfigure.actuate;

import io.github.ratelimited.autoconfigure.RateLimitAutoConfiguration;
import io.github.ratelimited.autoconfigure.RateLimitProperties;
import io.github.ratelimited.store.FailSafeStore;
import io.micrometer.core.instrument.MeterRegistry;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
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
    CallMeters rateLimitCallMeters(ObjectProvider<MeterRegistry> registry) {
        return new CallMeters(SingletonSupplier.of(registry::getObject));
    }

    /** Of stores in other processes. */
    @Bean
    StoreMeters rateLimitStoreMeters(ObjectProvider<MeterRegistry> registry, ListableBeanFactory beans) {
        return new StoreMeters(
                SingletonSupplier.of(registry::getObject),
                () -> beans.getBeansOfType(FailSafeStore.class).values());
    }
}
