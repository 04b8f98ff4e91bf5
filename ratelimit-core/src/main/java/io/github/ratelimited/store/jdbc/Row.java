package io.github.ratelimited.store.jdbc;

import io.github.ratelimited.Limit;
import io.github.ratelimited.store.Bucket;
import io.github.ratelimited.store.UnusableBucketException;
import org.jspecify.annotations.Nullable;

/**
 * A bucket in the table. Times are nanoseconds since the epoch.
 *
 * @param numbers by which limit it is
 * @param birth since when it counts by that limit, or when it was made
 * @param moment as of when it is
 * @param state its level at that moment
 * @param log the calls of a sliding window
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Row(String numbers, long birth, long moment, long state, byte @Nullable [] log) {

    /**
     * The bucket, by the numbers that are in force now.
     *
     * @throws UnusableBucketException if the row is no bucket
     */
    Bucket open(JdbcLimit inForce, long now) {
        Limit limit = numbers.equals(inForce.numbers()) ? inForce.limit() : JdbcLimit.parse(numbers);
        return Bucket.of(new Bucket.State(limit, birth, moment, state, log), inForce.limit(), now);
    }
}
