package io.github.ratelimited.store.jdbc;

import io.github.ratelimited.store.Claim;
import io.github.ratelimited.store.LimitName;
import org.jspecify.annotations.Nullable;

/** A claim that knows its limit in the table's terms, and where its bucket is. */
final class JdbcClaim extends Claim {

    final JdbcLimit numbers;
    final String id;
    private final String prefix;

    JdbcClaim(String prefix, LimitName name, JdbcLimit numbers, @Nullable String key, long cost, long maxWaitNanos) {
        super(name, numbers.limit(), key, cost, maxWaitNanos);
        this.prefix = prefix;
        this.numbers = numbers;
        this.id = BucketId.of(prefix, name, key);
    }

    @Override
    public Claim with(@Nullable String key, long cost, long maxWaitNanos) {
        return new JdbcClaim(prefix, name(), numbers, key, cost, maxWaitNanos);
    }
}
