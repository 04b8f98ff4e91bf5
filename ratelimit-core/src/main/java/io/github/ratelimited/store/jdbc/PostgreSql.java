package io.github.ratelimited.store.jdbc;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** PostgreSQL 9.5 or newer. */
final class PostgreSql implements Dialect {

    /**
     * The formula of {@link io.github.ratelimited.store.Drain}. In place of those who ask stands the row that would be
     * inserted: {@code excluded.state / excluded.granted} is what one request fills in, and no bucket gives more than an
     * unused one, so that {@code excluded.granted} is as good as the number of requests.
     */
    private static final String DECIDE = """
            INSERT INTO {table} AS b
                (id, numbers, step, drain, capacity, birth, moment, state, granted, expires)
            SELECT id, numbers, step, drain, capacity, now, now, granted * filled, granted,
                (now + (granted * filled / drain + 1) * step) / 60000000000 + 2
            FROM (SELECT asked.*, clock.now, LEAST(requests, capacity / filled) AS granted
                FROM (SELECT {clock} AS now) AS clock,
                    unnest(?::text[], ?::text[], ?::bigint[], ?::bigint[], ?::bigint[], ?::bigint[], ?::bigint[])
                        AS asked(id, numbers, step, drain, capacity, filled, requests)) AS asked
            ORDER BY id
            ON CONFLICT (id) DO UPDATE SET (moment, state, granted, expires) = (
                SELECT now, level, granted, (now + (level / excluded.drain + 1) * excluded.step) / 60000000000 + 2
                FROM (SELECT now, granted, before + granted * filled AS level
                    FROM (SELECT now, before, filled,
                            LEAST(excluded.granted, GREATEST(0, (excluded.capacity - before) / filled)) AS granted
                        FROM (SELECT now, excluded.state / excluded.granted AS filled,
                                CASE WHEN steps > b.state / excluded.drain THEN 0
                                    ELSE b.state - steps * excluded.drain END AS before
                            FROM (SELECT GREATEST(b.moment, excluded.moment) AS now,
                                    GREATEST(b.moment, excluded.moment) / excluded.step - b.moment / excluded.step
                                        AS steps) AS passed) AS drained) AS decided) AS after)
            WHERE b.numbers = excluded.numbers
            RETURNING b.id, b.granted, b.moment, b.state
            """;

    @Override
    public String script() {
        return "schema-postgresql.sql";
    }

    @Override
    public String clock() {
        return "((EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::bigint * 1000)";
    }

    @Override
    public String seed(String insert) {
        return insert + " ON CONFLICT (id) DO NOTHING";
    }

    @Override
    public boolean decidesAtOnce() {
        return true;
    }

    @Override
    public Map<String, Answer> decide(Connection connection, String table, String clock, List<Ask> asks)
            throws SQLException {
        String sql = DECIDE.replace("{table}", table).replace("{clock}", clock);
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            set(statement, 1, "text", asks, Ask::id);
            set(statement, 2, "text", asks, ask -> ask.numbers().numbers());
            set(statement, 3, "bigint", asks, ask -> ask.numbers().drain().step());
            set(statement, 4, "bigint", asks, ask -> ask.numbers().drain().perStep());
            set(statement, 5, "bigint", asks, ask -> ask.numbers().drain().capacity());
            set(statement, 6, "bigint", asks, Ask::filled);
            set(statement, 7, "bigint", asks, ask -> (long) ask.requests());
            try (ResultSet rows = statement.executeQuery()) {
                return answers(rows);
            }
        }
    }

    private static void set(
            PreparedStatement statement, int index, String type, List<Ask> asks, Function<Ask, Object> value)
            throws SQLException {
        Array array = statement
                .getConnection()
                .createArrayOf(type, asks.stream().map(value).toArray());
        statement.setArray(index, array);
    }

    static Map<String, Answer> answers(ResultSet rows) throws SQLException {
        Map<String, Answer> answers = new HashMap<>();
        while (rows.next()) {
            answers.put(rows.getString(1), new Answer(rows.getInt(2), rows.getLong(3), rows.getLong(4)));
        }
        return answers;
    }
}
