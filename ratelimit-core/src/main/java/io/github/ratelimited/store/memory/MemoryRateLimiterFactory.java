package io.github.ratelimited.store.memory;

import io.github.ratelimited.Limit;
import io.github.ratelimited.RateLimiter;
import io.github.ratelimited.RateLimiterFactory;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.store.Admission;
import io.github.ratelimited.store.LimitName;
import io.github.ratelimited.store.StoreRateLimiter;

/** Behind {@link RateLimiter#create(Limit)}: a memory store for each limiter, so that it goes when the limiter goes. */
public final class MemoryRateLimiterFactory implements RateLimiterFactory {

    private static final LimitName UNNAMED = LimitName.of("unnamed");

    @Override
    public RateLimiter create(Limit limit, TimeSource timeSource) {
        MemoryLimiterStore store = new MemoryLimiterStore(timeSource, MemoryLimiterStore.DEFAULT_MAX_KEYS);
        return new StoreRateLimiter(UNNAMED, limit, new Admission(store, timeSource));
    }
}
