package io.github.ratelimited.autoconfigure.test;

import io.github.ratelimited.TimeSource;
import io.github.ratelimited.autoconfigure.RateLimitAutoConfiguration;
import io.github.ratelimited.store.StoreRateLimiterRegistry;
import io.github.ratelimited.store.memory.MemoryLimiterStore;
import io.github.ratelimited.test.MutableTimeSource;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** Time that stands still, in the place of that of the system. */
@AutoConfiguration(before = RateLimitAutoConfiguration.class)
class RateLimitTestAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean(TimeSource.class)
    MutableTimeSource rateLimitTimeSource() {
        return new MutableTimeSource();
    }

    @Bean
    FreshLimits rateLimitFreshLimits(
            ObjectProvider<MutableTimeSource> time,
            ObjectProvider<MemoryLimiterStore> stores,
            ObjectProvider<StoreRateLimiterRegistry> registries) {
        return new FreshLimits(time, stores, registries);
    }
}
