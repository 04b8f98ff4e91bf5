package io.github.ratelimited.example;

import io.github.ratelimited.store.LimiterStore;
import io.github.ratelimited.test.LimiterStoreContract;
import io.github.ratelimited.test.MutableTimeSource;
import java.time.Duration;

/** The example of a store is one; docs/writing-a-store.md shows both. */
class MapStoreTest extends LimiterStoreContract {

    private final MutableTimeSource time = new MutableTimeSource(5_000_000_000L);
    private final LimiterStore store = new MapStore(time::nanoTime);

    @Override
    protected LimiterStore store() {
        return store;
    }

    @Override
    protected void pass(Duration duration) {
        time.advance(duration);
    }
}
