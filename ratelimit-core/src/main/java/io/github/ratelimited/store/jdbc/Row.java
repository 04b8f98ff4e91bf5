package io.github.ratelimited.store.jdbc;

import org.jspecify.annotations.Nullable;

/**
 * A bucket in the table. Times are nanoseconds since the epoch.
 *
 * @param numbers by which limit it is
 * @param birth when it was made
 * @param moment as of when it is
 * @param state its level at that moment
 * @param log the calls of a sliding window
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Row(String numbers, long birth, long moment, long state, byte @Nullable [] log) {}
