package io.github.ratelimited.benchmark;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.github.bucket4j.Bucket;
import io.github.ratelimited.Limit;
import io.github.ratelimited.RateLimiter;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.store.Admission;
import io.github.ratelimited.store.LimitName;
import io.github.ratelimited.store.StoreRateLimiter;
import io.github.ratelimited.store.memory.MemoryLimiterStore;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import io.github.resilience4j.ratelimiter.RateLimiterRegistry;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/** Floors, ours and others for a limit per key. */
public enum KeyedLimiter {
    /** No limiter: what the key itself costs. */
    KEY_ALONE(keys -> new Started(key -> !key.isEmpty(), () -> keys)),
    /** Unbounded, never expires. */
    GCRA_IN_MAP(keys -> {
        Gcra gcra = Gcra.of(Started.LIMIT);
        ConcurrentHashMap<String, AtomicLong> states = new ConcurrentHashMap<>();
        return new Started(
                key -> {
                    AtomicLong state = states.get(key);
                    return gcra.tryAcquire(
                            state != null ? state : states.computeIfAbsent(key, unknown -> gcra.newState()));
                },
                states::size);
    }),

    /** As {@code RateLimiter.create(limit)} makes it, but for the sight of its store. Bounded, expiring. */
    RATELIMITED(keys -> {
        MemoryLimiterStore store = new MemoryLimiterStore(TimeSource.system(), keys);
        RateLimiter limiter =
                new StoreRateLimiter(LimitName.of("keyed"), Started.LIMIT, new Admission(store, TimeSource.system()));
        return new Started(key -> limiter.forKey(key).tryAcquire(), store::keys);
    }),

    /** Unbounded, never expires. */
    BUCKET4J_IN_MAP(keys -> {
        ConcurrentHashMap<String, Bucket> buckets = new ConcurrentHashMap<>();
        return new Started(
                key -> buckets.computeIfAbsent(key, unknown -> bucket4j()).tryConsume(1), buckets::size);
    }),
    /** Bounded, expiring. */
    BUCKET4J_IN_CAFFEINE(keys -> {
        Cache<String, Bucket> buckets = Caffeine.newBuilder()
                .maximumSize(keys)
                .expireAfterAccess(Duration.ofHours(1))
                .build();
        return new Started(key -> buckets.get(key, unknown -> bucket4j()).tryConsume(1), buckets::estimatedSize);
    }),
    /** Unbounded, never expires. */
    RESILIENCE4J(keys -> {
        RateLimiterRegistry registry = RateLimiterRegistry.of(RateLimiterConfig.custom()
                .limitForPeriod(Math.toIntExact(Started.LIMIT.permits()))
                .limitRefreshPeriod(Started.LIMIT.period())
                .timeoutDuration(Duration.ZERO)
                .build());
        return new Started(
                key -> registry.rateLimiter(key).acquirePermission(),
                () -> registry.getAllRateLimiters().size());
    });

    private final IntFunction<Started> factory;

    KeyedLimiter(IntFunction<Started> factory) {
        this.factory = factory;
    }

    /** A limiter in use. */
    record Started(Predicate<String> tryAcquire, LongSupplier keys) {

        /** A permit refills in 5 minutes: a key stays used for a whole run, and is not used up in one. */
        static final Limit LIMIT = Limit.of(1_000_000, Duration.ofDays(3650));
    }

    /** A limiter that has seen each of the keys once and remembers it. */
    Started start(int keys) {
        Started started = factory.apply(keys);
        for (int i = 0; i < keys; i++) {
            if (!started.tryAcquire.test(Key.of(i))) {
                throw new IllegalStateException(this + " does not admit a new key");
            }
        }
        check(started, keys);
        return started;
    }

    void check(Started started, int keys) {
        long held = started.keys.getAsLong();
        if (held != keys || !started.tryAcquire.test(Key.of(0))) {
            throw new IllegalStateException(this + " holds " + held + " of " + keys + " keys, or has one used up");
        }
    }

    private static Bucket bucket4j() {
        return Bucket.builder()
                .addLimit(limit -> limit.capacity(Started.LIMIT.burst())
                        .refillGreedy(Started.LIMIT.permits(), Started.LIMIT.period()))
                .build();
    }
}
