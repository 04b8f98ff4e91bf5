package io.github.ratelimited.benchmark;

import io.github.bucket4j.Bucket;
import io.github.bucket4j.local.SynchronizationStrategy;
import io.github.ratelimited.Algorithm;
import io.github.ratelimited.Limit;
import io.github.ratelimited.RateLimiter;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/** Floors, ours and others, as they come out of the box, for one limit without keys: each asks for one permit. */
public enum OneLimiter {
    NANO_TIME(limit -> {
        boolean answer = limit.permits() > 1;
        return () -> (System.nanoTime() != 0) == answer;
    }),
    GCRA(limit -> {
        Gcra gcra = Gcra.of(limit);
        AtomicLong state = gcra.newState();
        return () -> gcra.tryAcquire(state);
    }),

    RATELIMITED(limit -> ratelimited(limit, Algorithm.TOKEN_BUCKET)),
    RATELIMITED_FIXED_WINDOW(limit -> ratelimited(limit, Algorithm.FIXED_WINDOW)),
    RATELIMITED_SLIDING_WINDOW(limit -> ratelimited(limit, Algorithm.SLIDING_WINDOW)),

    BUCKET4J_LOCK_FREE(limit -> bucket4j(limit, SynchronizationStrategy.LOCK_FREE)),
    BUCKET4J_SYNCHRONIZED(limit -> bucket4j(limit, SynchronizationStrategy.SYNCHRONIZED)),
    RESILIENCE4J(limit -> {
        RateLimiterConfig config = RateLimiterConfig.custom()
                .limitForPeriod(Math.toIntExact(limit.permits()))
                .limitRefreshPeriod(limit.period())
                .timeoutDuration(Duration.ZERO)
                .build();
        return io.github.resilience4j.ratelimiter.RateLimiter.of("one", config)::acquirePermission;
    }),
    @SuppressWarnings("UnstableApiUsage")
    GUAVA(limit -> {
        double perSecond = limit.permits() * 1e9 / limit.period().toNanos();
        return com.google.common.util.concurrent.RateLimiter.create(perSecond)::tryAcquire;
    }),
    FAILSAFE_SMOOTH(limit -> dev.failsafe.RateLimiter.smoothBuilder(limit.permits(), limit.period())
            .build()::tryAcquirePermit),
    FAILSAFE_BURSTY(limit -> dev.failsafe.RateLimiter.burstyBuilder(limit.permits(), limit.period())
            .build()::tryAcquirePermit);

    private final Function<Limit, BooleanSupplier> factory;

    OneLimiter(Function<Limit, BooleanSupplier> factory) {
        this.factory = factory;
    }

    BooleanSupplier start(Limit limit) {
        return factory.apply(limit);
    }

    private static BooleanSupplier ratelimited(Limit limit, Algorithm algorithm) {
        return RateLimiter.create(limit.withAlgorithm(algorithm))::tryAcquire;
    }

    private static BooleanSupplier bucket4j(Limit limit, SynchronizationStrategy strategy) {
        Bucket bucket = Bucket.builder()
                .addLimit(bandwidth -> bandwidth.capacity(limit.burst()).refillGreedy(limit.permits(), limit.period()))
                .withSynchronizationStrategy(strategy)
                .build();
        return () -> bucket.tryConsume(1);
    }
}
