package io.github.ratelimited.store.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;

/** PostgreSQL 9.5 or newer. */
final class PostgreSql implements Dialect {

    private static final String NOW = "GREATEST(b.moment, excluded.moment)";

    /** What is left of the level; drained by no more than makes it zero, so that nothing overflows. */
    private static final String LEFT = "GREATEST(0, b.state - excluded.drain * LEAST(b.state / excluded.drain + 1, "
            + NOW + " / excluded.step - b.moment / excluded.step))";

    /** What one request fills in. */
    private static final String FILLED = "(excluded.state / excluded.granted)";

    /** No bucket gives more than an unused one. */
    private static final String GRANTED =
            "LEAST(excluded.granted, GREATEST(0, (excluded.capacity - " + LEFT + ") / " + FILLED + "))";

    /** A row by other numbers stays as it is, and is not returned. */
    private static final String UPDATE = " ON CONFLICT (id) DO UPDATE SET moment = " + NOW + ", granted = " + GRANTED
            + ", state = " + LEFT + " + " + GRANTED + " * " + FILLED
            + ", expires = excluded.expires + " + LEFT + " / excluded.drain * excluded.step / 60000000000 + 1"
            + " WHERE b.numbers = excluded.numbers RETURNING b.id, b.granted, b.moment, b.state";

    @Override
    public String script() {
        return "schema-postgresql.sql";
    }

    @Override
    public String clock() {
        // As a double, exact for 250 years.
        return "((date_part('epoch', statement_timestamp()) * 1000000)::bigint * 1000)";
    }

    /** Whatever the database's own order is. */
    @Override
    public String orderedId() {
        return "id COLLATE \"C\"";
    }

    @Override
    public String seed(String insert) {
        return insert + " ON CONFLICT (id) DO NOTHING";
    }

    /** Also by a {@code lock_timeout} of the database's own. */
    @Override
    public boolean isCutShort(SQLException failure) {
        return Dialect.super.isCutShort(failure) || "55P03".equals(failure.getSQLState());
    }

    @Override
    public boolean decidesAtOnce() {
        return true;
    }

    @Override
    public Map<String, Answer> decide(
            Connection connection, String table, String clock, List<Ask> asks, int queryTimeout) throws SQLException {
        return Upsert.decide(connection, table + " AS b", clock, asks, queryTimeout, UPDATE, "/");
    }
}
