package io.github.ratelimited.store.memory;

import io.github.ratelimited.store.LimiterStore;
import io.github.ratelimited.test.LimiterStoreContract;
import io.github.ratelimited.test.MutableTimeSource;
import java.time.Duration;

class MemoryLimiterStoreContractTest extends LimiterStoreContract {

    private final MutableTimeSource time = new MutableTimeSource(-5_000_000_000L);
    private final LimiterStore store = new MemoryLimiterStore(time, 100);

    @Override
    protected LimiterStore store() {
        return store;
    }

    @Override
    protected void pass(Duration duration) {
        time.advance(duration);
    }
}
