package io.github.ratelimited.store.jdbc;

import io.github.ratelimited.store.Bucket;

/** A bucket that has changed, and the row for it. */
record Written(String id, JdbcLimit numbers, Bucket bucket) {}
