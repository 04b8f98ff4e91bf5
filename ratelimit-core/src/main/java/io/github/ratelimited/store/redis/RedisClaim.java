package io.github.ratelimited.store.redis;

import io.github.ratelimited.store.Claim;
import io.github.ratelimited.store.LimitName;
import org.jspecify.annotations.Nullable;

/** A claim that knows its limit in the scripts' terms, and where its bucket is. */
final class RedisClaim extends Claim {

    final RedisLimit numbers;
    final String redisKey;
    private final String prefix;

    RedisClaim(String prefix, LimitName name, RedisLimit numbers, @Nullable String key, long cost, long maxWaitNanos) {
        super(name, numbers.limit(), key, cost, maxWaitNanos);
        this.prefix = prefix;
        this.numbers = numbers;
        this.redisKey = redisKey(prefix, name, key);
    }

    @Override
    public Claim with(@Nullable String key, long cost, long maxWaitNanos) {
        return new RedisClaim(prefix, name(), numbers, key, cost, maxWaitNanos);
    }

    /**
     * Where a bucket is. The part in braces says which node of a cluster has it: all limits of one key share one, so that
     * they can be asked together.
     */
    static String redisKey(String prefix, LimitName name, @Nullable String key) {
        return key == null ? prefix + "{" + name.id() + "}" : prefix + name.id() + ":{" + key + "}";
    }
}
