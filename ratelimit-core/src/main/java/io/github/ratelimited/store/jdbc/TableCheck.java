package io.github.ratelimited.store.jdbc;

import io.github.ratelimited.Algorithm;
import io.github.ratelimited.InvalidRateLimitException;
import io.github.ratelimited.Limit;
import io.github.ratelimited.store.Bucket;
import io.github.ratelimited.store.Claim;
import io.github.ratelimited.store.LimitName;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/** Tries once all that the store will do with the table, in a transaction that is rolled back. */
final class TableCheck {

    private static final Set<String> NO_TABLE = Set.of("42P01", "3F000", "42S02", "42S03", "42S04", "90079");
    private static final Set<String> NO_RIGHT = Set.of("42501", "90096");
    private static final int MYSQL_NO_RIGHT_TO_TABLE = 1142;
    private static final int MYSQL_NO_RIGHT_TO_DATABASE = 1044;
    private static final int MYSQL_NO_DEFAULT = 1364;

    private static final int MOST_TRIES = 5;

    private final Connection connection;
    private final Table table;
    private final TableName name;

    TableCheck(Connection connection, Table table, TableName name) {
        this.connection = connection;
        this.table = table;
        this.name = name;
    }

    /**
     * Tries.
     *
     * @throws InvalidRateLimitException if something cannot be done that the table is for
     * @throws SQLException if that cannot be told now: the connection is lost, the database is read-only, or busy
     */
    void run() throws SQLException {
        for (int tries = 1; ; tries++) {
            table.dialect().readCommitted(connection);
            connection.setAutoCommit(false);
            try {
                tryAll();
                return;
            } catch (SQLException failure) {
                if (table.dialect().isTransient(failure) && tries < MOST_TRIES) {
                    continue; // another node starts as well
                }
                if (isAboutTable(failure)) {
                    throw explained(failure);
                }
                throw failure;
            } finally {
                connection.rollback();
                connection.setAutoCommit(true);
            }
        }
    }

    /** A database that is read-only for a while, or busy, says nothing of the table. */
    private static boolean isAboutTable(SQLException failure) {
        String state = String.valueOf(failure.getSQLState());
        return state.startsWith("42")
                || state.startsWith("22")
                || NO_TABLE.contains(state)
                || NO_RIGHT.contains(state)
                || failure.getErrorCode() == MYSQL_NO_DEFAULT;
    }

    private void tryAll() throws SQLException {
        String random = String.format("%016x", ThreadLocalRandom.current().nextLong()); // not another node's
        String id = BucketId.own("x".repeat(BucketId.LONGEST - 1 - random.length()) + random);
        JdbcLimit longest = JdbcLimit.of(Limit.of(Limit.MAX_PERMITS, Limit.MAX_PERIOD));
        JdbcLimit log = JdbcLimit.of(Limit.of(1, Duration.ofSeconds(1)).withAlgorithm(Algorithm.SLIDING_WINDOW));
        table.lock(connection, List.of(id));
        table.seed(connection, id, longest);
        table.seed(connection, id, longest);
        Table.Rows rows = table.lock(connection, List.of(id));
        for (JdbcLimit numbers : List.of(longest, log)) {
            Bucket bucket = Bucket.full(numbers.limit(), rows.now());
            Bucket.acquire(List.of(new Claim(LimitName.of(id), numbers.limit(), null, 1, 0)), List.of(bucket));
            table.update(connection, List.of(new Written(id, numbers, bucket)));
        }
        if (table.dialect().decidesAtOnce()) {
            table.decide(connection, List.of(new Ask(id, longest, 1, 1)), table.queryTimeout());
        }
        if (table.delete(connection, id) != 1) {
            throw otherShape("its column id is no primary key");
        }
    }

    private InvalidRateLimitException explained(SQLException failure) {
        String said = String.valueOf(failure.getMessage()).replaceAll("\\s+", " ");
        if (NO_TABLE.contains(failure.getSQLState())) {
            return new InvalidRateLimitException(
                    place(),
                    "there is no such table, as the database says: " + said,
                    "make it by " + JdbcSchema.path(table.dialect())
                            + " in our jar, or let us: ratelimit.jdbc.initialize-schema: always");
        }
        if (NO_RIGHT.contains(failure.getSQLState())
                || failure.getErrorCode() == MYSQL_NO_RIGHT_TO_TABLE
                || failure.getErrorCode() == MYSQL_NO_RIGHT_TO_DATABASE) {
            return new InvalidRateLimitException(
                    place(),
                    "the database's user may not use it: " + said,
                    "grant SELECT, INSERT, UPDATE and DELETE on it");
        }
        return otherShape(said);
    }

    private InvalidRateLimitException otherShape(String said) {
        return new InvalidRateLimitException(
                place(),
                "there is a table of that name, but of another shape: " + said,
                "choose another name, or make the table by " + JdbcSchema.path(table.dialect()) + " in our jar");
    }

    private String place() {
        return "ratelimit.jdbc.table = " + name;
    }
}
