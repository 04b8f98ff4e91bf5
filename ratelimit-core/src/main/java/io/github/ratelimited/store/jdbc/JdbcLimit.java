package io.github.ratelimited.store.jdbc;

import io.github.ratelimited.Algorithm;
import io.github.ratelimited.InvalidRateLimitException;
import io.github.ratelimited.Limit;
import io.github.ratelimited.store.CompactAlgorithm;
import io.github.ratelimited.store.Drain;
import io.github.ratelimited.store.LimitName;
import io.github.ratelimited.store.UnusableBucketException;
import java.time.Duration;

/**
 * A limit in the terms of the table.
 *
 * @param numbers by which a row tells whose it is: {@code 1T <permits> <period> <burst>}, of which 1 is the version of all
 *     that is in the row. Version 0, which had no number, is the same but for that.
 * @param drain the same for the database; of a sliding window one that never gives anything
 */
record JdbcLimit(Limit limit, String numbers, Drain drain) {

    private static final String VERSION = "1";

    /** What a decision should not have to write more of: 160 KB. */
    private static final long MOST_IN_A_LOG = 10_000;

    private static final Drain NONE = new Drain(1, 1, 0, 1);

    /**
     * The limit for the table.
     *
     * @throws InvalidRateLimitException if it is a sliding window that remembers too much
     */
    static JdbcLimit of(LimitName name, Limit limit) {
        if (limit.algorithm() == Algorithm.SLIDING_WINDOW && limit.permits() > MOST_IN_A_LOG) {
            throw new InvalidRateLimitException(
                    "rate limit '" + name.shown() + "' in the store 'jdbc'",
                    "permits = " + limit.permits() + " is too many for a sliding window, which writes each call down",
                    "use at most " + MOST_IN_A_LOG + ", or algorithm = FIXED_WINDOW or TOKEN_BUCKET");
        }
        return of(limit);
    }

    static JdbcLimit of(Limit limit) {
        String numbers = VERSION + limit.algorithm().name().charAt(0) + " " + limit.permits() + " "
                + limit.period().toNanos() + " " + limit.burst();
        return new JdbcLimit(
                limit,
                numbers,
                limit.algorithm() == Algorithm.SLIDING_WINDOW
                        ? NONE
                        : CompactAlgorithm.of(limit).drain());
    }

    /**
     * The limit of a row.
     *
     * @throws UnusableBucketException if it is none of ours
     */
    static Limit parse(String numbers) {
        boolean isOld = !numbers.isEmpty() && Character.isLetter(numbers.charAt(0));
        if (!isOld && !numbers.startsWith(VERSION)) {
            throw new UnusableBucketException(
                    "its row is of a later version than " + VERSION + ", or none of ours: update this node", null);
        }
        try {
            String[] parts = numbers.substring(isOld ? 0 : VERSION.length()).split(" ", -1);
            Algorithm algorithm = switch (parts[0]) {
                case "T" -> Algorithm.TOKEN_BUCKET;
                case "F" -> Algorithm.FIXED_WINDOW;
                case "S" -> Algorithm.SLIDING_WINDOW;
                default -> throw new IllegalArgumentException(parts[0]);
            };
            return new Limit(
                    Long.parseLong(parts[1]),
                    Duration.ofNanos(Long.parseLong(parts[2])),
                    Long.parseLong(parts[3]),
                    algorithm);
        } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
            throw new UnusableBucketException("its row has numbers that are no limit's", e);
        }
    }
}
