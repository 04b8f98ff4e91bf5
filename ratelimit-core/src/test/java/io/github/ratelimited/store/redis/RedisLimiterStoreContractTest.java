package io.github.ratelimited.store.redis;

import io.github.ratelimited.store.LimiterStore;
import io.github.ratelimited.test.LimiterStoreContract;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** By a real server and its own clock. */
class RedisLimiterStoreContractTest extends LimiterStoreContract {

    private static final AtomicInteger TESTS = new AtomicInteger();
    private static LocalRedis redis;

    private final String prefix = "test" + TESTS.incrementAndGet() + ":";
    private final LimiterStore store = new RedisLimiterStore(redis.connection(), prefix);

    @BeforeAll
    static void start() {
        redis = new LocalRedis();
    }

    @AfterAll
    static void stop() {
        redis.close();
    }

    @Override
    protected LimiterStore store() {
        return store;
    }

    @Override
    protected LimiterStore storeOfAnotherNode() {
        return new RedisLimiterStore(redis.connection(), prefix);
    }

    /** The server's clock is nobody's to move. */
    @Override
    protected void pass(Duration duration) {
        long until = System.nanoTime() + duration.toNanos();
        while (System.nanoTime() - until < 0) {
            LockSupport.parkNanos(until - System.nanoTime());
        }
    }
}
