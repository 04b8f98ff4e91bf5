package io.github.ratelimited.sample.live;

import io.github.ratelimited.Limit;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that the page shows of one node, some times a second.
 *
 * @param second since the epoch, now
 * @param permits what is left, for each user, or for all together; empty if it is not known
 * @param waiting how many wait for their turn
 * @param line the first of them
 * @param problem what the store's silence does to calls; {@code null} if it answers
 */
record LiveState(
        long second,
        TrafficWish traffic,
        Numbers limit,
        List<Permits> permits,
        int waiting,
        List<Place> line,
        List<Tally.Second> seconds,
        @Nullable String problem) {

    /** A limit as the page's controls need it. */
    record Numbers(String name, long permits, long perMillis, long burst, String algorithm, long maxWaitMillis) {

        static Numbers of(String name, Limit limit, long maxWaitMillis) {
            return new Numbers(
                    name,
                    limit.permits(),
                    limit.period().toMillis(),
                    limit.burst(),
                    limit.algorithm().name(),
                    maxWaitMillis);
        }
    }

    /** @param user {@code null} = all who give no name */
    record Permits(
            @Nullable String user, long remaining, @Nullable Long retryAfterMillis) {}

    /** @param turnInMillis {@code null} = a new turn, since the limit was changed */
    record Place(
            long number, @Nullable String user, @Nullable Long turnInMillis) {}
}
