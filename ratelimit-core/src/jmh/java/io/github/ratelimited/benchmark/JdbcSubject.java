package io.github.ratelimited.benchmark;

import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.distributed.proxy.ProxyManager;
import io.github.bucket4j.postgresql.Bucket4jPostgreSQL;
import io.github.ratelimited.RateLimiter;
import io.github.ratelimited.store.StoreFailurePolicy;

/** A floor, ours and others that count in PostgreSQL: each asks for one permit of a key's, and waits for the answer. */
enum JdbcSubject {
    SELECT_1 {
        @Override
        RedisSubject.Asking start(JdbcBench bench, String[] keys) {
            return key -> bench.selectOne();
        }
    },
    RATELIMITED {
        @Override
        RedisSubject.Asking start(JdbcBench bench, String[] keys) {
            RateLimiter limiter = bench.limiter(RedisSubject.PLENTY, StoreFailurePolicy.DENY);
            return key -> limiter.forKey(keys[key]).tryAcquire();
        }
    },
    BUCKET4J_ADVISORY_LOCK {
        @Override
        RedisSubject.Asking start(JdbcBench bench, String[] keys) {
            bench.execute(
                    "CREATE TABLE IF NOT EXISTS advisory (id BIGINT PRIMARY KEY, state BYTEA, expires_at BIGINT)");
            return bucket4j(Bucket4jPostgreSQL.advisoryLockBasedBuilder(bench.pool)
                    .table("advisory")
                    .build());
        }
    },
    BUCKET4J_SELECT_FOR_UPDATE {
        @Override
        RedisSubject.Asking start(JdbcBench bench, String[] keys) {
            bench.execute(
                    "CREATE TABLE IF NOT EXISTS for_update (id BIGINT PRIMARY KEY, state BYTEA, expires_at BIGINT)");
            return bucket4j(Bucket4jPostgreSQL.selectForUpdateBasedBuilder(bench.pool)
                    .table("for_update")
                    .build());
        }
    };

    abstract RedisSubject.Asking start(JdbcBench bench, String[] keys);

    private static RedisSubject.Asking bucket4j(ProxyManager<Long> manager) {
        BucketConfiguration configuration = BucketConfiguration.builder()
                .addLimit(limit -> limit.capacity(RedisSubject.PLENTY.burst())
                        .refillGreedy(RedisSubject.PLENTY.permits(), RedisSubject.PLENTY.period()))
                .build();
        return key -> manager.builder().build((long) key, () -> configuration).tryConsume(1);
    }
}
