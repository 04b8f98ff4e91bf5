package io.github.ratelimited.store.jdbc;

import io.github.ratelimited.InvalidRateLimitException;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;

/** What differs from database to database. Names of tables come quoted. */
interface Dialect {

    /**
     * That of a database.
     *
     * @throws InvalidRateLimitException if there is none
     */
    static Dialect of(DatabaseMetaData database) throws SQLException {
        String product = database.getDatabaseProductName();
        if (product.equals("PostgreSQL")) {
            return new PostgreSql();
        }
        if (product.equals("MariaDB") || database.getDatabaseProductVersion().contains("MariaDB")) {
            return new MariaDb();
        }
        if (product.equals("MySQL")) {
            return new MySql();
        }
        if (product.equals("H2")) {
            return new H2();
        }
        throw new InvalidRateLimitException(
                "ratelimit.store = jdbc",
                "the database is '" + product + "', which is none of PostgreSQL, MySQL, MariaDB and H2",
                "choose a DataSource of one of these by ratelimit.jdbc.data-source, or another store");
    }

    /** What the script is called that makes the table. */
    String script();

    /** The name as part of a statement, whatever it is. */
    default String quoted(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }

    /** Nanoseconds since the epoch by the database's clock. */
    String clock();

    /** Whole minutes of nanoseconds, rounded down. */
    default String minutes(String nanos) {
        return "(" + nanos + " / 60000000000)";
    }

    /** The id, in the order of its signs: all lock their rows in that one. */
    default String orderedId() {
        return "id";
    }

    /** Puts a row into the table unless there is one by its id; its parameters are those of {@link Table#seed}. */
    default String seed(String insert) {
        return insert;
    }

    /**
     * Makes the next transaction one that sees what others have committed, and locks no more than the rows it reads;
     * nothing to do if connections are {@link #isolatedAsAWhole isolated as a whole}.
     */
    default void readCommitted(Connection connection) throws SQLException {}

    /**
     * Whether it takes a connection that is no more than READ COMMITTED: else a statement too would fail on a row that
     * another node has just changed, and on a row in demand most would.
     */
    default boolean isolatedAsAWhole() {
        return true;
    }

    /** Whether {@link #decide} can. */
    default boolean decidesAtOnce() {
        return false;
    }

    /**
     * Answers questions about different buckets, ordered by id, in one statement. Creates the rows that are missing;
     * rows that are by other numbers stay as they are and have no answer.
     *
     * @param clock as {@link #clock}
     * @param queryTimeout seconds
     */
    default Map<String, Answer> decide(
            Connection connection, String table, String clock, List<Ask> asks, int queryTimeout) throws SQLException {
        throw new UnsupportedOperationException();
    }

    /** Lets the database end a statement after so many seconds. */
    default void limit(Statement statement, int seconds) throws SQLException {
        statement.setQueryTimeout(seconds);
    }

    /** Whether a statement was ended, since it waited too long or somebody wanted it: it has changed nothing. */
    default boolean isCutShort(SQLException failure) {
        return "57014".equals(failure.getSQLState());
    }

    /** Whether it may be tried again, having changed nothing. */
    default boolean isTransient(SQLException failure) {
        String state = failure.getSQLState();
        return state != null && state.startsWith("40") && !state.equals("40003"); // that one may have been done
    }
}
