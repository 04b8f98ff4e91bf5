package io.github.ratelimited.store.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;

/** MariaDB 10.6 or newer. */
final class MariaDb extends MySql {

    /**
     * As in {@link PostgreSql}, but assignments see those before them: {@code state} is
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

    @Override
    public boolean decidesAtOnce() {
        return true;
    }

    @Override
    public Map<String, Answer> decide(
            Connection connection, String table, String clock, List<Ask> asks, int queryTimeout) throws SQLException {
        Map<String, Answer> answers = Upsert.decide(connection, table, clock, asks, queryTimeout, UPDATE, "DIV");
        answers.values().removeIf(answer -> answer.granted() < 0);
        return answers;
    }
}
