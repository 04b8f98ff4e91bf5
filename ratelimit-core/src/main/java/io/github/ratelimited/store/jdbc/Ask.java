package io.github.ratelimited.store.jdbc;

/**
 * A question that one statement can answer: how many of so many equal requests for one bucket can be granted at once?
 *
 * @param requests at least one
 */
record Ask(String id, JdbcLimit numbers, long cost, int requests) {

    /** What one request fills in. */
    long filled() {
        return cost * numbers.drain().perPermit();
    }
}
