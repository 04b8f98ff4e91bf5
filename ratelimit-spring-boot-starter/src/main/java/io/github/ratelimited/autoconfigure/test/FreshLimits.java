package io.github.ratelimited.autoconfigure.test;

import io.github.ratelimited.store.StoreRateLimiterRegistry;
import io.github.ratelimited.store.memory.MemoryLimiterStore;
import io.github.ratelimited.test.MutableTimeSource;
import java.time.Duration;
import org.springframework.beans.factory.ObjectProvider;

/** Lets a test begin as if nobody had ever called, in a context that other tests have used before. */
final class FreshLimits {

    private static final long DAY = Duration.ofDays(1).toNanos();

    private final ObjectProvider<MutableTimeSource> time;
    private final ObjectProvider<MemoryLimiterStore> stores;
    private final ObjectProvider<StoreRateLimiterRegistry> registries;

    FreshLimits(
            ObjectProvider<MutableTimeSource> time,
            ObjectProvider<MemoryLimiterStore> stores,
            ObjectProvider<StoreRateLimiterRegistry> registries) {
        this.time = time;
        this.stores = stores;
        this.registries = registries;
    }

    /** Fixed windows begin with the day, so that no test is near the end of one because of where another has stopped. */
    void begin() {
        time.ifAvailable(clock -> clock.advance(Duration.ofNanos(DAY - Math.floorMod(clock.nanoTime(), DAY))));
        stores.forEach(MemoryLimiterStore::clear);
        registries.forEach(StoreRateLimiterRegistry::forget);
    }
}
