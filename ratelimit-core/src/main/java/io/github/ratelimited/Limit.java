package io.github.ratelimited;

import java.io.Serializable;
import java.time.Duration;
import java.util.Objects;

/**
 * So many permits in so much time: {@code Limit.of(100, Duration.ofMinutes(1))}.
 *
 * @param permits permits in each period, from 1 to {@link #MAX_PERMITS}
 * @param period the time in which the permits come, from one nanosecond to {@link #MAX_PERIOD}
 * @param burst how many permits a full token bucket holds, from 1 to {@link #MAX_PERMITS}; equal to {@code permits} for
 *     the window algorithms, which have no bucket
 * @param algorithm how permits are counted
 */
public record Limit(long permits, Duration period, long burst, Algorithm algorithm) implements Serializable {

    /** The most permits, and the largest burst, that a limit can have: one million million. */
    public static final long MAX_PERMITS = 1_000_000_000_000L;

    /** The most permits of a sliding window, which remembers each for one period: one million. */
    public static final long MAX_SLIDING_PERMITS = 1_000_000;

    /** The longest period, and the longest time in which a burst may refill: ten years of 365 days. */
    public static final Duration MAX_PERIOD = Duration.ofDays(3650);

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException if one is out of its range, naming it and how to mend it
     */
    public Limit {
        Objects.requireNonNull(period, "period");
        Objects.requireNonNull(algorithm, "algorithm");
        if (permits < 1 || permits > MAX_PERMITS) {
            throw new IllegalArgumentException("permits = " + permits + " is not between 1 and " + MAX_PERMITS);
        }
        if (burst < 1 || burst > MAX_PERMITS) {
            throw new IllegalArgumentException("burst = " + burst + " is not between 1 and " + MAX_PERMITS);
        }
        if (period.isNegative() || period.isZero() || period.compareTo(MAX_PERIOD) > 0) {
            throw new IllegalArgumentException("period = " + Durations.exact(period)
                    + " is not longer than zero and at most " + Durations.exact(MAX_PERIOD));
        }
        if (algorithm != Algorithm.TOKEN_BUCKET && burst != permits) {
            throw new IllegalArgumentException("burst = " + burst + " makes no sense with " + algorithm
                    + ", which has no bucket; leave burst out, or use " + Algorithm.TOKEN_BUCKET);
        }
        if (algorithm == Algorithm.SLIDING_WINDOW && permits > MAX_SLIDING_PERMITS) {
            throw new IllegalArgumentException("permits = " + permits + " is more than the " + MAX_SLIDING_PERMITS
                    + " that " + algorithm + " can remember one by one; use " + Algorithm.TOKEN_BUCKET + " or "
                    + Algorithm.FIXED_WINDOW);
        }
        if ((double) burst / permits * period.toNanos() > MAX_PERIOD.toNanos()) {
            throw new IllegalArgumentException("burst = " + burst + " at " + permits + " per "
                    + Durations.exact(period) + " takes longer than " + Durations.exact(MAX_PERIOD)
                    + " to refill; lower burst or raise permits");
        }
    }

    /**
     * A token bucket of {@code permits} per {@code period} that holds as many as come in one period.
     *
     * @throws IllegalArgumentException if a number is out of its range
     */
    public static Limit of(long permits, Duration period) {
        return new Limit(permits, period, permits, Algorithm.TOKEN_BUCKET);
    }

    /** This limit with another capacity of its token bucket. */
    public Limit withBurst(long burst) {
        return new Limit(permits, period, burst, algorithm);
    }

    /** This limit counted by another algorithm; one without a bucket drops {@code burst}. */
    public Limit withAlgorithm(Algorithm algorithm) {
        return new Limit(permits, period, algorithm == Algorithm.TOKEN_BUCKET ? burst : permits, algorithm);
    }

    /** As people write it: {@code 100 per 1m}, {@code 100 per 1m, burst 20}. */
    @Override
    public String toString() {
        String rate = permits + " per " + Durations.exact(period);
        return burst == permits ? rate : rate + ", burst " + burst;
    }
}
