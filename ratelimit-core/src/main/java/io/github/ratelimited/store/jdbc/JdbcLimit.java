package io.github.ratelimited.store.jdbc;

import io.github.ratelimited.Algorithm;
import io.github.ratelimited.InvalidRateLimitException;
import io.github.ratelimited.Limit;
import io.github.ratelimited.store.CompactAlgorithm;
import io.github.ratelimited.store.Drain;
import io.github.ratelimited.store.LimitName;
import io.github.ratelimited.store.UnusableBucketException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A limit in the terms of the table.
 *
 * @param numbers by which a row tells whose it is: {@code T <permits> <period> <burst>}
 * @param algorithm {@code null} for a sliding window, which does not fit one number
 * @param drain the same for the database; of a sliding window one that never gives anything
 */
record JdbcLimit(Limit limit, String numbers, @Nullable CompactAlgorithm algorithm, Drain drain) {

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
        String numbers = limit.algorithm().name().charAt(0) + " " + limit.permits() + " "
                + limit.period().toNanos() + " " + limit.burst();
        if (limit.algorithm() == Algorithm.SLIDING_WINDOW) {
            return new JdbcLimit(limit, numbers, null, NONE);
        }
        CompactAlgorithm algorithm = CompactAlgorithm.of(limit);
        return new JdbcLimit(limit, numbers, algorithm, algorithm.drain());
    }

    /**
     * The limit of a row.
     *
     * @throws UnusableBucketException if it is none of ours
     */
    static JdbcLimit parse(String numbers) {
        try {
            String[] parts = numbers.split(" ", -1);
            Algorithm algorithm = switch (parts[0]) {
                case "T" -> Algorithm.TOKEN_BUCKET;
                case "F" -> Algorithm.FIXED_WINDOW;
                case "S" -> Algorithm.SLIDING_WINDOW;
                default -> throw new IllegalArgumentException(parts[0]);
            };
            return of(new Limit(
                    Long.parseLong(parts[1]),
                    Duration.ofNanos(Long.parseLong(parts[2])),
                    Long.parseLong(parts[3]),
                    algorithm));
        } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
            throw new UnusableBucketException("its row has numbers that are no limit's", e);
        }
    }
}
