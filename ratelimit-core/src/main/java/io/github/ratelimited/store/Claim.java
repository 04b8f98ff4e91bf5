package io.github.ratelimited.store;

import io.github.ratelimited.Limit;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A wish for permits of one bucket: the limit's numbers travel with it, so that a store need not know limits beforehand
 * and a changed limit holds from the next call. Two claims are equal if they want the same number of permits of the
 * same bucket.
 *
 * <p>A store may hand out a subclass of its own (see {@link LimiterStore#claim}) to remember where the bucket lives. It
 * is kept and shared by threads without synchronization, so its fields are final or published with care, and it overrides
 * {@link #with}, by which others are made from it.
 */
public class Claim {

    private final LimitName name;
    private final Limit limit;
    private final @Nullable String key;
    private final long cost;
    private final long maxWaitNanos;
    private final boolean aboveLimit;

    /**
     * A claim.
     *
     * @param name the limit's name
     * @param limit its numbers
     * @param key the bucket under that limit; {@code null} = the one bucket of a limit without keys
     * @param cost how many permits, at least 1
     * @param maxWaitNanos the longest acceptable wait, at least 0; {@code Long.MAX_VALUE} = for ever
     */
    public Claim(LimitName name, Limit limit, @Nullable String key, long cost, long maxWaitNanos) {
        if (cost < 1) {
            throw new IllegalArgumentException("cost = " + cost + " for rate limit '" + name.shown()
                    + "' is not positive; a call costs at least 1");
        }
        this.name = name;
        this.limit = limit;
        this.key = key;
        this.cost = cost;
        this.maxWaitNanos = Math.max(0, maxWaitNanos);
        this.aboveLimit = cost > limit.burst();
    }

    /** A claim by the same limit, of the same class; faster than asking the store for one. A subclass overrides it. */
    public Claim with(@Nullable String key, long cost, long maxWaitNanos) {
        return new Claim(name, limit, key, cost, maxWaitNanos);
    }

    /** The limit's name. */
    public final LimitName name() {
        return name;
    }

    /** The limit's numbers. */
    public final Limit limit() {
        return limit;
    }

    /** The bucket under that limit; {@code null} = the one bucket of a limit without keys. */
    public final @Nullable String key() {
        return key;
    }

    /** How many permits. */
    public final long cost() {
        return cost;
    }

    /** The longest acceptable wait; 0 = none, {@code Long.MAX_VALUE} = for ever. */
    public final long maxWaitNanos() {
        return maxWaitNanos;
    }

    /** Whether the limit can never give that many. */
    public final boolean aboveLimit() {
        return aboveLimit;
    }

    @Override
    public final boolean equals(@Nullable Object other) {
        return other instanceof Claim that
                && cost == that.cost
                && name.equals(that.name)
                && Objects.equals(key, that.key);
    }

    @Override
    public final int hashCode() {
        return (31 * name.hashCode() + Objects.hashCode(key)) * 31 + Long.hashCode(cost);
    }

    /** Without the key, which is nobody's to read. */
    @Override
    public final String toString() {
        return cost + " of '" + name.shown() + "' (" + limit + ")";
    }
}
