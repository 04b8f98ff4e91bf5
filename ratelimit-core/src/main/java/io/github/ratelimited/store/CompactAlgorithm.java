package io.github.ratelimited.store;

import io.github.ratelimited.Limit;

/**
 * An algorithm whose whole memory of a bucket is one {@code long}, so that a decision is one compare-and-set. Pure
 * functions: no clock and no lock in here. Time is {@code elapsed}: nanoseconds since an {@link #origin} that whoever
 * keeps the state chose, and chooses anew after {@link #validity()}; until {@link #horizon()} a state can still be
 * understood. A cost is never above {@link Limit#burst()}; the caller has seen to that.
 *
 * <p>States stay above {@code Long.MIN_VALUE / 2}; a keeper may use values below for marks of its own.
 */
public sealed interface CompactAlgorithm permits TokenBucket, FixedWindow {

    /** The algorithm of a limit; not for {@code SLIDING_WINDOW}, which needs a {@link SlidingLog}. */
    static CompactAlgorithm of(Limit limit) {
        return switch (limit.algorithm()) {
            case TOKEN_BUCKET -> new TokenBucket(limit);
            case FIXED_WINDOW -> new FixedWindow(limit);
            case SLIDING_WINDOW -> throw new IllegalArgumentException("a sliding window does not fit one long");
        };
    }

    /** The moment at or before {@code now} to count from, given what the wall clock says. */
    long origin(long now, long epochNanos);

    /** A number, wrapping, that makes states of different origins comparable: {@code state + base} means the same. */
    long base(long origin, long epochNanosAtOrigin);

    /** How long an origin serves from the moment it was chosen. */
    long validity();

    /** Elapsed time after which every state that an origin served is full again. */
    long horizon();

    /** The state of a bucket from which nothing was taken. */
    long full();

    /** When {@code cost} permits can be had, at the earliest: {@code elapsed} itself or later. */
    long earliest(long state, long elapsed, long cost);

    /** The state after {@code cost} permits were taken for the moment {@code at}, not before {@link #earliest}. */
    long take(long state, long at, long cost);

    /**
     * The state after {@code cost} permits are given back: those that have not refilled, and only as far as no later
     * reservation stands on them. Where the state cannot tell, less.
     *
     * @param before the state before they were taken, seen from the same origin
     * @param at the moment for which they were taken
     */
    long giveBack(long state, long elapsed, long cost, long before, long at);

    /**
     * The state after up to {@code cost} permits are given back, whoever took them: those that have not refilled. What is
     * reserved for later counts as taken, since the state cannot tell.
     */
    long giveBack(long state, long elapsed, long cost);

    /** Permits taken and not refilled, rounded up; more than the limit holds if some are reserved for later. */
    long consumed(long state, long elapsed);

    /** The state of a bucket that has had {@code permits} taken; the inverse of {@link #consumed}. */
    long consume(long permits, long elapsed);

    /** Nanoseconds, rounded up, until the bucket is as if never used. */
    long nanosToFull(long state, long elapsed);

    /** The longest wait that can be reserved. */
    long maxWait();

    /** The same as a vessel that drains. */
    Drain drain();
}
