package io.github.ratelimited.store;

import io.github.ratelimited.Limit;
import org.jspecify.annotations.Nullable;

/** A limit under its name, and the store that counts it; the numbers can be replaced while it is in use. */
public final class NamedLimit {

    private final LimitName name;
    private final LimiterStore store;
    private volatile Limit limit;
    private volatile long maxWaitNanos;
    private volatile boolean maxWaitChanged;

    /** The claim that was made last by the store itself: others are made from it, as long as its numbers are in force. */
    private @Nullable Claim template;

    /**
     * A limit under a name.
     *
     * @param maxWaitNanos how long its calls wait where they do not say; {@code Long.MAX_VALUE} = for ever
     */
    public NamedLimit(LimitName name, Limit limit, long maxWaitNanos, LimiterStore store) {
        this.name = name;
        this.limit = limit;
        this.maxWaitNanos = maxWaitNanos;
        this.store = store;
    }

    /** The name. */
    public LimitName name() {
        return name;
    }

    /** The numbers in force now. */
    public Limit limit() {
        return limit;
    }

    /** How long its calls wait where they do not say; {@code Long.MAX_VALUE} = for ever. */
    public long maxWaitNanos() {
        return maxWaitNanos;
    }

    /** How long calls wait of a method that says {@code declared}: unless that was changed since, so long. */
    public long maxWaitNanos(long declared) {
        return maxWaitChanged ? maxWaitNanos : declared;
    }

    /** A claim by the numbers in force now. */
    @SuppressWarnings("ReferenceEquality") // asks whether the limit was replaced
    public Claim claim(@Nullable String key, long cost, long maxWaitNanos) {
        Claim known = template;
        Limit inForce = limit;
        if (known == null || known.limit() != inForce) {
            known = store.claim(name, inForce, null, 1, 0);
            template = known;
        }
        return known.with(key, cost, maxWaitNanos);
    }

    void replace(Limit limit) {
        this.limit = limit;
    }

    /** As its first method says, unless that was changed before. */
    void waitUpTo(long maxWaitNanos) {
        if (!maxWaitChanged) {
            this.maxWaitNanos = maxWaitNanos;
        }
    }

    void changeMaxWait(long maxWaitNanos) {
        this.maxWaitNanos = maxWaitNanos;
        this.maxWaitChanged = true;
    }
}
