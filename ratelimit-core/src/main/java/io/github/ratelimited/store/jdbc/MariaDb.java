package io.github.ratelimited.store.jdbc;

import io.github.ratelimited.store.Drain;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** MariaDB 10.6 or newer. */
final class MariaDb extends MySql {

    /**
     * The formula of {@link Drain}, as in {@link PostgreSql}. Assignments see those to the left of them: {@code state} is
     * drained first, then granted from, and {@code moment} is the last. A row by other numbers has an answer of -1.
     */
    private static final String UPDATE =
            """
             ON DUPLICATE KEY UPDATE
                granted = IF(numbers = VALUES(numbers), 0, -1),
                state = IF(granted < 0, state, IF({steps} > state DIV VALUES(drain), 0, state - {steps} * VALUES(drain))),
                granted = IF(granted < 0, granted, LEAST(VALUES(granted),
                    GREATEST(0, (VALUES(capacity) - state) DIV (VALUES(state) DIV VALUES(granted))))),
                state = IF(granted < 0, state, state + granted * (VALUES(state) DIV VALUES(granted))),
                moment = IF(granted < 0, moment, GREATEST(moment, VALUES(moment))),
                expires = IF(granted < 0, expires,
                    (moment + (state DIV VALUES(drain) + 1) * VALUES(step)) DIV 60000000000 + 2)
            RETURNING id, granted, moment, state
            """.replace("{steps}", "(GREATEST(moment, VALUES(moment)) DIV VALUES(step) - moment DIV VALUES(step))");

    private static final String ROW = "(?, ?, ?, ?, ?, {clock}, {clock}, ?, ?, ({clock} + ?) DIV 60000000000 + 2)";

    @Override
    public String script() {
        return "schema-mariadb.sql";
    }

    @Override
    public boolean decidesAtOnce() {
        return true;
    }

    @Override
    public Map<String, Answer> decide(Connection connection, String table, String clock, List<Ask> asks)
            throws SQLException {
        String sql = "INSERT INTO " + table
                + " (id, numbers, step, drain, capacity, birth, moment, state, granted, expires) VALUES "
                + String.join(", ", Collections.nCopies(asks.size(), ROW.replace("{clock}", clock))) + UPDATE;
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            int index = 0;
            for (Ask ask : asks) {
                Drain drain = ask.numbers().drain();
                long granted = Math.min(ask.requests(), drain.capacity() / ask.filled());
                long level = granted * ask.filled();
                statement.setString(++index, ask.id());
                statement.setString(++index, ask.numbers().numbers());
                statement.setLong(++index, drain.step());
                statement.setLong(++index, drain.perStep());
                statement.setLong(++index, drain.capacity());
                statement.setLong(++index, level);
                statement.setLong(++index, granted);
                statement.setLong(++index, (level / drain.perStep() + 1) * drain.step());
            }
            try (ResultSet rows = statement.executeQuery()) {
                Map<String, Answer> answers = PostgreSql.answers(rows);
                answers.values().removeIf(answer -> answer.granted() < 0);
                return answers;
            }
        }
    }
}
