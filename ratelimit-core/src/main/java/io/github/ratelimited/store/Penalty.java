package io.github.ratelimited.store;

import java.time.Duration;

/**
 * Shuts a key out that keeps being denied. Each time that it is shut out again before it has behaved for as long as the
 * last time took, it is for twice as long.
 *
 * @param after so many denials
 * @param within in so much time
 * @param duration for so long, the first time
 * @param max the longest time
 */
public record Penalty(int after, Duration within, Duration duration, Duration max) {

    /** The most denials of a key that are remembered. */
    public static final int MAX_AFTER = 10_000;

    /** The longest time of any kind. */
    public static final Duration LONGEST = Duration.ofDays(3650);

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException if one is out of its range
     */
    public Penalty {
        if (after < 1 || after > MAX_AFTER) {
            throw new IllegalArgumentException("after = " + after + " is not between 1 and " + MAX_AFTER);
        }
        checkTime("within", within);
        checkTime("for", duration);
        checkTime("max", max);
        if (max.compareTo(duration) < 0) {
            throw new IllegalArgumentException("max = " + max + " is shorter than for = " + duration);
        }
    }

    private static void checkTime(String name, Duration time) {
        if (time.isNegative() || time.isZero() || time.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(name + " = " + time + " is not longer than zero and at most " + LONGEST);
        }
    }
}
