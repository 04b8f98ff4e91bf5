package io.github.ratelimited.autoconfigure;

import io.github.ratelimited.InvalidRateLimitException;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.store.memory.MemoryLimiterStore;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** The store that {@code ratelimit.store: memory} means. */
@AutoConfiguration(after = RateLimitAutoConfiguration.class)
@ConditionalOnBean(RateLimitProperties.class)
public class MemoryStoreAutoConfiguration {

    /** A store that holds at most {@code ratelimit.memory.max-keys}. */
    @Bean(StoreChoice.MEMORY_BEAN)
    @ConditionalOnMissingBean
    MemoryLimiterStore memoryLimiterStore(TimeSource timeSource, RateLimitProperties properties) {
        long maxKeys = properties.memory().maxKeys();
        if (maxKeys < 1) {
            throw new InvalidRateLimitException(
                    "ratelimit.memory", "max-keys = " + maxKeys + " is not positive", "write for example 1000000");
        }
        return new MemoryLimiterStore(timeSource, maxKeys);
    }
}
