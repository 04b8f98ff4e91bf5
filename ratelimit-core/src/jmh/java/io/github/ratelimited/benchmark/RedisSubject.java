package io.github.ratelimited.benchmark;

import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.distributed.ExpirationAfterWriteStrategy;
import io.github.bucket4j.distributed.proxy.ProxyManager;
import io.github.bucket4j.redis.lettuce.Bucket4jLettuce;
import io.github.ratelimited.Limit;
import io.github.ratelimited.RateLimiter;
import io.lettuce.core.api.async.RedisAsyncCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.IntFunction;
import org.redisson.api.RRateLimiter;
import org.redisson.api.RateType;

/** Floors, ours and others that count in Redis: each asks for one permit of a key's, and waits for the answer. */
enum RedisSubject {
    PING {
        @Override
        Asking start(RedisBench bench, String[] keys) {
            RedisAsyncCommands<String, String> redis = bench.connection.async();
            return key -> redis.ping().get().equals("PONG");
        }
    },
    INCR {
        @Override
        Asking start(RedisBench bench, String[] keys) {
            RedisAsyncCommands<String, String> redis = bench.connection.async();
            String[] counters = Arrays.stream(keys).map("incr:"::concat).toArray(String[]::new);
            return key -> redis.incr(counters[key]).get() > 0;
        }
    },
    RATELIMITED {
        @Override
        Asking start(RedisBench bench, String[] keys) {
            RateLimiter limiter = bench.limiter(PLENTY);
            return key -> limiter.forKey(keys[key]).tryAcquire();
        }
    },
    BUCKET4J {
        @Override
        Asking start(RedisBench bench, String[] keys) {
            ProxyManager<String> manager = bucket4j(bench);
            return each(keys, key -> {
                var bucket = manager.builder().build("sync:" + keys[key], RedisSubject::configuration);
                return () -> bucket.tryConsume(1);
            });
        }
    },
    BUCKET4J_ASYNC {
        @Override
        Asking start(RedisBench bench, String[] keys) {
            var manager = bucket4j(bench).asAsync();
            return each(keys, key -> {
                var bucket = manager.builder()
                        .build("async:" + keys[key], () -> CompletableFuture.completedFuture(configuration()));
                return () -> bucket.tryConsume(1).get();
            });
        }
    },
    REDISSON {
        @Override
        Asking start(RedisBench bench, String[] keys) {
            return each(keys, key -> {
                RRateLimiter limiter = bench.redisson().getRateLimiter("redisson:" + keys[key]);
                limiter.trySetRate(RateType.OVERALL, PLENTY.permits(), PLENTY.period());
                return limiter::tryAcquire;
            });
        }
    };

    /** Never used up. */
    static final Limit PLENTY = Limit.of(10_000_000, Duration.ofSeconds(1));

    /** True if permitted. */
    interface Asking {

        boolean ask(int key) throws ExecutionException, InterruptedException;
    }

    private interface AskingOne {

        boolean ask() throws ExecutionException, InterruptedException;
    }

    abstract Asking start(RedisBench bench, String[] keys);

    /** What the subject has asked for, of all commands: those that scripts call count as well, and others' PINGs. */
    long trips(Map<String, Long> calls) {
        return switch (this) {
            case PING -> calls.getOrDefault("ping", 0L);
            case INCR -> calls.getOrDefault("incr", 0L);
            case RATELIMITED, REDISSON -> scripts(calls);
            // Each trip is a GET, or a script that makes one.
            case BUCKET4J, BUCKET4J_ASYNC -> calls.getOrDefault("get", 0L);
        };
    }

    /** How long the server took for that, by how long for each command. */
    long serverMicros(Map<String, Long> micros) {
        return this == BUCKET4J || this == BUCKET4J_ASYNC ? trips(micros) + scripts(micros) : trips(micros);
    }

    private static long scripts(Map<String, Long> stats) {
        return stats.getOrDefault("evalsha", 0L) + stats.getOrDefault("eval", 0L);
    }

    private static Asking each(String[] keys, IntFunction<AskingOne> factory) {
        AskingOne[] all = new AskingOne[keys.length];
        Arrays.setAll(all, factory);
        return key -> all[key].ask();
    }

    private static ProxyManager<String> bucket4j(RedisBench bench) {
        return Bucket4jLettuce.casBasedBuilder(
                        bench.client.connect(RedisCodec.of(StringCodec.UTF8, ByteArrayCodec.INSTANCE)))
                .expirationAfterWrite(
                        ExpirationAfterWriteStrategy.basedOnTimeForRefillingBucketUpToMax(Duration.ofSeconds(1)))
                .build();
    }

    private static BucketConfiguration configuration() {
        return BucketConfiguration.builder()
                .addLimit(limit -> limit.capacity(PLENTY.burst()).refillGreedy(PLENTY.permits(), PLENTY.period()))
                .build();
    }
}
