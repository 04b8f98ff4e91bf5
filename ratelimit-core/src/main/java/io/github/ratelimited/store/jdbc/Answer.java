package io.github.ratelimited.store.jdbc;

/**
 * What the database has decided.
 *
 * @param granted how many of the requests
 * @param moment when, in nanoseconds since the epoch
 * @param level the bucket's level after it
 */
record Answer(int granted, long moment, long level) {}
