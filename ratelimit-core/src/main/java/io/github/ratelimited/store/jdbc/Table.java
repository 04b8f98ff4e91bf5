package io.github.ratelimited.store.jdbc;

import io.github.ratelimited.store.Bucket;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The statements on the table of one database. Keys and numbers are parameters; only the table's name is not. */
final class Table {

    private static final long MINUTE = 60_000_000_000L;

    private final Dialect dialect;
    private final String name;
    private final String clock;
    private final int queryTimeout;

    /**
     * A table.
     *
     * @param clock another than the database's, if given
     * @param queryTimeout the seconds after which the database ends a statement, since nobody waits for it any more
     */
    Table(Dialect dialect, TableName name, @Nullable String clock, int queryTimeout) {
        this.dialect = dialect;
        this.name = name.quoted(dialect);
        this.queryTimeout = queryTimeout;
        this.clock = clock == null ? dialect.clock() : clock;
    }

    Dialect dialect() {
        return dialect;
    }

    int queryTimeout() {
        return queryTimeout;
    }

    /** Rows, and what the clock said when they were read. */
    record Rows(long clock, Map<String, Row> byId) {

        /** One time for all of them. A clock that went back stands still until it has come to where it was. */
        long now() {
            long now = clock;
            for (Row row : byId.values()) {
                now = Math.max(now, row.moment());
            }
            return now;
        }
    }

    private PreparedStatement prepared(Connection connection, String sql) throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        try {
            dialect.limit(statement, queryTimeout);
            return statement;
        } catch (SQLException failure) {
            try (statement) {
                throw failure;
            }
        }
    }

    /** See {@link Dialect#decide}. */
    Map<String, Answer> decide(Connection connection, List<Ask> asks, int seconds) throws SQLException {
        return dialect.decide(connection, name, clock, asks, seconds);
    }

    /** The rows of these ids, which must be sorted, locked in that order. */
    Rows lock(Connection connection, Collection<String> ids) throws SQLException {
        String parameters = String.join(", ", Collections.nCopies(ids.size(), "?"));
        String sql = "SELECT id, numbers, birth, moment, state, log, " + clock + " FROM " + name + " WHERE id IN ("
                + parameters + ") ORDER BY " + dialect.orderedId() + " FOR UPDATE";
        try (PreparedStatement statement = prepared(connection, sql)) {
            int index = 0;
            for (String id : ids) {
                statement.setString(++index, id);
            }
            try (ResultSet result = statement.executeQuery()) {
                Map<String, Row> rows = new HashMap<>();
                long now = 0;
                while (result.next()) {
                    rows.put(result.getString(1), row(result, 2));
                    now = Math.max(now, result.getLong(7));
                }
                return new Rows(now, rows);
            }
        }
    }

    /** The row of one id, if there is one, as others have left it. */
    Rows read(Connection connection, String id) throws SQLException {
        String sql = "SELECT c.now, b.id, b.numbers, b.birth, b.moment, b.state, b.log FROM (SELECT " + clock
                + " AS now) c LEFT JOIN " + name + " b ON b.id = ?";
        try (PreparedStatement statement = prepared(connection, sql)) {
            statement.setString(1, id);
            try (ResultSet result = statement.executeQuery()) {
                result.next();
                return new Rows(result.getLong(1), result.getString(2) == null ? Map.of() : Map.of(id, row(result, 3)));
            }
        }
    }

    private static Row row(ResultSet result, int from) throws SQLException {
        return new Row(
                result.getString(from),
                result.getLong(from + 1),
                result.getLong(from + 2),
                result.getLong(from + 3),
                result.getBytes(from + 4));
    }

    /** Makes a row for an unused bucket, if there is none. Somebody else may be at it just now. */
    void seed(Connection connection, String id, JdbcLimit numbers) throws SQLException {
        String insert = "INSERT INTO " + name
                + " (id, numbers, step, drain, capacity, birth, moment, state, granted, expires) VALUES (?, ?, ?, ?, ?, "
                + clock + ", " + clock + ", 0, 0, " + dialect.minutes(clock) + " + 2)";
        try (PreparedStatement statement = prepared(connection, dialect.seed(insert))) {
            statement.setString(1, id);
            set(statement, 2, numbers);
            statement.executeUpdate();
        } catch (SQLException failure) {
            String state = failure.getSQLState();
            if (state == null || !state.startsWith("23")) { // else somebody was faster
                throw failure;
            }
        }
    }

    /** Writes buckets that are locked. */
    void update(Connection connection, List<Written> buckets) throws SQLException {
        String sql = "UPDATE " + name + " SET numbers = ?, step = ?, drain = ?, capacity = ?, birth = ?, moment = ?,"
                + " state = ?, log = ?, expires = ? WHERE id = ?";
        try (PreparedStatement statement = prepared(connection, sql)) {
            for (Written written : buckets) {
                Bucket.State state = written.bucket().state();
                set(statement, 1, written.numbers());
                statement.setLong(5, state.since());
                statement.setLong(6, state.moment());
                statement.setLong(7, state.level());
                if (state.log() == null) {
                    statement.setNull(8, Types.VARBINARY);
                } else {
                    statement.setBytes(8, state.log());
                }
                statement.setLong(9, (state.moment() + written.bucket().nanosToFull()) / MINUTE + 2);
                statement.setString(10, written.id());
                statement.addBatch();
            }
            statement.executeBatch();
        }
    }

    private static void set(PreparedStatement statement, int from, JdbcLimit numbers) throws SQLException {
        statement.setString(from, numbers.numbers());
        statement.setLong(from + 1, numbers.drain().step());
        statement.setLong(from + 2, numbers.drain().perStep());
        statement.setLong(from + 3, numbers.drain().capacity());
    }

    /** How many there were. */
    int delete(Connection connection, String id) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("DELETE FROM " + name + " WHERE id = ?")) {
            statement.setString(1, id);
            return statement.executeUpdate();
        }
    }

    /**
     * Takes the lease of that id for so long, if it is free or already the owner's: true for one owner at a time. The
     * row is seeded.
     */
    boolean lease(Connection connection, String id, long owner, long nanos) throws SQLException {
        String sql = "UPDATE " + name + " SET state = ?, moment = " + clock + " + ?, expires = "
                + dialect.minutes(clock) + " + ? WHERE id = ? AND (state = ? OR moment <= " + clock + ")";
        try (PreparedStatement statement = prepared(connection, sql)) {
            statement.setLong(1, owner);
            statement.setLong(2, nanos);
            statement.setLong(3, nanos / MINUTE + 2);
            statement.setString(4, id);
            statement.setLong(5, owner);
            return statement.executeUpdate() == 1;
        }
    }

    private long clock(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("SELECT " + clock);
                ResultSet result = statement.executeQuery()) {
            result.next();
            return result.getLong(1);
        }
    }

    /** Deletes rows that have expired, within a transaction, and leaves those that somebody has locked; how many. */
    int deleteExpired(Connection connection, int most) throws SQLException {
        // The clock as a parameter: by an expression that may change from row to row no index can be used.
        String select = "SELECT id FROM " + name + " WHERE expires < ? ORDER BY expires LIMIT " + most
                + " FOR UPDATE SKIP LOCKED";
        List<String> ids = new ArrayList<>();
        try (PreparedStatement statement = prepared(connection, select)) {
            statement.setLong(1, clock(connection) / MINUTE);
            try (ResultSet result = statement.executeQuery()) {
                while (result.next()) {
                    ids.add(result.getString(1));
                }
            }
        }
        if (ids.isEmpty()) {
            return 0;
        }
        String parameters = String.join(", ", Collections.nCopies(ids.size(), "?"));
        try (PreparedStatement statement =
                prepared(connection, "DELETE FROM " + name + " WHERE id IN (" + parameters + ")")) {
            for (int i = 0; i < ids.size(); i++) {
                statement.setString(i + 1, ids.get(i));
            }
            return statement.executeUpdate();
        }
    }
}
