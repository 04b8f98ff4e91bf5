package io.github.ratelimited;

/** How a {@link Limit} counts. */
public enum Algorithm {

    /**
     * A bucket that starts full with {@link Limit#burst() burst} permits and refills evenly, {@link Limit#permits()
     * permits} in each {@link Limit#period() period}. Smooth over time and the cheapest; after an idle time a burst may
     * pass at once, so that a window of one period can see up to {@code burst + permits}.
     */
    TOKEN_BUCKET,

    /**
     * Never more than {@link Limit#permits() permits} in any window of one {@link Limit#period() period}, wherever the
     * window starts. The strictest; it remembers each permit for one period, 16 bytes each, and so has at most
     * {@link Limit#MAX_SLIDING_PERMITS}.
     */
    SLIDING_WINDOW,

    /**
     * {@link Limit#permits() permits} in each window, windows aligned to the epoch: a period of a day turns at midnight
     * UTC. What quotas and bills use; around the turn of a window up to twice the permits can pass in a short time.
     */
    FIXED_WINDOW
}
